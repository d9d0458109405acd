/* Settings: options that may also come from a configuration file and from the environment.
 *
 * The same table that checks the command line checks them. What is on the command line goes before
 * the environment, that before the file, and that before defaults; of a repeated option, the whole
 * list of one place counts. Flags, `config` itself, and what a command has and the server has not,
 * are no settings.
 */
#ifndef PX_CLI_SETTINGS_H
#define PX_CLI_SETTINGS_H

#include <stdio.h>

#include "args.h"

#define PX_SETTING_VARIABLE 64 /**< room for a variable's name */

/** May the option stand in a file and in the environment? */
bool px_option_is_setting(const px_option *option);

/** Write the name of an option's environment variable: "max-upload-mib" is
 *  PERXEPTRON_MAX_UPLOAD_MIB. */
void px_setting_variable(const px_option *option, char name[PX_SETTING_VARIABLE]);

/**
 * Add to a command's arguments what the environment, the file named by `--config` or
 * $PERXEPTRON_CONFIG, and defaults of repeated and machine-dependent options say. In the
 * environment an empty variable counts as not set, and commas separate the items of a repeated
 * option. The file may hold every name of command->settings; those that the command lacks are
 * checked and left alone.
 *
 * @param err  PX_ERR_USAGE: an unknown name in the file, a wrong value, one given twice, about
 *             "FILE:LINE" or the variable; PX_ERR_IO, PX_ERR_LIMIT: the file cannot be read.
 */
bool px_settings_apply(px_args *args, px_error *err);

/** Call `tell` with a sentence for each variable PERXEPTRON_… of the environment that is not known.
 */
void px_settings_find_strays(const px_option *settings, void (*tell)(const char *sentence));

/** Call `tell` when a secret setting comes from a file that every user of the machine can read. */
void px_settings_find_exposed(const px_args *args, void (*tell)(const char *sentence));

/** Print the effective settings as a configuration file, with a comment on where each comes from.
 *  Passwords are replaced by "***". */
void px_settings_print(FILE *out, const px_args *args);

/** Print a table of settings for the documentation, as Markdown. */
void px_settings_document(FILE *out, const px_option *settings);

#endif
