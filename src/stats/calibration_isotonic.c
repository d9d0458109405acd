/* The isotonic fit: pool adjacent violators. */
#include <stdlib.h>

#include "../base/memory.h"
#include "calibration_fit.h"
#include "samples.h"

/* Neighbouring scores that share a value, the share of positives among them. */
typedef struct {
    double first, last; /* scores */
    uint64_t positives, n;
} block;

static bool violates(const block *a, const block *b) { /* a's share is not below b's */
    return a->positives * b->n >= b->positives * a->n;
}

/* Blocks of rising shares from scores ascending; how many. */
static size_t pool(const double *scores, const uint8_t *labels, const uint32_t *descending,
                   size_t n, block *blocks) {
    size_t count = 0;
    for (size_t k = n; k-- > 0;) {
        double score = scores[descending[k]];
        bool tied = count > 0 && blocks[count - 1].last == score;
        if (!tied)
            blocks[count++] = (block){score, score, 0, 0};
        blocks[count - 1].positives += labels[descending[k]];
        blocks[count - 1].n++;
        bool more = k > 0 && scores[descending[k - 1]] == score;
        while (!more && count > 1 && violates(&blocks[count - 2], &blocks[count - 1])) {
            count--;
            blocks[count - 1].last = blocks[count].last;
            blocks[count - 1].positives += blocks[count].positives;
            blocks[count - 1].n += blocks[count].n;
        }
    }
    return count;
}

/* A knot at either end of each block; how many. */
static size_t put_knots(const block *blocks, size_t count, double *knots, double *values) {
    size_t n_knots = 0;
    for (size_t i = 0; i < count; i++) {
        double value = (double)blocks[i].positives / (double)blocks[i].n;
        knots[n_knots] = blocks[i].first;
        values[n_knots++] = value;
        if (blocks[i].last > blocks[i].first) {
            knots[n_knots] = blocks[i].last;
            values[n_knots++] = value;
        }
    }
    return n_knots;
}

bool px_fit_isotonic(const double *scores, const uint8_t *labels, size_t n, px_calibration *out,
                     px_error *err) {
    uint32_t *order = px_samples_order(scores, n, err);
    block *blocks = px_alloc(n, sizeof *blocks, err);
    size_t count = order && blocks ? pool(scores, labels, order, n, blocks) : 0;
    double *knots = px_alloc(2 * count, sizeof *knots, err);
    double *values = px_alloc(2 * count, sizeof *values, err);
    bool ok = count > 0 && knots && values;
    if (ok)
        *out = (px_calibration){.method = PX_CALIBRATION_ISOTONIC,
                                .n_knots = put_knots(blocks, count, knots, values),
                                .knots = knots,
                                .values = values};
    else {
        free(knots);
        free(values);
    }
    free(blocks);
    free(order);
    return ok;
}
