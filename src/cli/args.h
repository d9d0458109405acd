/* Reading a subcommand's arguments against its table of options. */
#ifndef PX_CLI_ARGS_H
#define PX_CLI_ARGS_H

#include "cli.h"

/** An option as it was given. */
typedef struct px_arg_value {
    const px_option *option;
    const char *text; /**< NULL for a flag */
} px_arg_value;

struct px_args {
    const px_command *command;
    px_arg_value *values; /**< in the order given */
    int n_values;
    const char **operands;
    int n_operands;
    bool help; /**< --help or -h was among them; nothing was checked then */
};

/**
 * Parse and check the arguments that follow a command's name: `--name value`, `--name=value`,
 * `-o value`, `-ovalue`, flags together as `-ab`; `-` is an operand, `--` ends the options.
 *
 * @param args     filled; release with px_args_clear, which is needed after a failure too.
 * @param command  borrowed, as is argv: both must outlive args.
 * @param err      PX_ERR_USAGE: unknown option, wrong value, too few operands; PX_ERR_MEMORY.
 */
bool px_args_parse(px_args *args, const px_command *command, int argc, char *const *argv,
                   px_error *err);
void px_args_clear(px_args *args);

#endif
