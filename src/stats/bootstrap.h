/* Bootstrap intervals: rows, or whole patients, drawn with replacement, many times. */
#ifndef PX_STATS_BOOTSTRAP_H
#define PX_STATS_BOOTSTRAP_H

#include "../base/pool.h"
#include "interval.h"

/** The label of a row that a set leaves out (a finding that nobody judged on that image); its score
 *  is not looked at. Only here: elsewhere callers leave such rows out themselves. */
#define PX_BOOTSTRAP_NO_LABEL 255

enum { PX_BOOTSTRAP_MOST_ROUNDS = 1000000, PX_BOOTSTRAP_MOST_SETS = 10000 };

/** What is computed in each round. */
typedef enum px_bootstrap_statistic {
    PX_BOOTSTRAP_AUC,
    PX_BOOTSTRAP_AVERAGE_PRECISION,
    PX_BOOTSTRAP_BRIER,       /**< mean squared error of the score (Brier 1950) */
    PX_BOOTSTRAP_LOG_LOSS,    /**< mean -log p of the label, scores kept 1e-15 from 0 and 1 */
    PX_BOOTSTRAP_SENSITIVITY, /**< this and the following at a threshold: score >= threshold */
    PX_BOOTSTRAP_SPECIFICITY,
    PX_BOOTSTRAP_PPV,
    PX_BOOTSTRAP_NPV,
    PX_BOOTSTRAP_ACCURACY,
    PX_BOOTSTRAP_F1
} px_bootstrap_statistic;

/** Labelled scores: a finding, or one of several readers of a finding. Borrowed. */
typedef struct px_bootstrap_set {
    const double *scores;  /**< [n] finite where there is a label */
    const uint8_t *labels; /**< [n] 0, 1 or PX_BOOTSTRAP_NO_LABEL; at least one row has a label */
} px_bootstrap_set;

/** One figure to follow through the rounds. */
typedef struct px_bootstrap_term {
    px_bootstrap_statistic statistic;
    size_t set;       /**< index of the set */
    double threshold; /**< for the rates; not NaN */
} px_bootstrap_term;

typedef enum px_bootstrap_scheme {
    /** Each set's positives and negatives are drawn separately, in their numbers; both classes are
     *  in every round. Rows are taken as independent. Sets are drawn independently of each other.
     */
    PX_BOOTSTRAP_STRATIFIED,
    /** Whole clusters (patients) are drawn, the same for all sets, so that differences and means
     *  over sets can be formed. A round may lack a class: then what needs it is undefined (NaN)
     *  there and the round does not count for it. Source: Field & Welsh 2007. */
    PX_BOOTSTRAP_CLUSTERED
} px_bootstrap_scheme;

typedef struct px_bootstrap_options {
    px_bootstrap_scheme scheme;
    const uint32_t *clusters; /**< [n] for CLUSTERED: rows of equal number belong together; any
                                   numbers. NULL: every row by itself. Not for STRATIFIED. */
    size_t rounds;            /**< 1 to PX_BOOTSTRAP_MOST_ROUNDS; 1000 to 2000 are usual */
    uint64_t seed;
    px_pool *pool; /**< nullable; the results do not depend on it, to the bit */
} px_bootstrap_options;

/** Whether options make sense by themselves. PX_ERR_USAGE. */
bool px_bootstrap_check_options(const px_bootstrap_options *options, px_error *err);

/**
 * Run the rounds. Scores are sorted once; a round draws weights and costs O(n) for each set and
 * term. Source: Efron & Tibshirani 1993.
 *
 * @param sets        [n_sets], of n rows each, row for row the same images.
 * @param terms       [n_terms]
 * @param replicates  [n_terms][rounds], the caller's; a term's value in each round; NaN where it is
 *                    undefined. Untouched on failure.
 * @param err         PX_ERR_INPUT: no rows, a score or label that is none (named by set and row).
 *                    PX_ERR_USAGE: options or terms that make no sense.
 */
bool px_bootstrap_run(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                      const px_bootstrap_term *terms, size_t n_terms,
                      const px_bootstrap_options *options, double *replicates, px_error *err);

/** The terms' values on the data as they are, in the same way of computing.
 *  @param values  [n_terms]; NaN where undefined (AUC of one class alone). Errors as
 * px_bootstrap_run. */
bool px_bootstrap_observe(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                          const px_bootstrap_term *terms, size_t n_terms, double *values,
                          px_error *err);

/** A percentile interval. */
typedef struct px_bootstrap_interval {
    px_interval interval;  /**< `value` is what was observed */
    double standard_error; /**< standard deviation of the defined rounds; NaN for fewer than 2 */
    size_t defined;        /**< rounds that count; the interval's ends are NaN for none */
} px_bootstrap_interval;

/**
 * The interval from replicates: quantiles (1 -/+ level) / 2 of the defined rounds, linear between
 * order statistics (NumPy's default; Hyndman & Fan 1996, type 7). Source: Efron & Tibshirani 1993,
 * chapter 13.
 *
 * @param replicates  [rounds] one term's, or a combination of several terms', round for round.
 * @param observed    the value on the data.
 * @param err         PX_ERR_USAGE: level; PX_ERR_MEMORY.
 */
bool px_bootstrap_summarise(const double *replicates, size_t rounds, double observed, double level,
                            px_bootstrap_interval *out, px_error *err);

/** Round for round, combined[r] = sum over i of weights[i] * replicates[i][r]: a mean over findings
 *  (weights 1 / k), a difference (1 and -1). NaN where a term is.
 *  @param combined  [rounds] the caller's; may not overlap the replicates. */
void px_bootstrap_combine(const double *replicates, size_t n_terms, size_t rounds,
                          const double *weights, double *combined);

/** One figure of one set, with its interval. */
bool px_bootstrap_one(const px_bootstrap_set *set, size_t n, px_bootstrap_statistic statistic,
                      double threshold, const px_bootstrap_options *options, double level,
                      px_bootstrap_interval *out, px_error *err);

/** The mean of a statistic over several sets (findings), the same patients drawn for all.
 *  @param options  CLUSTERED; PX_ERR_USAGE otherwise. */
bool px_bootstrap_mean(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                       px_bootstrap_statistic statistic, double threshold,
                       const px_bootstrap_options *options, double level,
                       px_bootstrap_interval *out, px_error *err);

#endif
