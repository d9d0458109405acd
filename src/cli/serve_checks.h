/* What the server's settings may be, beyond their type: values, combinations, the files named. */
#ifndef PX_CLI_SERVE_CHECKS_H
#define PX_CLI_SERVE_CHECKS_H

#include "cli.h"

/** Checks of one value, for px_option.check. */
bool px_serve_check_address(const char *text, const char *subject, px_error *err);
bool px_serve_check_host(const char *text, const char *subject, px_error *err);
bool px_serve_check_origin(const char *text, const char *subject, px_error *err);

/** Settings that must or must not go together. PX_ERR_USAGE. */
bool px_serve_check_combination(const px_args *args, px_error *err);

/** Read the files that the settings name, but for the ensemble: certificate, keys, web app, data
 *  folder. PX_ERR_IO: cannot be read or written; PX_ERR_INPUT: not what it should be;
 *  PX_ERR_LIMIT: too much of it. */
bool px_serve_check_files(const px_args *args, px_error *err);

#endif
