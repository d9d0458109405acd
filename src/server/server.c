/* The server put together: data folder, worker, socket, HTTP; and taken apart in the other order.
 */
#include "server.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "../base/clock.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "exchange.h"
#include "http.h"
#include "jobs.h"
#include "listen.h"
#include "login.h"
#include "usage.h"
#include "web_files.h"

#define STORE_WORKERS 8
#define DRAW_WORKERS 2
#define PASSWORD_WORKERS 2
#define PASSWORD_QUEUE 64
#define WRITE_USAGE_MS 10000
#define SWEEP_MS 60000
#define SLOW_UPLOADS_MS 30000 /* how long a stopping server waits for bodies still coming */
#define LAST_REPLIES_MS 10000 /* and then for its last replies to be fetched */

struct px_server {
    px_app app;
    px_server_options options;
    px_jobs *places[PX_RUN_PLACES];
    px_http *http;
    char url[PX_URL_SIZE];
    int64_t usage_due_ms, sweep_due_ms;
};

/* Signals go to the thread that waits for them; a full disk is an error, not a signal. */
static void set_signals(sigset_t *before) {
    sigset_t all;
    sigfillset(&all);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

/* Whoever has a connection may wait for the store; few draw or hash passwords at once, for their
 * memory; readings are as many as keep the networks' threads busy, and one whose image is decoded
 * or drawn upon meanwhile. They take whole processors for long, and step back for all else. */
static bool start_places(px_server *server, px_error *err) {
    const px_server_options *options = &server->options;
    const int readings = px_reader_readings_at_once(server->app.reader) + 1;
    const struct {
        int workers, capacity;
        bool background;
    } sizes[PX_RUN_PLACES] = {
        [PX_RUN_STORE] = {STORE_WORKERS, options->connections, false},
        [PX_RUN_DRAW] = {DRAW_WORKERS, options->connections, false},
        [PX_RUN_PASSWORD] = {PASSWORD_WORKERS, PASSWORD_QUEUE, false},
        [PX_RUN_READER] = {readings, options->queue, true},
    };
    px_reader_step_back(server->app.reader);
    for (int i = PX_RUN_HERE + 1; i < PX_RUN_PLACES; i++) {
        server->places[i] =
            px_jobs_start(sizes[i].workers, sizes[i].capacity, sizes[i].background, err);
        if (!server->places[i])
            return false;
    }
    return true;
}

static bool open_web(px_server *server, px_error *err) {
    const char *folder = server->options.web;
    if (!(server->app.web = px_web_files_new(folder, err)))
        return false;
    px_log(PX_LOG_INFO, "server", NULL, "%s%s",
           folder ? "the web app is served from "
                  : "no web app is installed: the API is served alone",
           folder ? folder : "");
    return true;
}

/* What the handlers share. */
static bool open_parts(px_server *server, px_error *err) {
    const px_server_options *options = &server->options;
    px_app *app = &server->app;
    if (!(app->store = px_store_open(&options->store, err)))
        return false;
    px_blobs_keep_free(px_store_blobs(app->store), options->least_free);
    return open_web(server, err) && (app->limits = px_limits_new(&options->limits, err)) &&
           (app->metrics = px_metrics_new(err)) && (app->usage = px_usage_new(err)) &&
           px_login_prepare(app, err);
}

static void close_parts(px_app *app) {
    px_usage_free(app->usage);
    px_metrics_free(app->metrics);
    px_limits_free(app->limits);
    px_web_files_free(app->web);
    px_store_close(app->store);
}

static bool start_parts(px_server *server, px_error *err) {
    const px_server_options *options = &server->options;
    int socket = px_listen(options->listen, options->tls_key ? "https" : "http", server->url, err);
    if (socket < 0)
        return false;
    if (!open_parts(server, err) || !start_places(server, err)) {
        close(socket);
        return false;
    }
    const px_http_options http = {.socket = socket,
                                  .connections = options->connections,
                                  .connections_per_address = options->connections_per_address,
                                  .timeout_s = options->timeout_s};
    px_metrics_set(server->app.metrics, PX_GAUGE_UP_SINCE_S, (double)time(NULL));
    server->http = px_http_start(&server->app, server->places, &http, err);
    return server->http != NULL;
}

px_server *px_server_start(const px_server_options *options, px_reader *reader, px_error *err) {
    px_server *server = px_alloc(1, sizeof *server, err);
    if (!server)
        return NULL;
    server->options = *options;
    server->app = (px_app){.reader = reader, .options = &server->options};
    sigset_t before;
    set_signals(&before);
    bool ok = start_parts(server, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok)
        return server;
    px_server_stop(server);
    return NULL;
}

const char *px_server_url(const px_server *server) {
    return server->url;
}

static void write_usage(void *context) {
    px_server *server = context;
    px_usage_write(server->app.usage, server->app.store, 0);
}

static void measure(px_server *server) {
    px_metrics *metrics = server->app.metrics;
    struct statvfs disk;
    px_metrics_set(metrics, PX_GAUGE_CONNECTIONS, px_http_connections(server->http));
    px_metrics_set(metrics, PX_GAUGE_QUEUE, px_jobs_waiting(server->places[PX_RUN_READER]));
    if (statvfs(server->options.store.folder, &disk) == 0)
        px_metrics_set(metrics, PX_GAUGE_FREE_BYTES, (double)disk.f_bavail * (double)disk.f_frsize);
}

static void sweep(void *context) {
    px_server *server = context;
    px_error err = {0};
    int64_t removed = 0;
    if (!px_store_sweep(server->app.store, &removed, &err))
        px_log(PX_LOG_WARNING, "store", NULL, "the sweep failed: %s", err.message);
    else if (removed > 0)
        px_log(PX_LOG_INFO, "store", NULL, "expired X-rays deleted: %lld", (long long)removed);
}

void px_server_tend(px_server *server) {
    px_http_tend(server->http);
    measure(server);
    px_jobs *store = server->places[PX_RUN_STORE];
    int64_t now = px_clock_ms();
    if (now >= server->usage_due_ms && px_jobs_submit(store, 0, write_usage, server))
        server->usage_due_ms = now + WRITE_USAGE_MS;
    if (now >= server->sweep_due_ms && px_jobs_submit(store, 0, sweep, server))
        server->sweep_due_ms = now + SWEEP_MS;
}

void px_server_stop(px_server *server) {
    if (!server)
        return;
    if (server->http)
        px_http_drain(server->http, SLOW_UPLOADS_MS);
    for (int place = 0; place < PX_RUN_PLACES; place++)
        px_jobs_finish(server->places[place]); /* a body complete only now is told to come back */
    if (server->http)
        px_http_drain(server->http, LAST_REPLIES_MS);
    px_http_free(server->http);
    for (int place = 0; place < PX_RUN_PLACES; place++)
        px_jobs_free(server->places[place]);
    if (server->app.usage)
        px_usage_write(server->app.usage, server->app.store, 0);
    close_parts(&server->app);
    free(server);
}
