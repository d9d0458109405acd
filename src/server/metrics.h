/* Counters and histograms for /metrics (Prometheus text format 0.0.4), in base units. */
#ifndef PX_SERVER_METRICS_H
#define PX_SERVER_METRICS_H

#include "../base/buffer.h"

/** Safe for concurrent calls. */
typedef struct px_metrics px_metrics;

typedef enum {
    PX_METRIC_QUEUE_S,  /**< waiting for the reader */
    PX_METRIC_DECODE_S, /**< inference stages: see px_reading_times */
    PX_METRIC_PREPARE_S,
    PX_METRIC_NETWORKS_S,
    PX_METRIC_HEAT_MAPS_S,
    PX_METRIC_STORE_S, /**< a handler's time in the store */
    PX_METRIC_PASSWORD_S,
    PX_METRIC_HISTOGRAMS
} px_metric;

px_metrics *px_metrics_new(px_error *err);
void px_metrics_free(px_metrics *metrics);

void px_metrics_observe(px_metrics *metrics, px_metric metric, double seconds);
/** A request answered. @param method  any; @param route  its pattern in the table of routes, static
 *  and without quotes or backslashes; NULL for a path that has none. */
void px_metrics_count_request(px_metrics *metrics, const char *method, const char *route,
                              int status, double seconds, uint64_t bytes_in);
/** Gauges, set by whoever knows. */
typedef enum {
    PX_GAUGE_CONNECTIONS,
    PX_GAUGE_QUEUE,
    PX_GAUGE_FREE_BYTES,
    PX_GAUGE_UP_SINCE_S,
    PX_GAUGES
} px_gauge;
void px_metrics_set(px_metrics *metrics, px_gauge gauge, double value);
/** As it was last set; 0 before. */
double px_metrics_get(px_metrics *metrics, px_gauge gauge);

/** Append the text of all of them. */
bool px_metrics_print(px_metrics *metrics, px_buffer *out, px_error *err);

#endif
