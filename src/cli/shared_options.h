/* Options that several subcommands have, and the reader that they name. */
#ifndef PX_CLI_SHARED_OPTIONS_H
#define PX_CLI_SHARED_OPTIONS_H

#include "cli.h"

#define PX_OPTION_ENSEMBLE                                                                         \
    {                                                                                              \
        .name = "ensemble", .letter = 'e', .type = PX_OPT_FILE, .argument = "FILE",                \
        .help = "the ensemble to read with; without it: $PERXEPTRON_ENSEMBLE, or the default "     \
                "bundle"                                                                           \
    }

#define PX_OPTION_THREADS                                                                          \
    {                                                                                              \
        .name = "threads", .letter = 't', .type = PX_OPT_INT, .argument = "N", .value = "0",       \
        .least = 0, .most = 1024,                                                                  \
        .help = "threads to use; 0: every processor this process may use"                          \
    }

#define PX_OPTION_TABLE_OR_JSON                                                                    \
    {                                                                                              \
        .name = "format", .type = PX_OPT_CHOICE, .argument = "FORMAT", .value = "table",           \
        .choices = "table|json", .help = "how to print it"                                         \
    }

/** Open the reader that PX_OPTION_ENSEMBLE and PX_OPTION_THREADS ask for.
 *  @param accept_mismatch  see px_reader_options. */
px_reader *px_cli_open_reader(const px_args *args, bool accept_mismatch, px_error *err);

#endif
