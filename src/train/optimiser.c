/* Steps down the gradient (optimiser.h). Arithmetic of one element does not depend on others, so
 * that threads may share them out at will. */
#include "optimiser.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../kernels/train_kernels.h"

/* The norm is put together from chunks of this many elements, in their order; threads share out
 * such pieces of the weights. */
enum { CHUNK = 1 << 14 };

static const char *const names[PX_OPTIMISERS] = {
    [PX_OPTIMISER_SGD] = "sgd", [PX_OPTIMISER_ADAM] = "adam", [PX_OPTIMISER_ADAMW] = "adamw"};

/* A piece of a parameter, at most CHUNK elements, and where its state begins. */
typedef struct piece {
    float *value;
    const float *gradient; /* NULL: moving statistics, which are only averaged */
    size_t count, state;
    bool decays;
} piece;

struct px_optimiser {
    px_training_net *net;
    px_optimiser_options options;
    const px_train_kernels *kernels;
    int64_t steps;
    int n_pieces;
    piece *pieces;
    size_t count;          /* of all pieces */
    float *first, *second; /* momentum, or Adam's mean; Adam's square */
    float *average;
    double *norms; /* [chunks of the gradients] */
};

const char *px_optimiser_name(px_optimiser_kind kind) {
    return kind >= 0 && kind < PX_OPTIMISERS ? names[kind] : "?";
}

static bool is_share(float value) {
    return value >= 0 && value < 1;
}

static bool check_options(const px_optimiser_options *o, px_error *err) {
    bool adam = o->kind == PX_OPTIMISER_ADAM || o->kind == PX_OPTIMISER_ADAMW;
    if (o->kind < 0 || o->kind >= PX_OPTIMISERS)
        return px_fail(err, PX_ERR_USAGE, NULL, "there is no optimiser %d", (int)o->kind);
    if (!is_share(o->momentum) || !is_share(o->average))
        return px_fail(err, PX_ERR_USAGE, NULL, "momentum and average lie in [0, 1)");
    if (o->nesterov && !(o->momentum > 0))
        return px_fail(err, PX_ERR_USAGE, NULL, "Nesterov's step needs a momentum");
    if (adam && (!is_share(o->beta1) || !is_share(o->beta2) || !(o->epsilon > 0)))
        return px_fail(err, PX_ERR_USAGE, NULL,
                       "Adam's betas lie in [0, 1), and its epsilon above 0");
    if (!(o->decay >= 0) || !(o->clip >= 0))
        return px_fail(err, PX_ERR_USAGE, NULL, "weight decay and clipping cannot be negative");
    return true;
}

static void add_pieces(px_optimiser *o, const px_parameter *p) {
    for (size_t first = 0; first < p->count; first += CHUNK) {
        size_t left = p->count - first, count = left < CHUNK ? left : CHUNK;
        o->pieces[o->n_pieces++] = (piece){.value = p->value + first,
                                           .gradient = p->gradient ? p->gradient + first : NULL,
                                           .count = count,
                                           .state = o->count,
                                           .decays = p->n_dims > 1};
        o->count += count;
    }
}

/* The pieces that are trained or, with an average, follow. */
static bool make_pieces(px_optimiser *o, px_error *err) {
    int parameters = px_training_net_parameters(o->net);
    size_t most = 0;
    for (int i = 0; i < parameters; i++)
        most += px_training_net_parameter(o->net, i)->count / CHUNK + 1;
    o->pieces = px_alloc(most, sizeof *o->pieces, err);
    if (!o->pieces)
        return false;
    for (int i = 0; i < parameters; i++) {
        const px_parameter *p = px_training_net_parameter(o->net, i);
        if (p->gradient || o->options.average > 0)
            add_pieces(o, p);
    }
    return true;
}

static float *make_state(const px_optimiser *o, px_error *err) {
    return px_alloc(o->count, sizeof(float), err);
}

static bool make_optimiser(px_optimiser *o, px_error *err) {
    size_t gradients;
    px_training_net_gradients(o->net, &gradients);
    o->norms = px_alloc(gradients / CHUNK + 1, sizeof *o->norms, err);
    if (!o->norms || !make_pieces(o, err))
        return false;
    bool adam = o->options.kind != PX_OPTIMISER_SGD;
    if ((adam || o->options.momentum > 0) && !(o->first = make_state(o, err)))
        return false;
    if (adam && !(o->second = make_state(o, err)))
        return false;
    if (o->options.average > 0 && !(o->average = make_state(o, err)))
        return false;
    for (int i = 0; o->average && i < o->n_pieces; i++)
        memcpy(o->average + o->pieces[i].state, o->pieces[i].value,
               o->pieces[i].count * sizeof(float));
    return true;
}

px_optimiser *px_optimiser_new(px_training_net *net, const px_optimiser_options *options,
                               px_error *err) {
    px_optimiser *o = check_options(options, err) ? px_alloc(1, sizeof *o, err) : NULL;
    if (!o)
        return NULL;
    o->net = net;
    o->options = *options;
    o->kernels = px_train_kernels_of(px_cpu_best());
    if (make_optimiser(o, err))
        return o;
    px_optimiser_free(o);
    return NULL;
}

void px_optimiser_free(px_optimiser *o) {
    if (!o)
        return;
    free(o->pieces);
    free(o->first);
    free(o->second);
    free(o->average);
    free(o->norms);
    free(o);
}

/* ---- the norm ------------------------------------------------------------------------------ */

typedef struct norm_job {
    const float *gradients;
    size_t count;
    double *norms;
} norm_job;

static void measure_chunk(void *context, int chunk, int worker) {
    (void)worker;
    const norm_job *job = context;
    size_t first = (size_t)chunk * CHUNK,
           end = first + CHUNK < job->count ? first + CHUNK : job->count;
    double sum = 0;
    for (size_t i = first; i < end; i++)
        sum += (double)job->gradients[i] * (double)job->gradients[i];
    job->norms[chunk] = sum;
}

static double find_norm(px_optimiser *o) {
    norm_job job = {.norms = o->norms};
    job.gradients = px_training_net_gradients(o->net, &job.count);
    int chunks = (int)((job.count + CHUNK - 1) / CHUNK);
    px_pool_run(px_training_net_pool(o->net), chunks, measure_chunk, &job);
    double sum = 0;
    for (int i = 0; i < chunks; i++)
        sum += o->norms[i];
    return sqrt(sum);
}

/* ---- the step ------------------------------------------------------------------------------ */

typedef struct step_job {
    px_optimiser *o;
    float rate;
    float factor;             /* of the gradients, for clipping */
    float correct1, correct2; /* Adam's 1 / (1 - beta^t); the second under the root */
    float average;
} step_job;

static void step_sgd(const step_job *job, const piece *p) {
    const px_optimiser_options *options = &job->o->options;
    float *v = job->o->first ? job->o->first + p->state : NULL;
    float decay = p->decays ? options->decay : 0, momentum = options->momentum;
    for (size_t i = 0; i < p->count; i++) {
        float g = job->factor * p->gradient[i] + decay * p->value[i];
        if (v) {
            v[i] = momentum * v[i] + g;
            g = options->nesterov ? g + momentum * v[i] : v[i];
        }
        p->value[i] -= job->rate * g;
    }
}

static void step_adam(const step_job *job, const piece *p) {
    const px_optimiser_options *options = &job->o->options;
    bool apart = options->kind == PX_OPTIMISER_ADAMW; /* decay, from the gradient */
    float decay = p->decays ? options->decay : 0;
    px_adam_pass pass = {.count = p->count,
                         .value = p->value,
                         .mean = job->o->first + p->state,
                         .square = job->o->second + p->state,
                         .gradient = p->gradient,
                         .factor = job->factor,
                         .decay = apart ? 0 : decay,
                         .beta1 = options->beta1,
                         .beta2 = options->beta2,
                         .rate = job->rate * job->correct1,
                         .correct = job->correct2,
                         .epsilon = options->epsilon,
                         .shrink = apart ? 1 - job->rate * decay : 1};
    job->o->kernels->adam(&pass);
}

static void step_piece(void *context, int index, int worker) {
    (void)worker;
    const step_job *job = context;
    const piece *p = &job->o->pieces[index];
    if (p->gradient && job->o->options.kind == PX_OPTIMISER_SGD)
        step_sgd(job, p);
    else if (p->gradient)
        step_adam(job, p);
    float *average = job->o->average ? job->o->average + p->state : NULL;
    for (size_t i = 0; average && i < p->count; i++)
        average[i] += (1 - job->average) * (p->value[i] - average[i]); /* exact where equal */
}

double px_optimiser_step(px_optimiser *o, double rate) {
    double norm = find_norm(o);
    if (!isfinite(norm))
        return norm;
    double t = (double)++o->steps, warm = (1 + t) / (10 + t);
    const px_optimiser_options *options = &o->options;
    step_job job = {.o = o,
                    .rate = (float)rate,
                    .factor = 1,
                    .correct1 = (float)(1 / (1 - pow((double)options->beta1, t))),
                    .correct2 = (float)(1 / (1 - pow((double)options->beta2, t))),
                    .average = (float)fmin((double)options->average, warm)};
    if (options->clip > 0 && norm > (double)options->clip)
        job.factor = (float)((double)options->clip / norm);
    px_pool_run(px_training_net_pool(o->net), o->n_pieces, step_piece, &job);
    return norm;
}

int64_t px_optimiser_steps(const px_optimiser *o) {
    return o->steps;
}

void px_optimiser_set_steps(px_optimiser *o, int64_t steps) {
    o->steps = steps;
}

int px_optimiser_get_state(px_optimiser *o, px_optimiser_state states[PX_OPTIMISER_STATES]) {
    int n = 0;
    if (o->first)
        states[n++] = (px_optimiser_state){o->second ? "mean" : "momentum", o->first, o->count};
    if (o->second)
        states[n++] = (px_optimiser_state){"square", o->second, o->count};
    if (o->average)
        states[n++] = (px_optimiser_state){"average", o->average, o->count};
    return n;
}

void px_optimiser_swap_average(px_optimiser *o) {
    for (int i = 0; o->average && i < o->n_pieces; i++) {
        const piece *p = &o->pieces[i];
        for (size_t k = 0; k < p->count; k++) {
            float kept = p->value[k];
            p->value[k] = o->average[p->state + k];
            o->average[p->state + k] = kept;
        }
    }
}
