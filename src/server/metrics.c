/* Counters and histograms under one lock, and their text. */
#include "metrics.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

#define ROUTES 100 /* pairs of method and route; what comes later is counted as "other" */
#define CLASSES 5

/* Upper bounds, in seconds. */
static const double bounds[] = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25,
                                0.5,   1,      2.5,   5,    10,    30,   60};
#define BOUNDS ((int)(sizeof bounds / sizeof *bounds))

typedef struct histogram {
    uint64_t counts[BOUNDS + 1]; /* of each bucket alone; the last has no bound */
    double sum;
} histogram;

typedef struct route_metrics {
    const char *method, *route;
    uint64_t requests[CLASSES];
    histogram duration;
} route_metrics;

struct px_metrics {
    pthread_mutex_t lock;
    histogram histograms[PX_METRIC_HISTOGRAMS];
    double gauges[PX_GAUGES];
    uint64_t bytes_in;
    route_metrics routes[ROUTES + 1];
    int n_routes;
};

px_metrics *px_metrics_new(px_error *err) {
    px_metrics *metrics = px_alloc(1, sizeof *metrics, err);
    if (!metrics)
        return NULL;
    pthread_mutex_init(&metrics->lock, NULL);
    metrics->routes[0] = (route_metrics){.method = "other", .route = "other"};
    metrics->n_routes = 1;
    return metrics;
}

void px_metrics_free(px_metrics *metrics) {
    if (!metrics)
        return;
    pthread_mutex_destroy(&metrics->lock);
    free(metrics);
}

static void observe(histogram *h, double seconds) {
    if (!(seconds > 0)) /* clocks may be set back; NaN */
        seconds = 0;
    int bucket = 0;
    while (bucket < BOUNDS && seconds > bounds[bucket])
        bucket++;
    h->counts[bucket]++;
    h->sum += seconds;
}

void px_metrics_observe(px_metrics *metrics, px_metric metric, double seconds) {
    pthread_mutex_lock(&metrics->lock);
    observe(&metrics->histograms[metric], seconds);
    pthread_mutex_unlock(&metrics->lock);
}

/* Clients invent methods; what is counted is one of these. */
static const char *known_method(const char *method) {
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(method, known[i]) == 0)
            return known[i];
    return "other";
}

static route_metrics *find_route(px_metrics *metrics, const char *method, const char *route) {
    method = known_method(method);
    route = route ? route : "other";
    for (int i = 0; i < metrics->n_routes; i++) {
        route_metrics *found = &metrics->routes[i];
        if (strcmp(found->method, method) == 0 && strcmp(found->route, route) == 0)
            return found;
    }
    if (metrics->n_routes > ROUTES)
        return &metrics->routes[0];
    route_metrics *made = &metrics->routes[metrics->n_routes++];
    *made = (route_metrics){.method = method, .route = route};
    return made;
}

void px_metrics_count_request(px_metrics *metrics, const char *method, const char *route,
                              int status, double seconds, uint64_t bytes_in) {
    const int hundreds = status / 100;
    pthread_mutex_lock(&metrics->lock);
    route_metrics *found = find_route(metrics, method, route);
    found->requests[hundreds >= 1 && hundreds <= CLASSES ? hundreds - 1 : CLASSES - 1]++;
    metrics->bytes_in += bytes_in;
    observe(&found->duration, seconds);
    pthread_mutex_unlock(&metrics->lock);
}

void px_metrics_set(px_metrics *metrics, px_gauge gauge, double value) {
    pthread_mutex_lock(&metrics->lock);
    metrics->gauges[gauge] = value;
    pthread_mutex_unlock(&metrics->lock);
}

double px_metrics_get(px_metrics *metrics, px_gauge gauge) {
    pthread_mutex_lock(&metrics->lock);
    const double value = metrics->gauges[gauge];
    pthread_mutex_unlock(&metrics->lock);
    return value;
}

static bool print_head(px_buffer *out, const char *name, const char *type, const char *help,
                       px_error *err) {
    return px_buffer_print(out, err, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

/* @param labels  'stage="decode"', or "". */
static bool print_histogram(px_buffer *out, const char *name, const char *labels,
                            const histogram *h, px_error *err) {
    const char *comma = *labels ? "," : "", *open = *labels ? "{" : "", *close = *labels ? "}" : "";
    uint64_t count = 0;
    bool ok = true;
    for (int i = 0; ok && i < BOUNDS; i++) {
        count += h->counts[i];
        ok = px_buffer_print(out, err, "%s_bucket{%s%sle=\"%g\"} %" PRIu64 "\n", name, labels,
                             comma, bounds[i], count);
    }
    count += h->counts[BOUNDS];
    return ok &&
           px_buffer_print(out, err, "%s_bucket{%s%sle=\"+Inf\"} %" PRIu64 "\n", name, labels,
                           comma, count) &&
           px_buffer_print(out, err, "%s_sum%s%s%s %.15g\n", name, open, labels, close, h->sum) &&
           px_buffer_print(out, err, "%s_count%s%s%s %" PRIu64 "\n", name, open, labels, close,
                           count);
}

/* Histograms in the order of px_metric; those that share a name follow each other. */
static const struct {
    const char *name, *labels, *help;
} histogram_texts[PX_METRIC_HISTOGRAMS] = {
    {"perxeptron_queue_wait_seconds", "", "Time that readings waited for the networks."},
    {"perxeptron_inference_stage_seconds", "stage=\"decode\"", "Time of each stage of a reading."},
    {"perxeptron_inference_stage_seconds", "stage=\"prepare\"", NULL},
    {"perxeptron_inference_stage_seconds", "stage=\"networks\"", NULL},
    {"perxeptron_inference_stage_seconds", "stage=\"heat_maps\"", NULL},
    {"perxeptron_store_seconds", "", "Time that handlers spent in the store."},
    {"perxeptron_password_seconds", "", "Time of hashing a password."},
};

static bool print_histograms(const px_metrics *metrics, px_buffer *out, px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < PX_METRIC_HISTOGRAMS; i++) {
        const char *name = histogram_texts[i].name, *help = histogram_texts[i].help;
        ok = (!help || print_head(out, name, "histogram", help, err)) &&
             print_histogram(out, name, histogram_texts[i].labels, &metrics->histograms[i], err);
    }
    return ok;
}

static const struct {
    const char *name, *help;
} gauge_texts[PX_GAUGES] = {
    {"perxeptron_connections", "Open connections."},
    {"perxeptron_queue_length", "Readings that wait for the networks."},
    {"perxeptron_store_free_bytes", "Bytes free where images are stored."},
    {"perxeptron_start_time_seconds", "When the server started, in seconds since 1970."},
};

static bool print_gauges(const px_metrics *metrics, px_buffer *out, px_error *err) {
    bool ok = print_head(out, "perxeptron_build_info", "gauge", "The program's version.", err) &&
              px_buffer_print(out, err, "perxeptron_build_info{version=\"%s\"} 1\n", px_version());
    for (int i = 0; ok && i < PX_GAUGES; i++)
        ok = print_head(out, gauge_texts[i].name, "gauge", gauge_texts[i].help, err) &&
             px_buffer_print(out, err, "%s %.15g\n", gauge_texts[i].name, metrics->gauges[i]);
    return ok;
}

static bool print_requests(const px_metrics *metrics, px_buffer *out, px_error *err) {
    bool ok =
        print_head(out, "perxeptron_http_requests_total", "counter", "Requests answered.", err);
    for (int i = 0; ok && i < metrics->n_routes; i++) {
        const route_metrics *r = &metrics->routes[i];
        for (int j = 0; ok && j < CLASSES; j++)
            if (r->requests[j] > 0)
                ok = px_buffer_print(out, err,
                                     "perxeptron_http_requests_total{method=\"%s\",route=\"%s\","
                                     "status=\"%dxx\"} %" PRIu64 "\n",
                                     r->method, r->route, j + 1, r->requests[j]);
    }
    return ok;
}

static bool print_request_bytes(const px_metrics *metrics, px_buffer *out, px_error *err) {
    static const char name[] = "perxeptron_http_request_bytes_total";
    return print_head(out, name, "counter", "Bytes of request bodies.", err) &&
           px_buffer_print(out, err, "%s %" PRIu64 "\n", name, metrics->bytes_in);
}

static bool print_durations(const px_metrics *metrics, px_buffer *out, px_error *err) {
    static const char name[] = "perxeptron_http_request_duration_seconds";
    bool ok = print_head(out, name, "histogram", "Time from a request's head to its answer.", err);
    for (int i = 0; ok && i < metrics->n_routes; i++) {
        const route_metrics *r = &metrics->routes[i];
        char *labels = px_format(err, "method=\"%s\",route=\"%s\"", r->method, r->route);
        ok = labels && print_histogram(out, name, labels, &r->duration, err);
        free(labels);
    }
    return ok;
}

bool px_metrics_print(px_metrics *metrics, px_buffer *out, px_error *err) {
    pthread_mutex_lock(&metrics->lock);
    const bool ok = print_gauges(metrics, out, err) && print_requests(metrics, out, err) &&
                    print_request_bytes(metrics, out, err) && print_durations(metrics, out, err) &&
                    print_histograms(metrics, out, err);
    pthread_mutex_unlock(&metrics->lock);
    return ok;
}
