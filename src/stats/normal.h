/* The standard normal distribution: what intervals and tests need of it. */
#ifndef PX_STATS_NORMAL_H
#define PX_STATS_NORMAL_H

/** P(Z <= z). Source: the complementary error function of the C library. */
double px_normal_cdf(double z);

/** P(|Z| >= |z|), the two-sided p-value; accurate far into the tails. */
double px_normal_two_sided(double z);

/** The z with P(Z <= z) = p, to about 1e-15. Source: Acklam's rational approximation (2003) with
 *  one step of Halley's method. -INFINITY at 0, INFINITY at 1, NaN outside of [0, 1]. */
double px_normal_quantile(double p);

/** Half the width, in standard errors, of a two-sided interval: 1.96 for level 0.95. */
double px_normal_half_width(double level);

#endif
