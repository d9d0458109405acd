/* One set of labelled scores, sorted once so that a round's weights give each figure in O(n). */
#include "bootstrap_set.h"

#include <math.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "samples.h"

enum { POSITIVE = 1, LAST = 2 };

/* The rows with a label; how many. */
static size_t gather(const px_bootstrap_set *from, size_t n, uint32_t *rows, double *scores) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        if (from->labels[i] == PX_BOOTSTRAP_NO_LABEL)
            continue;
        rows[count] = (uint32_t)i;
        scores[count++] = from->scores[i];
    }
    return count;
}

static bool check(const px_bootstrap_set *from, size_t n, bool probabilities, px_error *err) {
    size_t labelled = 0;
    for (size_t i = 0; i < n; i++) {
        double score = from->scores[i];
        if (from->labels[i] == PX_BOOTSTRAP_NO_LABEL)
            continue;
        labelled++;
        if (from->labels[i] > 1)
            return px_fail(err, PX_ERR_INPUT, NULL, "row %zu: label %d is neither 0 nor 1", i + 1,
                           from->labels[i]);
        if (!isfinite(score) || (probabilities && !(score >= 0 && score <= 1)))
            return px_fail(err, PX_ERR_INPUT, NULL, "row %zu: score %g is not a %s", i + 1, score,
                           probabilities ? "probability, 0 to 1" : "finite number");
    }
    return labelled > 0 || px_fail(err, PX_ERR_INPUT, NULL, "there are no rows with a label");
}

static double loss(double score, bool positive) {
    double p = fmin(fmax(score, 1e-15), 1 - 1e-15);
    return -log(positive ? p : 1 - p);
}

static void fill(px_sorted_set *out, const px_bootstrap_set *from, const uint32_t *rows,
                 const double *scores, const uint32_t *order, const uint32_t *units) {
    uint32_t next[2] = {(uint32_t)out->positives, 0}; /* the next negative's and positive's unit */
    for (size_t i = 0; i < out->n; i++) {
        uint32_t row = rows[order[i]];
        bool positive = from->labels[row];
        double score = scores[order[i]];
        bool last = i + 1 == out->n || scores[order[i + 1]] != score;
        out->scores[i] = score;
        out->marks[i] = (uint8_t)((positive ? POSITIVE : 0) | (last ? LAST : 0));
        out->units[i] = units ? units[row] : next[positive]++;
        if (out->squares)
            out->squares[i] = (score - positive) * (score - positive);
        if (out->losses)
            out->losses[i] = loss(score, positive);
    }
}

static size_t count_positives(const px_bootstrap_set *from, const uint32_t *rows, size_t n) {
    size_t positives = 0;
    for (size_t i = 0; i < n; i++)
        positives += from->labels[rows[i]];
    return positives;
}

bool px_sorted_set_make(const px_bootstrap_set *from, size_t n, const uint32_t *units, bool squares,
                        bool losses, px_sorted_set *out, px_error *err) {
    if (!check(from, n, squares || losses, err))
        return false;
    uint32_t *rows = px_alloc(n, sizeof *rows, err), *order = NULL;
    double *scores = px_alloc(n, sizeof *scores, err);
    px_sorted_set made = {0};
    bool ok = rows && scores;
    if (ok) {
        made.n = gather(from, n, rows, scores);
        made.positives = count_positives(from, rows, made.n);
        order = px_samples_order(scores, made.n, err);
        made.scores = px_alloc(made.n, sizeof *made.scores, err);
        made.marks = px_alloc(made.n, sizeof *made.marks, err);
        made.units = px_alloc(made.n, sizeof *made.units, err);
        made.squares = squares ? px_alloc(made.n, sizeof *made.squares, err) : NULL;
        made.losses = losses ? px_alloc(made.n, sizeof *made.losses, err) : NULL;
        ok = order && made.scores && made.marks && made.units && (made.squares || !squares) &&
             (made.losses || !losses);
    }
    if (ok) {
        fill(&made, from, rows, scores, order, units);
        *out = made;
    } else
        px_sorted_set_clear(&made);
    free(order);
    free(scores);
    free(rows);
    return ok;
}

void px_sorted_set_clear(px_sorted_set *set) {
    free(set->scores);
    free(set->marks);
    free(set->units);
    free(set->squares);
    free(set->losses);
    *set = (px_sorted_set){0};
}

static double auc(const px_sorted_set *set, const uint8_t *weights) {
    uint64_t area = 0, tp = 0, fp = 0;
    uint64_t p = 0, q = 0; /* weights of the present score's positives and negatives */
    for (size_t i = 0; i < set->n; i++) {
        uint64_t weight = weights[i], positive = set->marks[i] & POSITIVE;
        p += weight & -positive;
        q += weight & (positive - 1);
        if (set->marks[i] & LAST) {
            area += q * (2 * tp + p);
            tp += p;
            fp += q;
            p = q = 0;
        }
    }
    return tp && fp ? (double)area / (2.0 * (double)tp * (double)fp) : NAN;
}

/* Weights of rows and of the positives among them. Blocks are short enough for 32 bits, which
 * compilers can add many of at once. */
static void sum_weights(const uint8_t *weights, const uint8_t *marks, size_t n, uint64_t *all,
                        uint64_t *positive) {
    enum { BLOCK = 4096 };
    *all = *positive = 0;
    for (size_t begin = 0; begin < n; begin += BLOCK) {
        size_t end = n - begin < BLOCK ? n : begin + BLOCK;
        uint32_t sum = 0, of_positives = 0;
        for (size_t i = begin; i < end; i++) {
            sum += weights[i];
            of_positives += (uint8_t)(weights[i] & -(marks[i] & POSITIVE));
        }
        *all += sum;
        *positive += of_positives;
    }
}

static double average_precision(const px_sorted_set *set, const uint8_t *weights) {
    uint64_t tp = 0, all = 0, p = 0;
    double sum = 0;
    for (size_t i = 0; i < set->n; i++) {
        uint64_t weight = weights[i], positive = set->marks[i] & POSITIVE;
        p += weight & -positive;
        all += weight;
        if (p && set->marks[i] & LAST) {
            tp += p;
            sum += (double)p * (double)tp / (double)all;
            p = 0;
        }
    }
    return tp && tp < all ? sum / (double)tp : NAN;
}

/* Four sums side by side: one alone would wait for each addition. */
static double weighted_mean(const px_sorted_set *set, const uint8_t *weights,
                            const double *values) {
    double sums[4] = {0};
    uint64_t total = 0;
    for (size_t i = 0; i < set->n; i++) {
        sums[i % 4] += weights[i] * values[i];
        total += weights[i];
    }
    return total ? (sums[0] + sums[1] + (sums[2] + sums[3])) / (double)total : NAN;
}

/* How many scores are at or above a threshold. */
static size_t count_above(const px_sorted_set *set, double threshold) {
    size_t low = 0, high = set->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (set->scores[middle] >= threshold)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static double ratio(uint64_t part, uint64_t whole) {
    return whole ? (double)part / (double)whole : NAN;
}

static void count_weights(const px_sorted_set *set, const uint8_t *weights, double threshold,
                          px_weighted_counts *out) {
    size_t above = count_above(set, threshold);
    uint64_t all_above, all_below;
    sum_weights(weights, set->marks, above, &all_above, &out->tp);
    sum_weights(weights + above, set->marks + above, set->n - above, &all_below, &out->fn);
    out->fp = all_above - out->tp;
    out->tn = all_below - out->fn;
    out->threshold = threshold;
}

static double rate(px_bootstrap_statistic statistic, const px_weighted_counts *counts) {
    uint64_t tp = counts->tp, fp = counts->fp, tn = counts->tn, fn = counts->fn;
    switch (statistic) {
    case PX_BOOTSTRAP_SENSITIVITY:
        return ratio(tp, tp + fn);
    case PX_BOOTSTRAP_SPECIFICITY:
        return ratio(tn, tn + fp);
    case PX_BOOTSTRAP_PPV:
        return ratio(tp, tp + fp);
    case PX_BOOTSTRAP_NPV:
        return ratio(tn, tn + fn);
    case PX_BOOTSTRAP_F1:
        return ratio(2 * tp, 2 * tp + fp + fn);
    default:
        return ratio(tp + tn, tp + fp + tn + fn);
    }
}

double px_sorted_set_figure(const px_sorted_set *set, const uint8_t *weights,
                            const px_bootstrap_term *term, px_weighted_counts *kept) {
    switch (term->statistic) {
    case PX_BOOTSTRAP_AUC:
        return auc(set, weights);
    case PX_BOOTSTRAP_AVERAGE_PRECISION:
        return average_precision(set, weights);
    case PX_BOOTSTRAP_BRIER:
        return weighted_mean(set, weights, set->squares);
    case PX_BOOTSTRAP_LOG_LOSS:
        return weighted_mean(set, weights, set->losses);
    default:
        if (kept->threshold != term->threshold)
            count_weights(set, weights, term->threshold, kept);
        return rate(term->statistic, kept);
    }
}
