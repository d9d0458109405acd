/* The manual page perxeptron(1), made from the tables of commands. */
#include <string.h>

#include "help.h"
#include "outcome.h"

/* Text with roff's own characters made plain; a newline starts a paragraph when doubled. */
static void print_escaped(FILE *out, const char *text) {
    bool line_start = true;
    for (; *text; text++) {
        if (line_start && (*text == '.' || *text == '\''))
            fputs("\\&", out);
        if (*text == '\n' && text[1] == '\n') {
            fputs("\n.PP", out);
            continue;
        }
        if (*text == '\\')
            fputs("\\e", out);
        else if (*text == '-')
            fputs("\\-", out);
        else
            fputc(*text, out);
        line_start = *text == '\n';
    }
}

static void print_line(FILE *out, const char *macro, const char *text) {
    fputs(macro, out);
    print_escaped(out, text);
    fputc('\n', out);
}

static void print_option(FILE *out, const px_option *option) {
    char text[1024];
    const char *argument = px_option_argument(option);
    fputs(".TP\n", out);
    if (option->letter)
        fprintf(out, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", out);
    print_escaped(out, option->name);
    fputs("\\fR", out);
    if (*argument) {
        fputs(" \\fI", out);
        print_escaped(out, argument);
        fputs("\\fR", out);
    }
    fputc('\n', out);
    px_option_describe(option, text, sizeof text);
    print_line(out, "", text);
}

static void print_command(FILE *out, const px_command *command) {
    char text[512];
    fputs(".SS \"", out);
    print_escaped(out, command->name);
    fputs("\"\n\\fB", out);
    px_usage_line(command, text, sizeof text);
    print_escaped(out, text);
    fputs("\\fR\n.PP\n", out);
    px_summary_sentence(command, text, sizeof text);
    print_line(out, "", text);
    if (command->description) {
        fputs(".PP\n", out);
        print_line(out, "", command->description);
    }
    for (const px_option *o = command->options; o && o->name; o++)
        print_option(out, o);
}

static void print_environment(FILE *out) {
    fputs(".SH ENVIRONMENT\n.TP\n.B PERXEPTRON_CPU\n"
          "The best kernels to use: portable, avx2 or avx512, on 64-bit Arm portable or neon; what "
          "the processor lacks is never used.\n"
          ".TP\n.B PERXEPTRON_ENSEMBLE\n"
          "The ensemble file to use where none is named.\n"
          ".TP\n.B PERXEPTRON_CONFIG\n"
          "The configuration file of the commands that have \\-\\-config, where none is named.\n"
          ".TP\n.BR PERXEPTRON_LISTEN \", PERXEPTRON_DATA, ...\"\n"
          "Each option of those commands that takes a value, in capitals and with underscores.\n",
          out);
}

void px_man_page(FILE *out, px_command_list commands) {
    fprintf(out, ".TH PERXEPTRON 1 \"\" \"perXeptron %s\" \"User Commands\"\n", px_version());
    fputs(
        ".SH NAME\nperxeptron \\- chest X\\-ray anomaly detection\n"
        ".SH SYNOPSIS\n.B perxeptron\n\\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIARGUMENT\\fR]...\n"
        ".SH DESCRIPTION\nReads chest radiographs with an ensemble of convolutional networks and "
        "reports findings, their scores and heat maps.\nResults go to standard output, everything "
        "else to standard error; \\- names standard input or output.\n"
        "It is not a medical device.\n.SH COMMANDS\n",
        out);
    for (int i = 0; i < commands.count; i++)
        print_command(out, commands.items[i]);
    fputs(".SH EXIT STATUS\n", out);
    for (int code = 0; px_exit_text(code); code++) {
        fprintf(out, ".TP\n.B %d\n", code);
        print_line(out, "", px_exit_text(code));
    }
    print_environment(out);
}
