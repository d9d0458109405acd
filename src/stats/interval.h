/* A figure with its confidence interval. */
#ifndef PX_STATS_INTERVAL_H
#define PX_STATS_INTERVAL_H

/** NaN in all three fields means "undefined": the data cannot say (no positives, no trials). */
typedef struct px_interval {
    double value, low, high; /**< low <= high */
} px_interval;

#endif
