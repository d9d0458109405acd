/* How far two readers agree. */
#ifndef PX_STATS_AGREEMENT_H
#define PX_STATS_AGREEMENT_H

#include "interval.h"
#include "perxeptron.h"

/** Agreement of two readers' decisions. */
typedef struct px_agreement {
    size_t counts[2][2];   /**< [decision of a][decision of b] */
    double observed;       /**< share of rows on which they agree */
    double expected;       /**< share expected by chance */
    px_interval kappa;     /**< (observed - expected) / (1 - expected); NaN where both readers give
                                all rows the same decision. Ends cut to [-1, 1] */
    double standard_error; /**< of kappa */
} px_agreement;

/**
 * Cohen's kappa. Sources: Cohen 1960; the interval's large-sample standard error is that of Fleiss,
 * Cohen & Everitt 1969.
 *
 * @param a, b  [n] decisions, 0 or 1.
 * @param out   untouched on failure.
 * @param err   PX_ERR_INPUT: no rows or a decision that is none; PX_ERR_USAGE: level.
 */
bool px_agreement_compute(const uint8_t *a, const uint8_t *b, size_t n, double level,
                          px_agreement *out, px_error *err);

#endif
