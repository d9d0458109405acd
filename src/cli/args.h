/* Reading a subcommand's arguments against its table of options. */
#ifndef PX_CLI_ARGS_H
#define PX_CLI_ARGS_H

#include "cli.h"

/** Where a value came from; what stands first goes before the rest. */
typedef enum {
    PX_FROM_FLAG,
    PX_FROM_ENVIRONMENT,
    PX_FROM_FILE,
    PX_FROM_DEFAULT, /**< one that is made up at the start */
} px_origin;

/** An option as it was given. */
typedef struct px_arg_value {
    const px_option *option;
    const char *text; /**< NULL for a flag */
    px_origin origin;
    int line;    /**< of the file, from 1 */
    char *owned; /**< the text, where it is not borrowed */
} px_arg_value;

struct px_args {
    const px_command *command;
    px_arg_value *values; /**< in the order given */
    int n_values, room;
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

/** Add a value that did not come from argv, unchecked; its text is copied. */
bool px_args_add(px_args *args, const px_option *option, const char *text, px_origin origin,
                 int line, px_error *err);

/** Entry of a table by its name (not zero-terminated), or NULL. */
const px_option *px_option_find(const px_option *table, const char *name, size_t length);

#endif
