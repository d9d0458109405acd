/* Is a text a value that an option takes? */
#ifndef PX_CLI_CHECK_H
#define PX_CLI_CHECK_H

#include "cli.h"

/** Check a value against the option's type, range, choices and own check. PX_ERR_USAGE about
 *  `subject` ("--queue", "PERXEPTRON_QUEUE") says what is allowed. */
bool px_option_check(const px_option *option, const char *text, const char *subject, px_error *err);

/** Does the table limit the values of this number? (Both ends zero: any value.) */
bool px_option_has_range(const px_option *option);

/** The choice that begins at *cursor in "a|b|c" and its length; moves on; NULL at the end. */
const char *px_choice_next(const char **cursor, int *length);

#endif
