/* What a training leaves behind: checkpoint, models, history and report. */
#include <math.h>
#include <stdlib.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "start_model.h"
#include "train_head.h"
#include "train_parts.h"
#include "train_report.h"

enum { MAX_REPORT = 64 << 20, MAX_LABELS = 1 << 16 };

void px_trainer_tell(const px_trainer *t, const char *text) {
    if (t->hooks->tell && px_trainer_leads(t))
        t->hooks->tell(t->hooks->context, text);
}

double px_trainer_seconds(const px_trainer *t) {
    return t->seconds_before + px_clock_s() - t->began;
}

bool px_trainer_save(px_trainer *t, px_error *err) {
    t->state.seconds = px_trainer_seconds(t);
    bool ok = px_checkpoint_save(t->folder.checkpoint, t->identity, &t->state, t->net, t->optimiser,
                                 t->history, err);
    t->saved = px_clock_s();
    return ok;
}

/* ---- the model ----------------------------------------------------------------------------- */

static bool set_findings(const px_trainer *t, px_model *model, px_error *err) {
    px_buffer text;
    px_buffer_init(&text, MAX_LABELS);
    bool ok = px_start_labels(t->config, t->config->n_findings, &text, err) &&
              px_model_set_labels(model, (const char *)text.data, err);
    px_buffer_clear(&text);
    return ok;
}

px_model *px_trainer_make_model(px_trainer *t, px_error *err) {
    px_model *model = px_model_new(err);
    if (!model)
        return NULL;
    px_optimiser_swap_average(t->optimiser);
    bool ok = px_training_net_store(t->net, &t->model->graph, err);
    px_optimiser_swap_average(t->optimiser);
    px_head_change cut = {.outputs = t->config->n_findings};
    ok = ok && px_graph_copy_with_head(&t->model->graph, &cut, &model->graph, err) &&
         set_findings(t, model, err) && (model->name = px_strdup(t->model->name, err));
    if (ok) {
        model->input = t->input;
        model->trained = true;
        ok =
            json_object_update(model->provenance, t->model->provenance) == 0 || px_fail_memory(err);
    }
    if (ok && px_model_finish(model, err))
        return model;
    px_model_unref(model);
    return NULL;
}

static json_t *describe_recipe(const px_train_config *c) {
    json_t *sizes = json_array();
    bool ok = sizes != NULL;
    for (int i = 0; ok && i < c->n_stages; i++)
        ok = json_array_append_new(sizes, json_pack("{s:i, s:i}", "size", c->stages[i].size,
                                                    "epochs", c->stages[i].epochs)) == 0;
    return json_pack(
        "{s:s, s:f, s:f, s:s, s:f, s:f, s:f, s:f, s:i, s:i, s:o, s:I, s:s}", "optimiser",
        px_optimiser_name(c->optimiser.kind), "decay", (double)c->optimiser.decay, "average",
        (double)c->optimiser.average, "schedule", px_rate_name(c->rate.kind), "rate", c->rate.high,
        "dropout", (double)c->dropout, "smoothing", (double)c->smoothing, "focus", (double)c->focus,
        "batch", c->batch, "epochs", c->epochs, "sizes", px_json_keep_if(sizes, ok), "seed",
        (json_int_t)c->seed, "configuration_sha256", c->sha256);
}

static json_t *describe_data(const px_trainer *t) {
    const px_part train = PX_PART_TRAIN, valid = PX_PART_VALIDATION;
    return json_pack("{s:I, s:I, s:I, s:I, s:s}", "images",
                     (json_int_t)px_training_set_images(t->set, train), "patients",
                     (json_int_t)px_training_set_patients(t->set, train), "validation_images",
                     (json_int_t)px_training_set_images(t->set, valid), "validation_patients",
                     (json_int_t)px_training_set_patients(t->set, valid), "sha256",
                     px_training_set_sha256(t->set));
}

static json_t *number_or_null(double value) {
    return isfinite(value) ? json_real(value) : json_null();
}

/* The validation of an epoch, from 1; null without one. */
static json_t *describe_validation(const px_history *history, int epoch) {
    if (epoch < 1 || epoch > history->n_rows)
        return json_null();
    const px_history_row *row = &history->rows[epoch - 1];
    json_t *auc = json_object();
    bool ok = auc != NULL;
    for (int i = 0; ok && i < history->n_findings; i++)
        ok = json_object_set_new(auc, history->findings[i], number_or_null(row->auc[i])) == 0;
    return json_pack("{s:i, s:o, s:o, s:o}", "epoch", epoch, "mean_auc",
                     number_or_null(row->mean_auc), "loss", number_or_null(row->valid_loss), "auc",
                     px_json_keep_if(auc, ok));
}

/* Its seconds are the last epoch's, so that a model that is written again is the same file. */
bool px_trainer_write_model(const px_trainer *t, px_model *model, const char *path, px_error *err) {
    json_t *program = json_sprintf("perxeptron %s", px_version());
    json_t *training = json_pack("{s:o, s:o, s:o, s:i, s:I, s:f, s:b, s:o}", "program", program,
                                 "data", describe_data(t), "recipe", describe_recipe(t->config),
                                 "epochs", t->history->n_rows, "steps", (json_int_t)t->state.steps,
                                 "seconds", t->history->rows[t->history->n_rows - 1].seconds,
                                 "averaged", t->config->optimiser.average > 0, "validation",
                                 describe_validation(t->history, t->state.best_epoch));
    if (!training || json_object_set_new(model->provenance, "training", training) != 0)
        return px_fail_memory(err);
    return px_model_save(model, path, err);
}

/* ---- history and report -------------------------------------------------------------------- */

static px_train_count *count_labels(const px_trainer *t, px_error *err) {
    px_train_count *counts = px_alloc((size_t)t->config->n_findings, sizeof *counts, err);
    for (int i = 0; counts && i < t->config->n_findings; i++) {
        px_train_count *c = &counts[i];
        px_training_set_count(t->set, PX_PART_TRAIN, i, &c->train_positive, &c->train_negative);
        px_training_set_count(t->set, PX_PART_VALIDATION, i, &c->valid_positive,
                              &c->valid_negative);
    }
    return counts;
}

static bool write_report(const px_trainer *t, const char *state, px_error *err) {
    px_train_count *counts = count_labels(t, err);
    px_buffer page;
    px_buffer_init(&page, MAX_REPORT);
    px_train_summary summary = {.config = t->config,
                                .history = t->history,
                                .train_images = px_training_set_images(t->set, PX_PART_TRAIN),
                                .valid_images = px_training_set_images(t->set, PX_PART_VALIDATION),
                                .train_patients = px_training_set_patients(t->set, PX_PART_TRAIN),
                                .valid_patients =
                                    px_training_set_patients(t->set, PX_PART_VALIDATION),
                                .counts = counts,
                                .state = state,
                                .unreadable = t->state.unreadable};
    bool ok = counts && px_train_report_html(&summary, &page, err) &&
              px_file_write(t->folder.report, page.data, page.size, err);
    px_buffer_clear(&page);
    free(counts);
    return ok;
}

bool px_trainer_write_history(const px_trainer *t, const char *state, px_error *err) {
    px_buffer rows;
    px_buffer_init(&rows, PX_HISTORY_MAX_BYTES);
    bool ok = px_history_write(t->history, &rows, err) &&
              px_file_write(t->folder.history, rows.data, rows.size, err) &&
              write_report(t, state, err);
    px_buffer_clear(&rows);
    return ok;
}
