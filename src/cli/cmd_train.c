/* perxeptron train: networks that learn a site's radiographs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../trainer/peers_join.h"
#include "../trainer/trainer.h"
#include "cli.h"
#include "shared_options.h"
#include "train_check.h"
#include "train_show.h"

static const px_option options[] = {
    {.name = "config",
     .letter = 'c',
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .required = true,
     .help = "what to train, a JSON file: docs/train.md has its keys"},
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "DIR",
     .help = "folder for model, checkpoint, history and report, instead of the configuration's"},
    {.name = "check",
     .type = PX_OPT_FLAG,
     .help = "look at configuration, tables and network, say what would be trained, and end"},
    {.name = "restart",
     .type = PX_OPT_FLAG,
     .help = "begin anew, and replace what an earlier training left in the folder"},
    PX_OPTION_THREADS,
    {0}};

/* What stands in the place of the configuration's own. */
static bool apply_options(const px_args *args, px_train_config *config, px_error *err) {
    const char *output = px_args_text(args, "output");
    if (px_args_given(args, "threads"))
        config->threads = (int)px_args_int(args, "threads");
    char *copy = px_strdup(output, err);
    if (output && !copy)
        return false;
    if (copy) {
        free(config->output);
        config->output = copy;
    }
    return true;
}

static void show_progress(void *context, const px_train_progress *progress) {
    px_train_show_progress(context, progress);
}

static void show_line(void *context, const char *text) {
    px_train_show_line(context, text);
}

/* What to do now, by the command line. */
static void advise(px_train_start start, px_error *err) {
    const char *on = start == PX_START_OVER ? ": the same command without --restart goes on"
                                            : ": the same command goes on";
    const char *advice = err->code == PX_ERR_CANCELLED  ? on
                         : err->code == PX_ERR_MISMATCH ? " (--output DIR, --restart)"
                                                        : "";
    const size_t used = strlen(err->message);
    snprintf(err->message + used, sizeof err->message - used, "%s", advice);
}

/* The first of the processes that share a training talks. */
static bool train(const px_train_config *config, px_train_start start, const px_peers *peers,
                  px_error *err) {
    const bool talks = !peers || peers->rank == 0;
    px_train_show show = {0};
    px_train_outcome outcome = {0};
    const px_train_hooks hooks = {.stopped = px_cli_interrupted,
                                  .progress = talks ? show_progress : NULL,
                                  .tell = talks ? show_line : NULL,
                                  .context = &show,
                                  .peers = peers};
    const bool ok = px_train(config, start, &hooks, &outcome, err);
    px_train_show_end(&show, ok ? &outcome.history : NULL);
    if (ok && talks)
        px_train_show_outcome(stdout, config, &outcome);
    if (!ok)
        advise(start, err);
    px_train_outcome_clear(&outcome);
    return ok;
}

static bool train_with_peers(const px_args *args, const px_train_config *config, px_error *err) {
    px_peers *peers = NULL;
    if (!px_peers_join(px_cli_interrupted, &peers, err))
        return false;
    const bool ok =
        train(config, px_args_flag(args, "restart") ? PX_START_OVER : PX_START_RESUME, peers, err);
    px_peers_leave(peers, ok || err->code == PX_ERR_CANCELLED);
    return ok;
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    px_train_config config = {0};
    px_train_show show = {0};
    bool ok = px_train_config_read(px_args_text(args, "config"), &config, &err) &&
              apply_options(args, &config, &err);
    if (ok && px_args_flag(args, "check"))
        ok = px_train_check(stdout, &config, show_line, &show, &err);
    else if (ok)
        ok = train_with_peers(args, &config, &err);
    px_train_config_clear(&config);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_train = {
    .name = "train",
    .operands = "",
    .summary = "train a network on labelled radiographs",
    .description =
        "A training may be stopped at any moment, by Ctrl-C, by a power cut: the same command goes "
        "on from the last checkpoint and ends with the same model as if it had never stopped. "
        "Where the folder has no checkpoint it begins, and a checkpoint of another configuration "
        "or of other data is refused.\n\n"
        "On a terminal a bar shows the mean loss of the epoch, the mean AUC of the last "
        "validation, images a second and the time left; each epoch leaves a line. The folder's "
        "report.html has the curves.\n\n"
        "Ctrl-C and SIGTERM write a checkpoint first, and end with 3.",
    .options = options,
    .run = run};
