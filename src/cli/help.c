/* --help of the program and of each subcommand. */
#include "help.h"

#include <ctype.h>
#include <string.h>

#include "check.h"
#include "outcome.h"

enum { COLUMN = 28, WIDTH = 80 };

const char *px_option_argument(const px_option *option) {
    static const char *const names[] = {
        [PX_OPT_FLAG] = "", [PX_OPT_TEXT] = "TEXT", [PX_OPT_FILE] = "FILE",
        [PX_OPT_INT] = "N", [PX_OPT_REAL] = "X",    [PX_OPT_CHOICE] = "WORD",
    };
    return option->argument && option->type != PX_OPT_FLAG ? option->argument : names[option->type];
}

static void append(char *text, size_t size, const char *before, const char *what, int length) {
    size_t used = strlen(text);
    snprintf(text + used, size - used, "%s%.*s", before, length, what);
}

void px_option_describe(const px_option *option, char *text, size_t size) {
    snprintf(text, size, "%s", option->help);
    const char *cursor = option->type == PX_OPT_CHOICE ? option->choices : NULL, *choice;
    const char *before = " (";
    for (int n; (choice = px_choice_next(&cursor, &n)) != NULL; before = ", ")
        append(text, size, before, choice, n);
    if (*before == ',')
        append(text, size, ")", "", 0);
    if ((option->type == PX_OPT_INT || option->type == PX_OPT_REAL) &&
        px_option_has_range(option)) {
        char range[80];
        snprintf(range, sizeof range, " (%.16g to %.16g)", option->least, option->most);
        append(text, size, range, "", 0);
    }
    if (option->value) {
        append(text, size, " [default: ", option->value, (int)strlen(option->value));
        append(text, size, "]", "", 0);
    }
    if (option->required)
        append(text, size, " [required]", "", 0);
    if (option->repeated)
        append(text, size, " [may be repeated]", "", 0);
}

void px_usage_line(const px_command *command, char *text, size_t size) {
    snprintf(text, size, "perxeptron %s", command->name);
    for (const px_option *o = command->options; o && o->name; o++) {
        if (!o->required)
            continue;
        const char *argument = px_option_argument(o);
        append(text, size, " --", o->name, (int)strlen(o->name));
        append(text, size, " ", argument, (int)strlen(argument));
    }
    const char *operands = command->operands ? command->operands : "";
    append(text, size, " [OPTION]...", "", 0);
    append(text, size, *operands ? " " : "", operands, (int)strlen(operands));
}

void px_summary_sentence(const px_command *command, char *text, size_t size) {
    snprintf(text, size, "%s.", command->summary);
    text[0] = (char)toupper((unsigned char)text[0]);
}

/* Print text from column `at` on, broken at spaces; lines begin at `indent`. Newlines are kept. */
static void print_wrapped(FILE *out, const char *text, int indent, int at) {
    while (*text) {
        int word = (int)strcspn(text, " \n");
        if (at > indent && at + 1 + word > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            at = indent;
        } else if (at > indent && word) {
            at += fprintf(out, " ");
        }
        at += fprintf(out, "%.*s", word, text);
        text += word;
        if (*text == '\n') {
            fprintf(out, "\n%*s", text[1] == '\n' || !text[1] ? 0 : indent, "");
            at = indent;
        }
        text += *text != '\0';
    }
    fputc('\n', out);
}

/* "  NAME      text", with the text on its own line when the name is long. */
static void print_entry(FILE *out, const char *name, const char *text) {
    int at = fprintf(out, "  %s", name);
    if (at > COLUMN - 2) {
        fputc('\n', out);
        at = 0;
    }
    fprintf(out, "%*s", COLUMN - at, "");
    print_wrapped(out, text, COLUMN, COLUMN);
}

static void print_option(FILE *out, const px_option *option) {
    char name[128], text[1024];
    if (option->section)
        fprintf(out, "\n%s:\n", option->section);
    const char *argument = px_option_argument(option);
    int n = option->letter ? snprintf(name, sizeof name, "-%c, ", option->letter)
                           : snprintf(name, sizeof name, "    ");
    snprintf(name + n, sizeof name - (size_t)n, "--%s%s%s", option->name, *argument ? " " : "",
             argument);
    px_option_describe(option, text, sizeof text);
    print_entry(out, name, text);
}

void px_help_command(FILE *out, const px_command *command) {
    char text[512];
    const px_option *options = command->options;
    px_usage_line(command, text, sizeof text);
    print_wrapped(out, text, 7, fprintf(out, "Usage: "));
    fputc('\n', out);
    px_summary_sentence(command, text, sizeof text);
    print_wrapped(out, text, 0, 0);
    if (command->description) {
        fputc('\n', out);
        print_wrapped(out, command->description, 0, 0);
    }
    fputs("\nOptions:\n", out);
    print_entry(out, "-h, --help", "show this help");
    for (const px_option *o = options; o && o->name; o++)
        print_option(out, o);
}

void px_help_program(FILE *out, px_command_list commands, const char *group) {
    size_t length = group ? strlen(group) : 0;
    fprintf(out, "Usage: perxeptron %s%sCOMMAND [OPTION]... [ARGUMENT]...\n", group ? group : "",
            group ? " " : "");
    if (!group)
        fputs("\nChest X-ray anomaly detection with an ensemble of convolutional networks.\n", out);
    fputs("\nCommands:\n", out);
    for (int i = 0; i < commands.count; i++) {
        const px_command *command = commands.items[i];
        if (!group || (strncmp(command->name, group, length) == 0 && command->name[length] == ' '))
            print_entry(out, command->name, command->summary);
    }
    fputs("\nperxeptron COMMAND --help explains one of them.\n", out);
    if (group)
        return;
    fputs("perxeptron --version shows the version.\n", out);
    fputs("\nExit status:\n", out);
    for (int code = 0; px_exit_text(code); code++)
        fprintf(out, "  %d  %s\n", code, px_exit_text(code));
}
