/* The decision curve: what deciding by the scores is worth, beside treating all or nobody. */
#ifndef PX_STATS_NET_BENEFIT_H
#define PX_STATS_NET_BENEFIT_H

#include "perxeptron.h"

/** Net benefits, in true positives a row; that of treating nobody is 0. */
typedef struct px_net_benefit_point {
    double threshold; /**< probability from which a person would want to be treated */
    double model;     /**< tp / n - fp / n * threshold / (1 - threshold) */
    double treat_all;
} px_net_benefit_point;

/**
 * The decision curve. Source: Vickers & Elkin 2006.
 *
 * @param scores      [n] probabilities in [0, 1], calibrated, or the curve says little.
 * @param labels      [n] 0 or 1; one class alone will do.
 * @param thresholds  [n_points] in (0, 1), in any order (PX_ERR_USAGE).
 * @param points      [n_points] the caller's; untouched on failure.
 * @param err         PX_ERR_INPUT: no rows, a score or label that is none.
 */
bool px_net_benefit_compute(const double *scores, const uint8_t *labels, size_t n,
                            const double *thresholds, size_t n_points, px_net_benefit_point *points,
                            px_error *err);

#endif
