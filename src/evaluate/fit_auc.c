/* Weights of the largest AUC. Between two weights the AUC is a step function with a step for each
 * pair of images that change places; grids that become finer find the high steps without listing
 * them all. */
#include "fit_auc.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/random.h"
#include "../stats/auc.h"
#include "fit_logloss.h"

enum {
    MOST_OF_CLASS = 2000, /* images searched with */
    CELLS = 20,           /* of a line, and of the cells around its best point */
    ROUNDS = 3,           /* of refinement: the last step is about 1e-4 of the line */
    MOST_SWEEPS = 20,
    RANDOM_STARTS = 2
};

static const double least_gain = 1e-12;

/* A search: the images it uses, the weights it has, and room for the pools of others. */
typedef struct search {
    const px_weights_data *data;
    double *weights; /* [members] */
    double *pool;    /* [n] of the weights */
    double *trial;   /* [n] */
    double auc;      /* of the weights */
    px_error *err;
    bool failed;
} search;

static void fill_pool(const px_weights_data *data, const double *weights, double *pool) {
    memset(pool, 0, data->n * sizeof *pool);
    for (int m = 0; m < data->n_members; m++) {
        if (!(weights[m] > 0))
            continue;
        for (size_t i = 0; i < data->n; i++)
            pool[i] += weights[m] * data->scores[m][i];
    }
}

bool px_fit_pool_auc(const px_weights_data *data, const double *weights, double *auc,
                     px_error *err) {
    double *pool = px_alloc(data->n, sizeof *pool, err);
    if (!pool)
        return false;
    fill_pool(data, weights, pool);
    bool ok = px_auc(pool, data->labels, data->n, auc, err);
    free(pool);
    return ok;
}

int px_fit_best_member(const px_weights_data *data, px_error *err) {
    int best = -1;
    double highest = -1, auc;
    for (int m = 0; m < data->n_members; m++) {
        if (!px_auc(data->scores[m], data->labels, data->n, &auc, err))
            return -1;
        if (auc > highest) {
            highest = auc;
            best = m;
        }
    }
    return best;
}

/* ---- A line -----------------------------------------------------------------------------------
 */

/* AUC at a point of the line from the weights (0) to a member alone (1). */
static double auc_at(search *s, int member, double t) {
    const double *scores = s->data->scores[member];
    double auc = 0;
    for (size_t i = 0; i < s->data->n; i++)
        s->trial[i] = (1 - t) * s->pool[i] + t * scores[i];
    s->failed = s->failed || !px_auc(s->trial, s->data->labels, s->data->n, &auc, s->err);
    return auc;
}

static void move(search *s, int member, double t, double auc) {
    for (int m = 0; m < s->data->n_members; m++)
        s->weights[m] = fmax(0, (1 - t) * s->weights[m] + (m == member ? t : 0));
    fill_pool(s->data, s->weights, s->pool);
    s->auc = auc;
}

/* Search the line through a member, beyond the weights too, as far as its weight stays above 0.
 * @return whether that made it better. */
static bool search_line(search *s, int member) {
    double own = s->weights[member];
    double low = own < 1 ? -own / (1 - own) : 0, high = 1;
    const double line_low = low, line_high = high;
    double best = 0, highest = s->auc;
    for (int round = 0; round < ROUNDS && high > low; round++) {
        double cell = (high - low) / CELLS;
        for (int i = 0; i <= CELLS && !s->failed; i++) {
            double t = low + cell * i, auc = auc_at(s, member, t);
            if (auc > highest + least_gain) {
                highest = auc;
                best = t;
            }
        }
        low = fmax(line_low, best - cell);
        high = fmin(line_high, best + cell);
    }
    if (s->failed || highest <= s->auc + least_gain)
        return false;
    move(s, member, best, highest);
    return true;
}

/* From one start to where no line leads higher. The weights are changed. */
static bool climb(const px_weights_data *data, double *weights, px_error *err) {
    search s = {.data = data, .weights = weights, .err = err};
    s.pool = px_alloc(data->n, sizeof *s.pool, err);
    s.trial = px_alloc(data->n, sizeof *s.trial, err);
    s.failed = !s.pool || !s.trial;
    if (!s.failed) {
        fill_pool(data, weights, s.pool);
        s.failed = !px_auc(s.pool, data->labels, data->n, &s.auc, err);
    }
    bool better = !s.failed;
    for (int sweep = 0; sweep < MOST_SWEEPS && better; sweep++) {
        better = false;
        for (int m = 0; m < data->n_members && !s.failed; m++)
            better = search_line(&s, m) || better;
    }
    free(s.pool);
    free(s.trial);
    return !s.failed;
}

/* ---- Starts -----------------------------------------------------------------------------------
 */

static bool start_at(const px_weights_data *data, int start, px_random *random, double *weights,
                     px_error *err) {
    const int k = data->n_members;
    double sum = 0;
    if (start == 0)
        return px_fit_logloss(data, weights, NULL, err);
    if (start == 1) {
        int best = px_fit_best_member(data, err);
        for (int m = 0; m < k; m++)
            weights[m] = m == best;
        return best >= 0;
    }
    for (int m = 0; m < k; m++) /* uniform on the simplex */
        sum += weights[m] = -log(1 - px_random_uniform(random));
    for (int m = 0; m < k; m++)
        weights[m] = sum > 0 ? weights[m] / sum : 1.0 / k;
    return true;
}

/* Climb from every start with `sample`; the end that is best on all images replaces `weights`. */
static bool search_all(const px_weights_data *data, const px_weights_data *sample, uint64_t seed,
                       double *weights, px_error *err) {
    const int k = data->n_members;
    px_random random;
    px_random_init(&random, seed, 1);
    double highest = 0, auc = 0;
    double *trial = px_alloc((size_t)k, sizeof *trial, err);
    for (int m = 0; trial && m < k; m++)
        trial[m] = weights[m] = 1.0 / k;
    bool ok = trial && px_fit_pool_auc(data, weights, &highest, err);
    for (int start = -1; ok && start < 2 + RANDOM_STARTS; start++) {
        ok = (start < 0 || start_at(sample, start, &random, trial, err)) &&
             climb(sample, trial, err) && px_fit_pool_auc(data, trial, &auc, err);
        if (ok && auc > highest + least_gain) {
            highest = auc;
            memcpy(weights, trial, (size_t)k * sizeof *weights);
        }
    }
    free(trial);
    return ok;
}

/* ---- A sample of a large set -------------------------------------------------------------------
 */

/* Mark each row of a class with a fold: 0 for MOST_OF_CLASS of them, drawn at random, else 1. */
static void mark_class(const px_weights_data *data, uint8_t label, size_t count, px_random *random,
                       int *marks) {
    size_t wanted = count < MOST_OF_CLASS ? count : MOST_OF_CLASS, left = count;
    for (size_t i = 0; i < data->n; i++) {
        if (data->labels[i] != label)
            continue;
        bool taken = px_random_below(random, left--) < wanted;
        marks[i] = !taken;
        wanted -= taken;
    }
}

bool px_fit_auc(const px_weights_data *data, uint64_t seed, double *weights, px_error *err) {
    size_t positives = 0;
    for (size_t i = 0; i < data->n; i++)
        positives += data->labels[i];
    if (positives <= MOST_OF_CLASS && data->n - positives <= MOST_OF_CLASS)
        return search_all(data, data, seed, weights, err);
    px_random random;
    px_random_init(&random, seed, 0);
    int *marks = px_alloc(data->n, sizeof *marks, err);
    if (!marks)
        return false;
    mark_class(data, 1, positives, &random, marks);
    mark_class(data, 0, data->n - positives, &random, marks);
    px_weights_part sample = {0};
    bool ok = px_weights_part_take(data, marks, 0, true, &sample, err) &&
              search_all(data, &sample.data, seed, weights, err);
    px_weights_part_clear(&sample);
    free(marks);
    return ok;
}
