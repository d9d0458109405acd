/* Parts of a data set in which no patient is twice. */
#include "split.h"

#include <math.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/random.h"

/* Patients of rows, numbered in the order of their first row. */
typedef struct grouping {
    int64_t *group; /* [rows] */
    int64_t *sizes; /* [count] rows of each */
    int64_t *order; /* [count] shuffled */
    int64_t count;
} grouping;

static void clear_grouping(grouping *g) {
    free(g->group);
    free(g->sizes);
    free(g->order);
}

static bool number_groups(const int32_t *patients, int64_t rows, grouping *g, px_error *err) {
    int64_t most = 0;
    for (int64_t i = 0; i < rows; i++)
        most = patients[i] >= most ? (int64_t)patients[i] + 1 : most;
    int64_t *known = px_alloc((size_t)most, sizeof *known, err); /* group + 1 of a patient */
    for (int64_t i = 0; known && i < rows; i++) {
        int64_t *before = patients[i] >= 0 ? &known[patients[i]] : NULL;
        g->group[i] = before && *before ? *before - 1 : g->count++;
        if (before)
            *before = g->group[i] + 1;
        g->sizes[g->group[i]]++;
    }
    free(known);
    return known != NULL;
}

static bool make_grouping(const int32_t *patients, int64_t rows, uint64_t seed, grouping *g,
                          px_error *err) {
    *g = (grouping){.group = px_alloc((size_t)rows, sizeof *g->group, err),
                    .sizes = px_alloc((size_t)rows, sizeof *g->sizes, err),
                    .order = px_alloc((size_t)rows, sizeof *g->order, err)};
    if (!g->group || !g->sizes || !g->order || !number_groups(patients, rows, g, err))
        return false;
    px_random random;
    px_random_init(&random, seed, 0);
    px_random_order(&random, g->order, g->count);
    return true;
}

/* Deals groups out; fold_of: [count]. */
static void deal(const grouping *g, int folds, int64_t *sums, int *fold_of) {
    for (int64_t i = 0; i < g->count; i++) {
        int least = 0;
        for (int f = 1; f < folds; f++)
            least = sums[f] < sums[least] ? f : least;
        fold_of[g->order[i]] = least;
        sums[least] += g->sizes[g->order[i]];
    }
}

bool px_split_folds(const int32_t *patients, int64_t rows, int folds, uint64_t seed, int *fold,
                    px_error *err) {
    if (folds < 2 || folds > PX_SPLIT_MAX_FOLDS)
        return px_fail(err, PX_ERR_USAGE, "folds", "is %d, must be 2 to %d", folds,
                       PX_SPLIT_MAX_FOLDS);
    grouping g;
    int64_t *sums = px_alloc((size_t)folds, sizeof *sums, err);
    int *fold_of = px_alloc((size_t)rows, sizeof *fold_of, err);
    bool ok = make_grouping(patients, rows, seed, &g, err) && sums && fold_of;
    if (ok && g.count < folds)
        ok = px_fail(err, PX_ERR_USAGE, "folds", "%d folds of %lld patients", folds,
                     (long long)g.count);
    if (ok)
        deal(&g, folds, sums, fold_of);
    for (int64_t i = 0; ok && i < rows; i++)
        fold[i] = fold_of[g.group[i]];
    clear_grouping(&g);
    free(fold_of);
    free(sums);
    return ok;
}

bool px_split_part(const int32_t *patients, int64_t rows, double fraction, uint64_t seed,
                   bool *chosen, px_error *err) {
    if (!(fraction > 0 && fraction < 1))
        return px_fail(err, PX_ERR_USAGE, "fraction", "is %g, must be between 0 and 1", fraction);
    grouping g;
    bool *taken = px_alloc((size_t)rows, sizeof *taken, err);
    bool ok = make_grouping(patients, rows, seed, &g, err) && taken;
    if (ok && g.count < 2)
        ok = px_fail(err, PX_ERR_USAGE, "fraction", "%lld patients cannot be split",
                     (long long)g.count);
    if (ok) {
        int64_t count = llround(fraction * (double)g.count);
        count = count < 1 ? 1 : count > g.count - 1 ? g.count - 1 : count;
        for (int64_t i = 0; i < count; i++)
            taken[g.order[i]] = true;
        for (int64_t i = 0; i < rows; i++)
            chosen[i] = taken[g.group[i]];
    }
    clear_grouping(&g);
    free(taken);
    return ok;
}
