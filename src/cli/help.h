/* --help, the manual page and shell completion, all made from the tables of commands. */
#ifndef PX_CLI_HELP_H
#define PX_CLI_HELP_H

#include <stdio.h>

#include "cli.h"

/** Every subcommand of the program. */
typedef struct px_command_list {
    const px_command *const *items;
    int count;
} px_command_list;

/** `perxeptron --help`; with a first word of two-word commands ("import"), only those. */
void px_help_program(FILE *out, px_command_list commands, const char *group);
/** `perxeptron COMMAND --help`. */
void px_help_command(FILE *out, const px_command *command);

/** The manual page perxeptron(1), as roff. */
void px_man_page(FILE *out, px_command_list commands);

/** A completion script for a shell ("bash"); false when that shell is not known. */
bool px_completion(FILE *out, px_command_list commands, const char *shell);

/** Write what an option takes and does as one sentence: help, choices or range, default. */
void px_option_describe(const px_option *option, char *text, size_t size);

/** Write how a command is called: its name, required options, operands. */
void px_usage_line(const px_command *command, char *text, size_t size);

/** Write a command's summary, "make a network", as a sentence: "Make a network." */
void px_summary_sentence(const px_command *command, char *text, size_t size);

/** Name of the option's value in help, never NULL ("" for a flag). */
const char *px_option_argument(const px_option *option);

#endif
