/* Making a training ready: data, network, optimiser, and where it was stopped before. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "../base/sha256.h"
#include "start_model.h"
#include "train_parts.h"

/* ---- processes, folder, data --------------------------------------------------------------- */

static bool share_batch(px_trainer *t, px_error *err) {
    t->peers = t->hooks->peers;
    t->rank = t->peers ? t->peers->rank : 0;
    t->ranks = t->peers ? t->peers->ranks : 1;
    t->share = t->config->batch / t->ranks;
    return t->share * t->ranks == t->config->batch ||
           px_fail(err, PX_ERR_USAGE, t->config->path,
                   "a batch of %d images cannot be shared evenly by %d processes", t->config->batch,
                   t->ranks);
}

static bool open_data(px_trainer *t, px_error *err) {
    bool leads = px_trainer_leads(t);
    t->set = px_training_set_open(t->config, leads ? t->hooks->tell : NULL, t->hooks->context, err);
    if (!t->set)
        return false;
    t->pool = px_pool_new(t->config->threads, err);
    if (!t->pool)
        return false;
    t->readers = t->config->readers > 0 ? t->config->readers : px_pool_threads(t->pool);
    int64_t images = px_training_set_images(t->set, PX_PART_TRAIN);
    t->epoch_steps = (images + t->config->batch - 1) / t->config->batch;
    return true;
}

static bool make_rate(px_trainer *t, px_error *err) {
    const px_train_config *c = t->config;
    double steps = (double)t->epoch_steps;
    t->rate = c->rate;
    t->rate.steps = t->epoch_steps * c->epochs;
    t->rate.half_cycle = llround(fmax(1, c->half_cycle_epochs * steps));
    t->rate.warm_up = llround(c->warm_up_epochs * steps);
    bool ok = px_rate_check(&t->rate, err);
    if (!ok)
        px_error_add_whole(err, c->path);
    return ok;
}

static bool make_loss(px_trainer *t, px_error *err) {
    const px_train_config *c = t->config;
    int outputs = px_training_set_findings(t->set);
    t->positive_weights = px_alloc((size_t)outputs, sizeof(float), err);
    t->logits = px_alloc((size_t)(outputs * t->share), sizeof(float), err);
    t->gradient = px_alloc((size_t)(outputs * t->share), sizeof(float), err);
    if (!t->positive_weights || !t->logits || !t->gradient)
        return false;
    px_training_set_weights(t->set, c->class_weights, t->positive_weights);
    t->loss = (px_loss){.findings = outputs,
                        .focus = c->focus,
                        .smoothing = c->smoothing,
                        .positive_weights = t->positive_weights};
    return true;
}

/* ---- the net ------------------------------------------------------------------------------- */

static bool make_net(px_trainer *t, int side, px_error *err) {
    const px_input_spec *input = &t->config->input;
    px_graph *graph = &t->model->graph;
    graph->nodes[0].shape.w = side;
    graph->nodes[0].shape.h = side * input->height / input->width;
    px_training_options options = {.batch = t->share,
                                   .pool = t->pool,
                                   .momentum = t->config->norm_momentum,
                                   .frozen = t->frozen,
                                   .peers = t->peers,
                                   .sync_norm = t->config->sync_norm};
    if (!px_graph_infer(graph, err) || !(t->net = px_training_net_new(graph, &options, err)))
        return false;
    t->side = side;
    return true;
}

/* The state of one optimiser to another of the same network. */
static void move_state(px_optimiser *from, px_optimiser *to) {
    px_optimiser_state before[PX_OPTIMISER_STATES], after[PX_OPTIMISER_STATES];
    int n = px_optimiser_get_state(from, before);
    px_optimiser_get_state(to, after);
    for (int i = 0; i < n; i++)
        memcpy(after[i].values, before[i].values, before[i].count * sizeof(float));
    px_optimiser_set_steps(to, px_optimiser_steps(from));
}

bool px_trainer_set_size(px_trainer *t, px_error *err) {
    int side = px_train_config_size(t->config, t->state.epoch);
    if (t->net && t->side == side)
        return true;
    if (t->net && !px_training_net_store(t->net, &t->model->graph, err))
        return false;
    px_training_net_free(t->net);
    t->net = NULL;
    px_optimiser *before = t->optimiser;
    t->optimiser = NULL;
    bool ok = make_net(t, side, err) &&
              (t->optimiser = px_optimiser_new(t->net, &t->config->optimiser, err));
    if (ok && before)
        move_state(before, t->optimiser);
    px_optimiser_free(before);
    return ok;
}

static bool make_network(px_trainer *t, px_error *err) {
    bool leads = px_trainer_leads(t);
    t->model = px_start_model(t->config, leads ? t->hooks->tell : NULL, t->hooks->context, err);
    return t->model && (t->frozen = px_start_frozen(t->config, &t->model->graph, err)) &&
           px_trainer_set_size(t, err);
}

/* Of the start file, too: its input's scaling, and all that is frozen, are the training's. */
static bool make_identity(px_trainer *t, px_error *err) {
    const json_t *start = json_object_get(t->model->provenance, "started_from");
    const char *hash = json_string_value(json_object_get(start, "sha256"));
    char *all = px_format(err, "%s %s %s", t->config->sha256, px_training_set_sha256(t->set),
                          hash ? hash : "random");
    if (!all)
        return false;
    px_sha256_bytes(all, strlen(all), t->identity);
    free(all);
    return true;
}

/* ---- where to begin ------------------------------------------------------------------------ */

static bool measure_input(px_trainer *t, px_error *err) {
    const px_input_spec *input = &t->config->input;
    memcpy(t->state.mean, input->mean, sizeof t->state.mean);
    memcpy(t->state.std, input->std, sizeof t->state.std);
    if (input->scaling != PX_SCALING_FEATUREWISE || input->std[0] > 0)
        return true;
    px_trainer_tell(t, "measuring the images' mean and standard deviation");
    return px_training_set_measure(t->set, input, t->readers, t->hooks->stopped, NULL, NULL,
                                   t->state.mean, t->state.std, &t->state.unreadable, err);
}

static bool check_position(const px_trainer *t, px_error *err) {
    const px_train_state *s = &t->state;
    int64_t steps = s->epoch * t->epoch_steps + s->step;
    if (s->epoch <= t->config->epochs && s->step <= t->epoch_steps && s->steps == steps &&
        s->epoch == t->history->n_rows && s->best_epoch <= s->epoch)
        return true;
    return px_fail(err, PX_ERR_INPUT, t->folder.checkpoint,
                   "damaged: it is of no step of this training");
}

static bool tell_beginning(const px_trainer *t, px_error *err) {
    const px_train_state *s = &t->state;
    char *text;
    if (px_trainer_is_done(t))
        text =
            px_format(err,
                      "this training has ended, after %d epochs: --restart trains again, --output "
                      "elsewhere",
                      s->epoch);
    else if (s->step == t->epoch_steps)
        text = px_format(err, "resumed at the validation of epoch %d", s->epoch + 1);
    else
        text = px_format(err, "resumed at step %lld of epoch %d", (long long)s->step + 1,
                         s->epoch + 1);
    if (text)
        px_trainer_tell(t, text);
    free(text);
    return text != NULL;
}

static bool resume(px_trainer *t, px_error *err) {
    if (!px_checkpoint_load(t->folder.checkpoint, t->identity, &t->state, t->net, t->optimiser,
                            t->history, err) ||
        !check_position(t, err))
        return false;
    t->resumed = true;
    t->seconds_before = t->state.seconds;
    if (t->history->n_rows > 0)
        t->last_auc = t->history->rows[t->history->n_rows - 1].mean_auc;
    return tell_beginning(t, err);
}

/* Only now, when all else is known to be right, an earlier training is removed. */
static bool begin(px_trainer *t, px_train_start start, px_error *err) {
    if (start == PX_START_OVER && !px_train_folder_empty(&t->folder, err))
        return false;
    return px_train_folder_has_checkpoint(&t->folder) ? resume(t, err) : measure_input(t, err);
}

/* Rank 0 knows; the others are told. */
static bool find_beginning(px_trainer *t, px_train_start start, px_error *err) {
    bool ok = !px_trainer_leads(t) || begin(t, start, err);
    if (!px_trainer_agree(t, ok, err) || !px_trainer_spread(t, err))
        return false;
    t->input = t->config->input;
    memcpy(t->input.mean, t->state.mean, sizeof t->input.mean);
    memcpy(t->input.std, t->state.std, sizeof t->input.std);
    return true;
}

static bool prepare(px_trainer *t, px_error *err) {
    return px_train_folder_open(&t->folder, t->config->output, px_trainer_leads(t), err) &&
           open_data(t, err) && make_rate(t, err) && make_loss(t, err) && make_network(t, err) &&
           make_identity(t, err) &&
           px_history_init(t->history, t->config->n_findings, (const char *const *)t->model->labels,
                           err);
}

bool px_trainer_open(px_trainer *t, px_train_start start, px_error *err) {
    t->state.best_auc = t->last_auc = NAN;
    if (!share_batch(t, err) || !px_trainer_agree(t, prepare(t, err), err) ||
        !find_beginning(t, start, err))
        return false;
    t->began = t->saved = px_clock_s();
    return true;
}

void px_trainer_close(px_trainer *t) {
    px_optimiser_free(t->optimiser);
    px_training_net_free(t->net);
    px_model_unref(t->model);
    px_training_set_free(t->set);
    px_pool_free(t->pool);
    free(t->frozen);
    free(t->positive_weights);
    free(t->logits);
    free(t->gradient);
    free(t->advice);
    px_train_folder_close(&t->folder);
}
