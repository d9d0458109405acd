/* How a run ends: exit codes and their meaning, signals, output that could not be written. */
#ifndef PX_CLI_OUTCOME_H
#define PX_CLI_OUTCOME_H

#include "cli.h"

/** What an exit code means, for help and the manual page; NULL past the last one. */
const char *px_exit_text(int code);

/** Take Ctrl-C, SIGTERM and SIGHUP as a wish to stop (the second Ctrl-C kills), and writing past
 *  a closed pipe or the largest file size as failures instead of as deadly signals. */
void px_cli_catch_signals(void);

/** Make descriptors 0 to 2 exist, so that no file opened later is taken for stdout. */
void px_cli_open_standard_streams(void);

/** Flush and close stdout. A failure to write turns success into PX_EXIT_ENVIRONMENT, with a
 *  message unless the reader of a pipe simply went away. */
px_exit px_cli_close_output(px_exit status);

#endif
