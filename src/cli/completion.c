/* Shell completion, made from the tables of commands. */
#include <string.h>

#include "check.h"
#include "help.h"

static void print_choices(FILE *out, const px_option *option) {
    fprintf(out, "            --%s", option->name);
    if (option->letter)
        fprintf(out, "|-%c", option->letter);
    fputs(") COMPREPLY=($(compgen -W \"", out);
    const char *cursor = option->choices, *choice, *before = "";
    for (int n; (choice = px_choice_next(&cursor, &n)) != NULL; before = " ")
        fprintf(out, "%s%.*s", before, n, choice);
    fputs("\" -- \"$cur\")); return ;;\n", out);
}

/* `opts` lists every option of one command; the case over $prev says what may be chosen. Other
 * values and operands are left to readline, which completes the names of files. */
static void print_command(FILE *out, const px_command *command) {
    fprintf(out, "    \"%s\")\n        opts=\"--help", command->name);
    for (const px_option *o = command->options; o && o->name; o++)
        fprintf(out, " --%s", o->name);
    fputs("\"\n        case \"$prev\" in\n", out);
    for (const px_option *o = command->options; o && o->name; o++)
        if (o->type == PX_OPT_CHOICE)
            print_choices(out, o);
    fputs("        esac ;;\n", out);
}

/* Words that may follow `group`, or the first words when it is NULL; each once. */
static void print_words(FILE *out, px_command_list commands, const char *group) {
    const char *last = "";
    for (int i = 0; i < commands.count; i++) {
        const char *name = commands.items[i]->name;
        size_t length = strcspn(name, " ");
        if (!group && strncmp(name, last, length + 1) != 0 &&
            !(strncmp(name, last, length) == 0 && strcspn(last, " ") == length))
            fprintf(out, " %.*s", (int)length, name);
        else if (group && strncmp(name, group, length) == 0 && name[length] == ' ' &&
                 strcspn(group, " ") == length)
            fprintf(out, " %s", name + length + 1);
        last = name;
    }
}

static void print_groups(FILE *out, px_command_list commands) {
    const char *last = "";
    for (int i = 0; i < commands.count; i++) {
        const char *name = commands.items[i]->name;
        size_t length = strcspn(name, " ");
        if (name[length] && strncmp(name, last, length + 1) != 0) {
            fprintf(out, "    %.*s) words=\"", (int)length, name);
            print_words(out, commands, name);
            fputs("\" ;;\n", out);
        }
        last = name;
    }
}

bool px_completion(FILE *out, px_command_list commands, const char *shell) {
    if (strcmp(shell, "bash") != 0)
        return false;
    fputs("# bash completion for perxeptron\n_perxeptron() {\n"
          "    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n"
          "    local first=${COMP_WORDS[1]} opts= words= command\n"
          "    COMPREPLY=()\n"
          "    if [ \"$cur\" = \"=\" ]; then cur=; "
          "elif [ \"$prev\" = \"=\" ]; then prev=${COMP_WORDS[COMP_CWORD-2]}; fi\n"
          "    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W \"",
          out);
    print_words(out, commands, NULL);
    fputs(" --help --version\" -- \"$cur\"))\n        return\n    fi\n    case \"$first\" in\n",
          out);
    print_groups(out, commands);
    fputs("    esac\n    if [ -n \"$words\" ] && [ \"$COMP_CWORD\" -eq 2 ]; then\n"
          "        COMPREPLY=($(compgen -W \"$words\" -- \"$cur\"))\n        return\n    fi\n"
          "    command=$first${words:+ ${COMP_WORDS[2]}}\n    case \"$command\" in\n",
          out);
    for (int i = 0; i < commands.count; i++)
        print_command(out, commands.items[i]);
    fputs("    esac\n"
          "    case \"$cur\" in -*) COMPREPLY=($(compgen -W \"$opts\" -- \"$cur\")) ;; esac\n}\n"
          "complete -o bashdefault -o default -F _perxeptron perxeptron\n",
          out);
    return true;
}
