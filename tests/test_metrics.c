/* The text of /metrics, read back by the rules of Prometheus' format 0.0.4. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/server/metrics.h"

#define NAME "perxeptron_http_request_duration_seconds"

/* What one reading of the text has found. */
typedef struct reading {
    char family[100], type[20];
    char *families; /* a line for every family and series */
    char labels[200];
    double last_bound, last_count; /* of the histogram being read */
    int samples;
} reading;

static bool ends_with(const char *text, const char *end) {
    const size_t size = strlen(text), of = strlen(end);
    return size >= of && strcmp(text + size - of, end) == 0;
}

/* Notes a family or series, which may come once. */
static void note_once(reading *r, const char *kind, const char *what) {
    char *line = NULL;
    assert_true(asprintf(&line, "\n%s %s\n", kind, what) > 0);
    if (strstr(r->families, line))
        fail_msg("twice: %s", what);
    snprintf(r->families + strlen(r->families), strlen(line) + 1, "%s", line);
    free(line);
}

static void check_unit(const char *family, const char *type) {
    static const char *const units[] = {"_seconds", "_bytes",       "_total",
                                        "_info",    "_connections", "_length"};
    int fitting = 0;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        fitting += ends_with(family, units[i]);
    assert_int_equal(fitting, 1);
    assert_int_equal(strcmp(type, "counter") == 0, ends_with(family, "_total"));
    if (strcmp(type, "histogram") == 0)
        assert_true(ends_with(family, "_seconds"));
}

static void read_head(reading *r, const char *line) {
    char name[100], type[20], rest[200];
    if (sscanf(line, "# HELP %99[a-z_] %199[^\n]", name, rest) == 2) {
        note_once(r, "family", name);
        snprintf(r->family, sizeof r->family, "%s", name);
        r->type[0] = '\0';
        assert_true(strncmp(name, "perxeptron_", 11) == 0);
        assert_true(ends_with(rest, "."));
    } else if (sscanf(line, "# TYPE %99[a-z_] %19[a-z]%199s", name, type, rest) == 2) {
        assert_string_equal(name, r->family);
        assert_string_equal(r->type, "");
        snprintf(r->type, sizeof r->type, "%s", type);
        assert_true(!strcmp(type, "counter") || !strcmp(type, "gauge") ||
                    !strcmp(type, "histogram"));
        check_unit(name, type);
    } else {
        fail_msg("neither HELP nor TYPE: %s", line);
    }
}

/* A histogram's samples: buckets in order, then the sum, then the count. */
static void read_histogram(reading *r, const char *suffix, char *labels, double value) {
    if (strcmp(suffix, "_bucket") == 0) {
        char *le = strstr(labels, "le=\"");
        assert_non_null(le);
        const double bound = strncmp(le + 4, "+Inf", 4) == 0 ? INFINITY : strtod(le + 4, NULL);
        *(le > labels ? le - 1 : le) = '\0';
        if (r->last_bound == INFINITY || strcmp(labels, r->labels) != 0)
            r->last_bound = r->last_count = 0;
        snprintf(r->labels, sizeof r->labels, "%s", labels);
        assert_true(bound > r->last_bound);
        assert_true(value >= r->last_count);
        r->last_bound = bound;
        r->last_count = value;
    } else {
        assert_string_equal(labels, r->labels);
        assert_true(r->last_bound == INFINITY);
        if (strcmp(suffix, "_count") == 0)
            assert_true(value == r->last_count);
        else
            assert_string_equal(suffix, "_sum");
    }
}

static void check_labels(const char *labels) {
    while (*labels) {
        char name[30], value[100];
        int used = 0;
        assert_int_equal(sscanf(labels, "%29[a-z]=\"%99[^\"\\\n]\"%n", name, value, &used), 2);
        assert_true(used > 0);
        labels += used;
        if (*labels)
            assert_int_equal(*labels++, ',');
    }
}

static void read_sample(reading *r, const char *line) {
    char name[100], labels[200] = "", series[300], *end;
    int used = 0;
    assert_int_equal(sscanf(line, "%99[a-z_]%n", name, &used), 1);
    if (line[used] == '{') {
        const char *close = strrchr(line, '}');
        assert_non_null(close);
        snprintf(labels, sizeof labels, "%.*s", (int)(close - line) - used - 1, line + used + 1);
        used = (int)(close - line) + 1;
    }
    check_labels(labels);
    snprintf(series, sizeof series, "%.*s", used, line);
    note_once(r, "series", series);
    assert_int_equal(line[used], ' ');
    const double value = strtod(line + used + 1, &end);
    assert_int_equal(*end, '\0');
    assert_true(value >= 0);
    assert_memory_equal(name, r->family, strlen(r->family));
    if (strcmp(r->type, "histogram") == 0)
        read_histogram(r, name + strlen(r->family), labels, value);
    else
        assert_string_equal(name, r->family);
    r->samples++;
}

/* The text, checked; to be freed. */
static char *print(px_metrics *metrics, int *samples) {
    px_buffer out;
    px_error err = {0};
    px_buffer_init(&out, 1 << 22);
    assert_true(px_metrics_print(metrics, &out, &err));
    char *copy = strdup((char *)out.data), *rest = copy;
    reading r = {.families = calloc(3, out.size + 1000)};
    assert_non_null(copy);
    assert_non_null(r.families);
    assert_int_equal(out.data[out.size - 1], '\n');
    for (char *line; *rest && (line = strsep(&rest, "\n"));) {
        if (line[0] == '#')
            read_head(&r, line);
        else
            read_sample(&r, line);
    }
    *samples = r.samples;
    free(r.families);
    free(copy);
    return (char *)out.data;
}

static void check_line(const char *text, const char *line) {
    char *with_ends = NULL;
    assert_true(asprintf(&with_ends, "\n%s\n", line) > 0);
    if (!strstr(text, with_ends))
        fail_msg("no line \"%s\" in\n%s", line, text);
    free(with_ends);
}

static void an_idle_server_has_a_text(void **state) {
    (void)state;
    int samples;
    px_metrics *metrics = px_metrics_new(NULL);
    assert_non_null(metrics);
    char *text = print(metrics, &samples);
    assert_in_range(samples, 50, 300);
    check_line(text, "perxeptron_build_info{version=\"" PX_VERSION "\"} 1");
    check_line(text, "perxeptron_connections 0");
    check_line(text, "perxeptron_queue_wait_seconds_count 0");
    free(text);
    px_metrics_free(metrics);
    px_metrics_free(NULL);
}

static void requests_are_counted(void **state) {
    (void)state;
    int samples;
    px_metrics *metrics = px_metrics_new(NULL);
    assert_non_null(metrics);
    px_metrics_count_request(metrics, "GET", "/api/v1/xrays/{id}", 200, 0.0009, 0);
    px_metrics_count_request(metrics, "GET", "/api/v1/xrays/{id}", 204, 0.004, 0);
    px_metrics_count_request(metrics, "GET", "/api/v1/xrays/{id}", 404, 0.001, 0);
    px_metrics_count_request(metrics, "DELETE", "/api/v1/xrays/{id}", 503, 61, 0);
    px_metrics_count_request(metrics, "POST", "/api/v1/predict", 200, 1.5, 1000);
    px_metrics_count_request(metrics, "POST", "/api/v1/predict", 301, 2, 234);
    px_metrics_count_request(metrics, "BREW", NULL, 405, 0, 0);
    px_metrics_count_request(metrics, "GET\"} 1\n", NULL, 9999, 0, 0);
    char *text = print(metrics, &samples);
#define TOTAL "perxeptron_http_requests_total"
#define XRAY "{method=\"GET\",route=\"/api/v1/xrays/{id}\""
    check_line(text, TOTAL XRAY ",status=\"2xx\"} 2");
    check_line(text, TOTAL XRAY ",status=\"4xx\"} 1");
    check_line(text, TOTAL "{method=\"DELETE\",route=\"/api/v1/xrays/{id}\",status=\"5xx\"} 1");
    check_line(text, TOTAL "{method=\"POST\",route=\"/api/v1/predict\",status=\"3xx\"} 1");
    check_line(text, TOTAL "{method=\"other\",route=\"other\",status=\"4xx\"} 1");
    check_line(text, TOTAL "{method=\"other\",route=\"other\",status=\"5xx\"} 1");
    check_line(text, NAME "_bucket" XRAY ",le=\"0.001\"} 2");
    check_line(text, NAME "_bucket" XRAY ",le=\"0.0025\"} 2");
    check_line(text, NAME "_bucket" XRAY ",le=\"0.005\"} 3");
    check_line(text, NAME "_count" XRAY "} 3");
    check_line(text, NAME "_sum" XRAY "} 0.0059");
    check_line(text, NAME "_bucket{method=\"DELETE\",route=\"/api/v1/xrays/{id}\",le=\"60\"} 0");
    check_line(text, NAME "_bucket{method=\"DELETE\",route=\"/api/v1/xrays/{id}\",le=\"+Inf\"} 1");
    check_line(text, "perxeptron_http_request_bytes_total 1234");
    free(text);
    px_metrics_free(metrics);
}

static void times_and_gauges_are_shown(void **state) {
    (void)state;
    int samples;
    px_metrics *metrics = px_metrics_new(NULL);
    assert_non_null(metrics);
    px_metrics_observe(metrics, PX_METRIC_QUEUE_S, 0.03);
    px_metrics_observe(metrics, PX_METRIC_DECODE_S, 0.002);
    px_metrics_observe(metrics, PX_METRIC_PREPARE_S, -5);
    px_metrics_observe(metrics, PX_METRIC_NETWORKS_S, 0.25);
    px_metrics_observe(metrics, PX_METRIC_NETWORKS_S, NAN);
    px_metrics_observe(metrics, PX_METRIC_HEAT_MAPS_S, 1e300);
    px_metrics_observe(metrics, PX_METRIC_STORE_S, 0.0251);
    px_metrics_observe(metrics, PX_METRIC_PASSWORD_S, 0.3);
    px_metrics_set(metrics, PX_GAUGE_CONNECTIONS, 7);
    px_metrics_set(metrics, PX_GAUGE_CONNECTIONS, 5);
    px_metrics_set(metrics, PX_GAUGE_QUEUE, 2);
    px_metrics_set(metrics, PX_GAUGE_FREE_BYTES, 123456789012.0);
    assert_true(px_metrics_get(metrics, PX_GAUGE_UP_SINCE_S) == 0);
    px_metrics_set(metrics, PX_GAUGE_UP_SINCE_S, 1795000000.25);
    assert_true(px_metrics_get(metrics, PX_GAUGE_UP_SINCE_S) == 1795000000.25);
    char *text = print(metrics, &samples);
    check_line(text, "perxeptron_queue_wait_seconds_bucket{le=\"0.05\"} 1");
    check_line(text, "perxeptron_queue_wait_seconds_bucket{le=\"0.025\"} 0");
#define STAGE "perxeptron_inference_stage_seconds"
    check_line(text, STAGE "_bucket{stage=\"decode\",le=\"0.0025\"} 1");
    check_line(text, STAGE "_bucket{stage=\"prepare\",le=\"0.001\"} 1");
    check_line(text, STAGE "_sum{stage=\"prepare\"} 0");
    check_line(text, STAGE "_count{stage=\"networks\"} 2");
    check_line(text, STAGE "_sum{stage=\"networks\"} 0.25");
    check_line(text, STAGE "_bucket{stage=\"heat_maps\",le=\"60\"} 0");
    check_line(text, STAGE "_bucket{stage=\"heat_maps\",le=\"+Inf\"} 1");
    check_line(text, "perxeptron_store_seconds_sum 0.0251");
    check_line(text, "perxeptron_password_seconds_count 1");
    check_line(text, "perxeptron_connections 5");
    check_line(text, "perxeptron_queue_length 2");
    check_line(text, "perxeptron_store_free_bytes 123456789012");
    check_line(text, "perxeptron_start_time_seconds 1795000000.25");
    free(text);
    px_metrics_free(metrics);
}

static void series_are_bounded(void **state) {
    (void)state;
    static char routes[1000][20];
    int before, after;
    px_metrics *metrics = px_metrics_new(NULL);
    assert_non_null(metrics);
    for (int i = 0; i < 500; i++) {
        snprintf(routes[i], sizeof routes[i], "/route%d", i);
        px_metrics_count_request(metrics, "GET", routes[i], 200, 0.1, 0);
    }
    free(print(metrics, &before));
    for (int i = 500; i < 1000; i++) {
        snprintf(routes[i], sizeof routes[i], "/route%d", i);
        px_metrics_count_request(metrics, "GET", routes[i], 200, 0.1, 0);
    }
    char *text = print(metrics, &after);
    assert_int_equal(before, after);
    assert_true(after < 3000);
    check_line(text, TOTAL "{method=\"GET\",route=\"/route0\",status=\"2xx\"} 1");
    check_line(text, TOTAL "{method=\"other\",route=\"other\",status=\"2xx\"} 900");
    free(text);
    px_metrics_free(metrics);
}

static void a_full_buffer_is_told(void **state) {
    (void)state;
    px_metrics *metrics = px_metrics_new(NULL);
    assert_non_null(metrics);
    px_error err = {0};
    px_buffer out;
    px_buffer_init(&out, 1000);
    assert_false(px_metrics_print(metrics, &out, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    px_buffer_clear(&out);
    px_metrics_free(metrics);
}

static void *work(void *context) {
    px_metrics *metrics = context;
    for (int i = 0; i < 1000; i++) {
        px_metrics_count_request(metrics, i % 2 ? "GET" : "POST", "/route", 200, 0.01, 1);
        px_metrics_observe(metrics, PX_METRIC_STORE_S, 0.5);
        px_metrics_set(metrics, PX_GAUGE_QUEUE, i);
        if (i % 100 == 0) {
            px_buffer out;
            px_buffer_init(&out, 1 << 20);
            px_metrics_print(metrics, &out, NULL);
            px_buffer_clear(&out);
        }
    }
    return NULL;
}

static void threads_lose_nothing(void **state) {
    (void)state;
    int samples;
    pthread_t threads[4];
    px_metrics *metrics = px_metrics_new(NULL);
    assert_non_null(metrics);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, work, metrics), 0);
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    char *text = print(metrics, &samples);
    check_line(text, TOTAL "{method=\"GET\",route=\"/route\",status=\"2xx\"} 2000");
    check_line(text, "perxeptron_http_request_bytes_total 4000");
    check_line(text, "perxeptron_store_seconds_sum 2000");
    free(text);
    px_metrics_free(metrics);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_idle_server_has_a_text),  cmocka_unit_test(requests_are_counted),
        cmocka_unit_test(times_and_gauges_are_shown), cmocka_unit_test(series_are_bounded),
        cmocka_unit_test(a_full_buffer_is_told),      cmocka_unit_test(threads_lose_nothing)};
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
