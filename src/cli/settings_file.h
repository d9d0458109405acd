/* The configuration file's format: lines of "name = value". */
#ifndef PX_CLI_SETTINGS_FILE_H
#define PX_CLI_SETTINGS_FILE_H

#include <stddef.h>

#include "perxeptron.h"

#define PX_SETTINGS_LINE 4096 /**< bytes that a line may have */

/** Takes one line's name and value, which live until it returns. Returning false ends the reading.
 */
typedef bool (*px_setting_visitor)(void *context, const char *name, const char *value, int line,
                                   px_error *err);

/**
 * Read a configuration file's text. A line is `name = value`, empty, or a comment that begins with
 * '#'; white space around names, values and lines does not count; a value reaches to the end of its
 * line, whatever is in it.
 *
 * @param file  its name, for errors; they are about "FILE:LINE".
 * @param err   PX_ERR_USAGE: a line of another form, longer than PX_SETTINGS_LINE, with control
 *              characters or without a value; and what the visitor fails with.
 */
bool px_settings_parse(const char *file, const char *text, size_t size, px_setting_visitor visit,
                       void *context, px_error *err);

#endif
