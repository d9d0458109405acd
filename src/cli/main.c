/* The program: the list of subcommands, and finding the one asked for. */
#include <malloc.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/suggest.h"
#include "args.h"
#include "help.h"
#include "outcome.h"
#include "settings.h"
#include "train_show.h"

/* In the order of --help; commands of one group stand together. */
static const px_command *const all_commands[] = {
    &px_cmd_import_keras,    &px_cmd_import_onnx,
    &px_cmd_export_onnx,     &px_cmd_model_init,
    &px_cmd_model_convert,   &px_cmd_model_show,
    &px_cmd_ensemble_create, &px_cmd_ensemble_show,
    &px_cmd_predict,         &px_cmd_evaluate,
    &px_cmd_calibrate,       &px_cmd_train,
    &px_cmd_phantom,         &px_cmd_bench,
    &px_cmd_serve,           &px_cmd_user_add,
    &px_cmd_user_list,       &px_cmd_user_disable,
    &px_cmd_user_enable,     &px_cmd_user_reset_password,
    &px_cmd_user_set_role,   &px_cmd_backup,
    &px_cmd_store_check,     &px_cmd_audit_verify,
    &px_cmd_audit_export,    NULL,
};

static const px_command_list commands = {all_commands,
                                         sizeof all_commands / sizeof *all_commands - 1};

/* Does `name` consist of `first`, and `second` where it has two words? */
static bool is_called(const char *name, const char *first, const char *second) {
    size_t length = strcspn(name, " ");
    if (strlen(first) != length || memcmp(name, first, length) != 0)
        return false;
    return name[length] == '\0' || (second && strcmp(name + length + 1, second) == 0);
}

static bool is_group(const char *word) {
    size_t length = strlen(word);
    for (int i = 0; i < commands.count; i++)
        if (strncmp(commands.items[i]->name, word, length) == 0 &&
            commands.items[i]->name[length] == ' ')
            return true;
    return false;
}

static px_exit fail_usage(const char *subject, const char *message, const char *nearest,
                          const char *help) {
    fprintf(stderr, "perxeptron: %s: %s", subject, message);
    if (nearest)
        fprintf(stderr, "; did you mean \"%s\"?", nearest);
    fprintf(stderr, "\nTry 'perxeptron %s%s--help'.\n", help, *help ? " " : "");
    return PX_EXIT_USAGE;
}

static px_exit fail_unknown(const char *word) {
    px_nearest nearest = {word, NULL, PX_NEAREST_FAR};
    for (int i = 0; i < commands.count; i++)
        px_nearest_consider(&nearest, commands.items[i]->name);
    return fail_usage(word, word[0] == '-' ? "unknown option" : "unknown command", nearest.best,
                      "");
}

/* "import" alone or with an unknown second word. */
static px_exit run_group(const char *group, const char *second) {
    if (second && (strcmp(second, "--help") == 0 || strcmp(second, "-h") == 0)) {
        px_help_program(stdout, commands, group);
        return PX_EXIT_OK;
    }
    if (!second)
        return fail_usage(group, "needs a second word", NULL, group);
    char words[64];
    snprintf(words, sizeof words, "%s %s", group, second);
    return fail_unknown(words);
}

static px_exit run_command(const px_command *command, int argc, char *const *argv) {
    px_args args;
    px_error err = {0};
    px_exit status = PX_EXIT_OK;
    bool ok = px_args_parse(&args, command, argc, argv, &err) &&
              (!command->settings || args.help || px_settings_apply(&args, &err));
    if (!ok) {
        status = px_cli_fail(&err);
        if (err.code == PX_ERR_USAGE)
            fprintf(stderr, "Try 'perxeptron %s --help'.\n", command->name);
    } else if (args.help) {
        px_help_command(stdout, command);
    } else {
        px_cli_catch_signals();
        status = command->run(&args);
    }
    px_args_clear(&args);
    return status;
}

/* --help and the like, before any command; false when `word` is none of them. */
static bool run_general(const char *word, const char *value, px_exit *status) {
    *status = PX_EXIT_OK;
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0)
        px_help_program(stdout, commands, NULL);
    else if (strcmp(word, "--version") == 0)
        printf("perxeptron %s\n", px_version());
    else if (strcmp(word, "--man") == 0)
        px_man_page(stdout, commands);
    else if (strcmp(word, "--settings") == 0)
        px_settings_document(stdout, px_cmd_serve.settings);
    else if (strcmp(word, "--training-keys") == 0)
        *status = px_train_document(stdout);
    else if (strcmp(word, "--completion") != 0)
        return false;
    else if (!value || !px_completion(stdout, commands, value))
        *status = fail_usage("--completion", "the shell must be bash", NULL, "");
    return true;
}

static px_exit run(int argc, char **argv) {
    px_exit status;
    if (argc < 2) {
        px_help_program(stderr, commands, NULL);
        return PX_EXIT_USAGE;
    }
    const char *second = argc > 2 ? argv[2] : NULL;
    if (run_general(argv[1], second, &status))
        return status;
    for (int i = 0; i < commands.count; i++) {
        const px_command *command = commands.items[i];
        int words = strchr(command->name, ' ') ? 2 : 1;
        if (is_called(command->name, argv[1], second))
            return run_command(command, argc - 1 - words, argv + 1 + words);
    }
    return is_group(argv[1]) ? run_group(argv[1], second) : fail_unknown(argv[1]);
}

/* One radiograph's heat maps take megabytes, which the next one needs again: given back to the
 * system each time, their page faults took as long as a fifth of the networks. */
static void keep_freed_memory(void) {
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

int main(int argc, char **argv) {
    keep_freed_memory();
    px_cli_open_standard_streams();
    return (int)px_cli_close_output(run(argc, argv));
}
