/* Measuring: scores and labels in, an evaluation's figures out. Knows of no files. */
#ifndef PX_EVALUATE_MEASURE_H
#define PX_EVALUATE_MEASURE_H

#include "../base/pool.h"
#include "evaluation.h"

/** In labels: none. */
enum { PX_MEASURE_NO_LABEL = -1 };

/** Fewer positives or negatives than this, and a measure's note says so; subgroups are compared
 *  only where group and rest have as many of either class. */
enum { PX_MEASURE_FEW = 10 };

/** Scores and labels, row for row the same images. All borrowed. */
typedef struct px_measure_input {
    int64_t n; /**< images */
    int n_findings, n_scorers;
    const char *const *findings; /**< [n_findings] ids */
    const char *const *scorers;  /**< [n_scorers] names */
    bool has_ensemble;           /**< scorer 0 is the ensemble */
    const int8_t *labels;        /**< [n, n_findings] 0, 1 or PX_MEASURE_NO_LABEL */
    const double *const
        *scores; /**< [n_findings, n_scorers] columns of [n], in [0, 1]; NaN: none */
    const double *const *probabilities; /**< [n_findings] columns of [n]: the ensemble's scores
                                             after its calibration; NULL: it has none; or NULL */
    const double *thresholds;  /**< [n_findings] the ensemble's operating points; NaN: none; or
                                    NULL */
    const double *prevalences; /**< [n_findings] in (0, 1); NaN: none; or NULL */
    const int32_t *patients;   /**< [n] equal: the same patient; below 0: one of its own; NULL:
                                    not known */
    double level;              /**< of intervals, in (0, 1) */
    int rounds;                /**< of the bootstrap, 1 or more */
    uint64_t seed;
    px_pool *pool; /**< nullable; results do not depend on it */
    /** Nullable: called after each part of the work; false: stop with PX_ERR_CANCELLED. */
    bool (*carry_on)(void *context, int64_t done);
    void *context;
} px_measure_input;

/** How often px_measure_scorers calls carry_on with done = 1. */
int64_t px_measure_steps(const px_measure_input *input);

/**
 * Fill in findings' ids and prevalences, scorers, comparisons and kappa, and level, rounds, seed,
 * images and patients. A finding that cannot be measured has a reason and stops nothing.
 *
 * @param evaluation  initialised; what it holds after a failure can only be cleared.
 * @param err         PX_ERR_USAGE: level, rounds; PX_ERR_INPUT: no images, a score outside [0, 1];
 *                    PX_ERR_MEMORY; PX_ERR_CANCELLED.
 */
bool px_measure_scorers(const px_measure_input *input, px_evaluation *evaluation, px_error *err);

/** A column that splits the images into groups. */
typedef struct px_measure_column {
    const char *name;
    int n_values;
    const char *const *values; /**< [n_values] */
    const int32_t *value;      /**< [n] index in values; -1: not told, in no group */
} px_measure_column;

/**
 * Compare scorer 0 between groups; after px_measure_scorers, whose Youden threshold decides where
 * the ensemble has no operating point.
 *
 * Every group is compared with all other images that the column tells of, at AUC, sensitivity and
 * specificity. The test is z = difference / standard error; the interval is the difference -/+ as
 * many errors as the level says. The standard error is the larger of the bootstrap's (patients, the
 * same for both sides; at most 200 rounds) and the one that two samples of the pooled figure would
 * have (rates: the two-sample test of proportions; AUC: Hanley & McNeil 1982): the bootstrap's
 * alone is 0 for a group without a single error. Holm 1979 corrects over all tests of the column.
 * Groups or rests with fewer than PX_MEASURE_FEW images of the class that a figure is about are
 * shown and not tested.
 *
 * @param evaluation  with scorers; its subgroups are set.
 */
bool px_measure_subgroups(const px_measure_input *input, const px_measure_column *columns,
                          int n_columns, px_evaluation *evaluation, px_error *err);

#endif
