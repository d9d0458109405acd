/* What every statistic asks of its input: scores that are numbers, labels that are 0 or 1. */
#include "samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

static bool check_count(size_t n, px_error *err) {
    if (n == 0)
        return px_fail(err, PX_ERR_INPUT, NULL, "there are no rows");
    if (n > PX_SAMPLES_MOST)
        return px_fail(err, PX_ERR_LIMIT, NULL, "%zu rows are more than %zu", n, PX_SAMPLES_MOST);
    return true;
}

bool px_samples_check_labels(const uint8_t *labels, size_t n, size_t *positives, px_error *err) {
    if (!check_count(n, err))
        return false;
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (labels[i] > 1)
            return px_fail(err, PX_ERR_INPUT, NULL, "row %zu: label %d is neither 0 nor 1", i + 1,
                           labels[i]);
        count += labels[i];
    }
    if (positives)
        *positives = count;
    return true;
}

bool px_samples_check(const double *scores, const uint8_t *labels, size_t n, size_t *positives,
                      px_error *err) {
    if (!check_count(n, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(scores[i]))
            return px_fail(err, PX_ERR_INPUT, NULL, "row %zu: score %g is not a finite number",
                           i + 1, scores[i]);
    }
    return px_samples_check_labels(labels, n, positives, err);
}

bool px_samples_check_both(const double *scores, const uint8_t *labels, size_t n, size_t *positives,
                           px_error *err) {
    size_t count;
    if (!px_samples_check(scores, labels, n, &count, err))
        return false;
    if (count == 0 || count == n)
        return px_fail(err, PX_ERR_INPUT, NULL, "all %zu rows are %s: both classes are needed", n,
                       count == 0 ? "negative" : "positive");
    *positives = count;
    return true;
}

bool px_samples_check_probabilities(const double *scores, const uint8_t *labels, size_t n,
                                    size_t *positives, px_error *err) {
    size_t count;
    if (!px_samples_check(scores, labels, n, &count, err))
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!(scores[i] >= 0 && scores[i] <= 1))
            return px_fail(err, PX_ERR_INPUT, NULL,
                           "row %zu: score %g is not a probability, 0 to 1", i + 1, scores[i]);
    }
    if (positives)
        *positives = count;
    return true;
}

bool px_samples_check_level(double level, px_error *err) {
    if (!(level > 0 && level < 1))
        return px_fail(err, PX_ERR_USAGE, NULL,
                       "confidence level %g is not between 0 and 1, as 0.95 is", level);
    return true;
}

typedef struct {
    uint64_t key; /* ascending keys are descending scores */
    uint32_t row;
} sortable;

static uint64_t descending_key(double score) {
    uint64_t bits;
    score += 0.0; /* -0 is 0 */
    memcpy(&bits, &score, sizeof bits);
    return bits >> 63 ? bits : ~(bits | (uint64_t)1 << 63);
}

/* One pass of a radix sort from the lowest byte up; false where the byte is the same in all. */
static bool sort_by_byte(const sortable *from, sortable *to, size_t n, int shift) {
    size_t starts[256] = {0};
    for (size_t i = 0; i < n; i++)
        starts[from[i].key >> shift & 255]++;
    if (starts[from[0].key >> shift & 255] == n)
        return false;
    size_t sum = 0;
    for (int i = 0; i < 256; i++) {
        size_t count = starts[i];
        starts[i] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++)
        to[starts[from[i].key >> shift & 255]++] = from[i];
    return true;
}

uint32_t *px_samples_order(const double *scores, size_t n, px_error *err) {
    uint32_t *order = px_alloc(n, sizeof *order, err);
    sortable *items = px_alloc(n, 2 * sizeof *items, err);
    if (!order || !items) {
        free(items);
        free(order);
        return NULL;
    }
    sortable *from = items, *to = items + n;
    for (size_t i = 0; i < n; i++)
        from[i] = (sortable){descending_key(scores[i]), (uint32_t)i};
    for (int shift = 0; n > 0 && shift < 64; shift += 8) {
        if (sort_by_byte(from, to, n, shift)) {
            sortable *sorted = to;
            to = from;
            from = sorted;
        }
    }
    for (size_t i = 0; i < n; i++)
        order[i] = from[i].row;
    free(items);
    return order;
}

size_t px_samples_tie_end(const double *scores, const uint32_t *order, size_t n, size_t begin) {
    size_t end = begin + 1;
    while (end < n && scores[order[end]] == scores[order[begin]])
        end++;
    return end;
}

uint32_t *px_samples_number_groups(const uint32_t *groups, size_t n, size_t *count, px_error *err) {
    uint32_t *numbers = px_alloc(n, sizeof *numbers, err), *order = NULL;
    double *keys = px_alloc(n, sizeof *keys, err);
    *count = 0;
    if (numbers && keys) {
        for (size_t i = 0; i < n; i++)
            keys[i] = groups ? groups[i] : -(double)i;
        order = px_samples_order(keys, n, err);
    }
    if (!order) {
        free(numbers);
        numbers = NULL;
    }
    for (size_t i = 0; order && i < n; (*count)++) {
        size_t end = px_samples_tie_end(keys, order, n, i);
        for (; i < end; i++)
            numbers[order[i]] = (uint32_t)*count;
    }
    free(order);
    free(keys);
    return numbers;
}
