/* Fitting weights by any goal, parts of a set, and cross-validation. */
#include "fit_weights.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../reader/ensemble.h"
#include "../stats/auc.h"
#include "../stats/bootstrap.h"
#include "../stats/folds.h"
#include "../stats/reliability.h"
#include "../stats/samples.h"
#include "fit_auc.h"
#include "fit_logloss.h"
#include "predictions.h"

enum { BOOTSTRAP_ROUNDS = 1000, WAYS = 3 };

static const double grid = 1e6; /* weights are multiples of 1 / grid */
static const double level = 0.95;

const char *px_weights_goal_name(px_weights_goal goal) {
    switch (goal) {
    case PX_WEIGHTS_SINGLE:
        return "single";
    case PX_WEIGHTS_AUC:
        return "auc";
    case PX_WEIGHTS_LOGLOSS:
        return "logloss";
    case PX_WEIGHTS_EQUAL:
        break;
    }
    return "equal";
}

static bool check_data(const px_weights_data *data, px_error *err) {
    if (data->n_members < 1 || data->n_members > PX_ENSEMBLE_MAX_MEMBERS)
        return px_fail(err, PX_ERR_USAGE, NULL, "%d members: 1 to %d are possible", data->n_members,
                       PX_ENSEMBLE_MAX_MEMBERS);
    for (int m = 0; m < data->n_members; m++) {
        if (!px_samples_check_probabilities(data->scores[m], data->labels, data->n, NULL, err))
            return false;
    }
    size_t positives;
    return px_samples_check_both(data->scores[0], data->labels, data->n, &positives, err);
}

/* Rounded to the grid; what the sum lacks goes to the largest. */
static void round_weights(int n, double *weights) {
    double left = grid;
    int largest = 0;
    for (int m = 0; m < n; m++) {
        weights[m] = round(weights[m] * grid);
        left -= weights[m];
        largest = weights[m] > weights[largest] ? m : largest;
    }
    weights[largest] += left;
    for (int m = 0; m < n; m++)
        weights[m] /= grid;
}

static bool fit(px_weights_goal goal, const px_weights_data *data, uint64_t seed, double *weights,
                px_error *err) {
    int best;
    switch (goal) {
    case PX_WEIGHTS_AUC:
        return px_fit_auc(data, seed, weights, err);
    case PX_WEIGHTS_LOGLOSS:
        return px_fit_logloss(data, weights, NULL, err);
    case PX_WEIGHTS_SINGLE:
        best = px_fit_best_member(data, err);
        for (int m = 0; m < data->n_members; m++)
            weights[m] = m == best;
        return best >= 0;
    case PX_WEIGHTS_EQUAL:
        break;
    }
    for (int m = 0; m < data->n_members; m++)
        weights[m] = 1.0 / data->n_members;
    return true;
}

bool px_fit_weights(px_weights_goal goal, const px_weights_data *data, uint64_t seed,
                    double *weights, px_error *err) {
    if (!check_data(data, err))
        return false;
    double found[PX_ENSEMBLE_MAX_MEMBERS] = {0};
    if (!fit(goal, data, seed, found, err))
        return false;
    round_weights(data->n_members, found);
    memcpy(weights, found, (size_t)data->n_members * sizeof *weights);
    return true;
}

/* ---- Parts ------------------------------------------------------------------------------------
 */

void px_weights_part_clear(px_weights_part *part) {
    free(part->block);
    free(part->columns);
    free(part->labels);
    free(part->rows);
    *part = (px_weights_part){0};
}

bool px_weights_part_take(const px_weights_data *data, const int *fold_of, int fold, bool in_fold,
                          px_weights_part *part, px_error *err) {
    size_t n = 0, members = (size_t)data->n_members;
    for (size_t i = 0; i < data->n; i++)
        n += (fold_of[i] == fold) == in_fold;
    px_weights_part p = {.block = px_alloc(members * n, sizeof *p.block, err),
                         .columns = px_alloc(members, sizeof *p.columns, err),
                         .labels = px_alloc(n, sizeof *p.labels, err),
                         .rows = px_alloc(n, sizeof *p.rows, err)};
    if (!p.block || !p.columns || !p.labels || !p.rows) {
        px_weights_part_clear(&p);
        return false;
    }
    for (size_t i = 0, at = 0; i < data->n; i++) {
        if ((fold_of[i] == fold) != in_fold)
            continue;
        p.rows[at] = i;
        p.labels[at] = data->labels[i];
        for (size_t m = 0; m < members; m++)
            p.block[m * n + at] = data->scores[m][i];
        at++;
    }
    for (size_t m = 0; m < members; m++)
        p.columns[m] = p.block + m * n;
    p.data = (px_weights_data){.n_members = data->n_members,
                               .n = n,
                               .scores = (const double *const *)p.columns,
                               .labels = p.labels};
    *part = p;
    return true;
}

int px_fit_weights_folds(const px_weights_data *data, int folds, uint64_t seed, int *fold_of,
                         px_error *err) {
    for (int k = folds;; k--) {
        px_error failure = {0};
        if (px_folds_assign(data->labels, data->groups, data->n, k, seed, fold_of, &failure))
            return k;
        if (k > 2 && failure.code == PX_ERR_INPUT)
            continue;
        px_fail(err, failure.code, failure.subject, "%s", failure.message);
        return 0;
    }
}

/* ---- Cross-validation -------------------------------------------------------------------------
 */

/* What is compared: the fit, equal weights, the best single member. */
typedef struct checking {
    px_weights_goal goal;
    const px_weights_data *data;
    uint64_t seed;
    double *fold_weights;  /* [folds][members] of the fit; NULL: not wanted */
    double *pools[WAYS];   /* [n] scores of images by weights that were fitted without them */
    double weighted[WAYS]; /* sum of AUC x pairs over the folds */
    double pairs;          /* sum */
    double *gain;          /* [rounds] sum of gain x pairs over the folds where it is defined */
    double *gain_pairs;    /* [rounds] sum of these pairs */
    double *replicates;    /* [2][rounds] */
} checking;

static bool score_fold(checking *c, int fold, const px_weights_part *train,
                       const px_weights_part *test, double *const pools[WAYS], px_error *err) {
    const int members = c->data->n_members;
    const px_weights_goal goals[WAYS] = {c->goal, PX_WEIGHTS_EQUAL, PX_WEIGHTS_SINGLE};
    double weights[PX_ENSEMBLE_MAX_MEMBERS];
    for (int way = 0; way < WAYS; way++) {
        if (!px_fit_weights(goals[way], &train->data, c->seed, weights, err))
            return false;
        if (way == 0 && c->fold_weights)
            memcpy(c->fold_weights + fold * members, weights, (size_t)members * sizeof *weights);
        px_predictions_mix(members, (int64_t)test->data.n, test->data.scores, weights, pools[way]);
        for (size_t i = 0; i < test->data.n; i++)
            c->pools[way][test->rows[i]] = pools[way][i];
    }
    return true;
}

/* Gain of the fit over equal weights in each round of the bootstrap. */
static bool resample_fold(checking *c, int fold, const px_weights_part *test,
                          double *const pools[WAYS], double pairs, px_error *err) {
    const size_t n = test->data.n;
    const px_bootstrap_set sets[] = {{pools[0], test->labels}, {pools[1], test->labels}};
    const px_bootstrap_term terms[] = {{PX_BOOTSTRAP_AUC, 0, 0}, {PX_BOOTSTRAP_AUC, 1, 0}};
    uint32_t *clusters = px_alloc(n, sizeof *clusters, err);
    for (size_t i = 0; clusters && i < n; i++)
        clusters[i] = c->data->groups ? c->data->groups[test->rows[i]] : (uint32_t)i;
    const px_bootstrap_options options = {.scheme = PX_BOOTSTRAP_CLUSTERED,
                                          .clusters = clusters,
                                          .rounds = BOOTSTRAP_ROUNDS,
                                          .seed = c->seed + (uint64_t)fold};
    bool ok = clusters && px_bootstrap_run(sets, 2, n, terms, 2, &options, c->replicates, err);
    free(clusters);
    for (size_t r = 0; ok && r < BOOTSTRAP_ROUNDS; r++) {
        double gain = c->replicates[r] - c->replicates[BOOTSTRAP_ROUNDS + r];
        c->gain[r] += isnan(gain) ? 0 : pairs * gain;
        c->gain_pairs[r] += isnan(gain) ? 0 : pairs;
    }
    return ok;
}

static bool check_fold(checking *c, const int *fold_of, int fold, px_error *err) {
    px_weights_part train = {0}, test = {0};
    double *pools[WAYS] = {0};
    bool ok = px_weights_part_take(c->data, fold_of, fold, false, &train, err) &&
              px_weights_part_take(c->data, fold_of, fold, true, &test, err);
    for (int way = 0; ok && way < WAYS; way++)
        ok = (pools[way] = px_alloc(test.data.n, sizeof *pools[way], err)) != NULL;
    ok = ok && score_fold(c, fold, &train, &test, pools, err);
    double positives = 0;
    for (size_t i = 0; ok && i < test.data.n; i++)
        positives += test.labels[i];
    double pairs = positives * ((double)test.data.n - positives);
    for (int way = 0; ok && way < WAYS; way++) {
        double auc = 0;
        ok = px_auc(pools[way], test.labels, test.data.n, &auc, err);
        c->weighted[way] += auc * pairs;
    }
    c->pairs += pairs;
    ok = ok && resample_fold(c, fold, &test, pools, pairs, err);
    for (int way = 0; way < WAYS; way++)
        free(pools[way]);
    px_weights_part_clear(&train);
    px_weights_part_clear(&test);
    return ok;
}

static bool summarise(checking *c, int folds, px_weights_check *check, px_error *err) {
    px_weights_check made = {.folds = folds};
    px_weights_score *ways[WAYS] = {&made.fitted, &made.equal, &made.single};
    bool ok = true;
    for (int way = 0; ok && way < WAYS; way++) {
        ways[way]->auc = c->weighted[way] / c->pairs;
        ok = px_log_loss(c->pools[way], c->data->labels, c->data->n, &ways[way]->log_loss, err);
    }
    for (size_t r = 0; r < BOOTSTRAP_ROUNDS; r++)
        c->gain[r] = c->gain_pairs[r] > 0 ? c->gain[r] / c->gain_pairs[r] : NAN;
    px_bootstrap_interval gain;
    ok = ok && px_bootstrap_summarise(c->gain, BOOTSTRAP_ROUNDS, made.fitted.auc - made.equal.auc,
                                      level, &gain, err);
    if (!ok)
        return false;
    made.auc_gain = gain.interval;
    *check = made;
    return true;
}

bool px_fit_weights_check(px_weights_goal goal, const px_weights_data *data, int folds,
                          const int *fold_of, uint64_t seed, double *fold_weights,
                          px_weights_check *check, px_error *err) {
    if (!check_data(data, err))
        return false;
    checking c = {.goal = goal, .data = data, .seed = seed, .fold_weights = fold_weights};
    double *room = px_alloc(WAYS * data->n + 4 * (size_t)BOOTSTRAP_ROUNDS, sizeof *room, err);
    if (!room)
        return false;
    for (int way = 0; way < WAYS; way++)
        c.pools[way] = room + (size_t)way * data->n;
    c.gain = room + WAYS * data->n;
    c.gain_pairs = c.gain + BOOTSTRAP_ROUNDS;
    c.replicates = c.gain_pairs + BOOTSTRAP_ROUNDS;
    bool ok = true;
    for (int fold = 0; ok && fold < folds; fold++)
        ok = check_fold(&c, fold_of, fold, err);
    ok = ok && summarise(&c, folds, check, err);
    free(room);
    return ok;
}
