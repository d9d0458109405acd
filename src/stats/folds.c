/* Dividing rows into parts for cross-fitting: classes spread evenly, patients kept together. */
#include "folds.h"

#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/random.h"
#include "samples.h"

/* One patient's rows, or the rows of a fold. */
typedef struct {
    size_t positives, negatives;
} tally;

static void count_rows(const uint8_t *labels, const uint32_t *numbers, size_t n, tally *groups) {
    for (size_t i = 0; i < n; i++) {
        groups[numbers[i]].positives += labels[i];
        groups[numbers[i]].negatives += !labels[i];
    }
}

static bool check_groups(const tally *groups, size_t count, int k, px_error *err) {
    size_t with_positives = 0, with_negatives = 0;
    for (size_t g = 0; g < count; g++) {
        with_positives += groups[g].positives > 0;
        with_negatives += groups[g].negatives > 0;
    }
    bool few_positives = with_positives < (size_t)k;
    if (!few_positives && with_negatives >= (size_t)k)
        return true;
    return px_fail(err, PX_ERR_INPUT, NULL,
                   "%zu independent rows or patients are %s: too few for %d folds",
                   few_positives ? with_positives : with_negatives,
                   few_positives ? "positive" : "negative", k);
}

/* The fold that lacks most of what the group is placed for. */
static int choose_fold(const tally *folds, int k, bool by_positives) {
    int best = 0;
    for (int f = 1; f < k; f++) {
        const tally *a = &folds[f], *b = &folds[best];
        size_t of_a = by_positives ? a->positives : a->negatives;
        size_t of_b = by_positives ? b->positives : b->negatives;
        if (of_a < of_b ||
            (of_a == of_b && a->positives + a->negatives < b->positives + b->negatives))
            best = f;
    }
    return best;
}

/* Group numbers, shuffled, then those with most positives first. */
static uint32_t *order_groups(const tally *groups, size_t count, uint64_t seed, px_error *err) {
    uint32_t *shuffled = px_alloc(count, sizeof *shuffled, err);
    double *keys = px_alloc(count, sizeof *keys, err);
    uint32_t *order = NULL;
    if (shuffled && keys) {
        px_random random;
        px_random_init(&random, seed, 0);
        for (size_t g = 0; g < count; g++) {
            size_t at = px_random_below(&random, g + 1);
            shuffled[g] = shuffled[at];
            shuffled[at] = (uint32_t)g;
        }
        for (size_t i = 0; i < count; i++)
            keys[i] = (double)groups[shuffled[i]].positives;
        order = px_samples_order(keys, count, err);
    }
    for (size_t i = 0; order && i < count; i++)
        order[i] = shuffled[order[i]];
    free(keys);
    free(shuffled);
    return order;
}

/* Without any one fold, both classes must be left to fit. */
static bool check_spread(const tally *folds, int k, px_error *err) {
    int with_positives = 0, with_negatives = 0;
    for (int f = 0; f < k; f++) {
        with_positives += folds[f].positives > 0;
        with_negatives += folds[f].negatives > 0;
    }
    return (with_positives > 1 && with_negatives > 1) ||
           px_fail(err, PX_ERR_INPUT, NULL, "all that are %s fall into one of %d folds",
                   with_positives > 1 ? "negative" : "positive", k);
}

/* The fold of each group, [count]. */
static int *place_groups(const tally *groups, size_t count, int k, uint64_t seed, px_error *err) {
    uint32_t *order = order_groups(groups, count, seed, err);
    tally *folds = px_alloc((size_t)k, sizeof *folds, err);
    int *placed = px_alloc(count, sizeof *placed, err);
    if (!order || !folds || !placed) {
        free(placed);
        placed = NULL;
    }
    for (size_t i = 0; placed && i < count; i++) {
        const tally *group = &groups[order[i]];
        int f = choose_fold(folds, k, group->positives > 0);
        folds[f].positives += group->positives;
        folds[f].negatives += group->negatives;
        placed[order[i]] = f;
    }
    if (placed && !check_spread(folds, k, err)) {
        free(placed);
        placed = NULL;
    }
    free(folds);
    free(order);
    return placed;
}

bool px_folds_assign(const uint8_t *labels, const uint32_t *groups, size_t n, int k, uint64_t seed,
                     int *folds, px_error *err) {
    if (k < 2 || k > PX_FOLDS_MOST)
        return px_fail(err, PX_ERR_USAGE, NULL, "%d folds: 2 to %d are possible", k, PX_FOLDS_MOST);
    if (!px_samples_check_labels(labels, n, NULL, err))
        return false;
    size_t count = 0;
    uint32_t *numbers = px_samples_number_groups(groups, n, &count, err);
    tally *tallies = numbers ? px_alloc(count, sizeof *tallies, err) : NULL;
    int *placed = NULL;
    if (tallies) {
        count_rows(labels, numbers, n, tallies);
        if (check_groups(tallies, count, k, err))
            placed = place_groups(tallies, count, k, seed, err);
    }
    for (size_t i = 0; placed && i < n; i++)
        folds[i] = placed[numbers[i]];
    bool ok = placed != NULL;
    free(placed);
    free(tallies);
    free(numbers);
    return ok;
}
