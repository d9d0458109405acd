/* What a training would do, before it does it. */
#include "train_check.h"

#include <stdlib.h>

#include "../dataset/finding_names.h"
#include "../trainer/start_model.h"
#include "../trainer/train_folder.h"
#include "../trainer/training_set.h"

/* ---- The network ----------------------------------------------------------------------------- */

static int64_t count_weights(const px_graph *graph) {
    int64_t count = 0;
    for (int i = 0; i < graph->n_tensors; i++)
        count += px_tensor_count(&graph->tensors[i]);
    return count;
}

static void print_network(FILE *out, const px_train_config *config, const px_model *model,
                          const bool *frozen) {
    int n_frozen = 0;
    for (int i = 0; i < model->graph.n_nodes; i++)
        n_frozen += frozen[i];
    fprintf(out, "network   %s, %.1f million weights, %s%s\n",
            config->has_arch ? px_arch_name(config->arch) : "the start model's",
            (double)count_weights(&model->graph) / 1e6, config->start ? "begun with " : "random",
            config->start ? config->start : "");
    if (n_frozen > 0)
        fprintf(out, "frozen    %d of %d layers\n", n_frozen, model->graph.n_nodes);
}

static bool check_network(FILE *out, const px_train_config *config,
                          void (*tell)(void *context, const char *text), void *context,
                          px_error *err) {
    px_model *model = px_start_model(config, tell, context, err);
    bool *frozen = model ? px_start_frozen(config, &model->graph, err) : NULL;
    const bool ok = frozen != NULL;
    if (ok)
        print_network(out, config, model, frozen);
    free(frozen);
    px_model_unref(model);
    return ok;
}

/* ---- The images ------------------------------------------------------------------------------ */

static void print_part(FILE *out, const px_training_set *set, px_part part, const char *name) {
    const long long images = px_training_set_images(set, part);
    const long long patients = px_training_set_patients(set, part);
    fprintf(out, "%-9s %lld images", name, images);
    if (patients > 0)
        fprintf(out, " of %lld patients", patients);
    fputc('\n', out);
}

static void print_findings(FILE *out, const px_train_config *config, const px_training_set *set) {
    fprintf(out, "\n%-28s %18s %18s\n", "finding", "train + / -", "validate + / -");
    for (int f = 0; f < px_training_set_findings(set); f++) {
        const char *id = config->labels.findings[f], *title = px_finding_title(id);
        char name[80], counts[PX_PARTS][48];
        snprintf(name, sizeof name, "%.60s%s", title ? title : id,
                 f < config->n_findings ? "" : " *");
        for (int part = 0; part < PX_PARTS; part++) {
            int64_t positives, negatives;
            px_training_set_count(set, (px_part)part, f, &positives, &negatives);
            snprintf(counts[part], sizeof counts[part], "%lld / %lld", (long long)positives,
                     (long long)negatives);
        }
        fprintf(out, "%-28s %18s %18s\n", name, counts[PX_PART_TRAIN], counts[PX_PART_VALIDATION]);
    }
    if (config->n_auxiliary > 0)
        fputs("* auxiliary: learned, and cut off in the end\n", out);
}

static void print_steps(FILE *out, const px_train_config *config, int64_t images) {
    const int64_t steps = (images + config->batch - 1) / config->batch;
    fprintf(out, "steps     %lld of %d images an epoch, %lld in %d epoch%s\n", (long long)steps,
            config->batch, (long long)(steps * config->epochs), config->epochs,
            config->epochs == 1 ? "" : "s");
    if (images < config->batch)
        fprintf(out, "batch     larger than the set: images are repeated to fill it\n");
    fprintf(out, "input     %d pixels", config->stages[0].size);
    for (int i = 1; i < config->n_stages; i++)
        fprintf(out, " for %d epoch%s, then %d", config->stages[i - 1].epochs,
                config->stages[i - 1].epochs == 1 ? "" : "s", config->stages[i].size);
    fputc('\n', out);
}

/* ---- The folder ------------------------------------------------------------------------------ */

static bool print_output(FILE *out, const px_train_config *config, px_error *err) {
    px_train_folder folder = {0};
    if (!px_train_folder_open(&folder, config->output, false, err))
        return false;
    fprintf(out, "output    %s, %s\n", config->output,
            px_train_folder_has_checkpoint(&folder)
                ? "which has a checkpoint: a training goes on from it"
                : "which has no checkpoint: a training begins");
    px_train_folder_close(&folder);
    return true;
}

bool px_train_check(FILE *out, const px_train_config *config,
                    void (*tell)(void *context, const char *text), void *context, px_error *err) {
    px_training_set *set = px_training_set_open(config, tell, context, err);
    const bool ok = set && check_network(out, config, tell, context, err);
    if (ok) {
        print_part(out, set, PX_PART_TRAIN, "train");
        print_part(out, set, PX_PART_VALIDATION, "validate");
        print_steps(out, config, px_training_set_images(set, PX_PART_TRAIN));
    }
    const bool done = ok && print_output(out, config, err);
    if (done)
        print_findings(out, config, set);
    px_training_set_free(set);
    return done;
}
