/* The server put together: data folder, worker, socket, HTTP; and taken apart in the other order.
 */
#include "server.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "../base/memory.h"
#include "http.h"
#include "listen.h"

#define SLOW_UPLOADS_MS 30000 /* how long a stopping server waits for bodies still coming */
#define LAST_REPLIES_MS 10000 /* and then for its last replies to be fetched */

struct px_server {
    px_app app;
    px_jobs *jobs;
    px_http *http;
    char url[PX_URL_SIZE];
};

/* Signals go to the thread that waits for them; a full disk is an error, not a signal. */
static void set_signals(sigset_t *before) {
    sigset_t all;
    sigfillset(&all);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    pthread_sigmask(SIG_SETMASK, &all, before);
}

static bool start_parts(px_server *server, const px_server_options *options, px_error *err) {
    int socket = px_listen(options->listen, server->url, err);
    if (socket < 0)
        return false;
    server->app.media = px_media_open(options->data, err);
    server->jobs = server->app.media ? px_jobs_start(options->queue, err) : NULL;
    if (!server->jobs) {
        close(socket);
        return false;
    }
    const px_http_options http = {
        .socket = socket, .connections = options->connections, .timeout_s = options->timeout_s};
    server->http = px_http_start(&server->app, server->jobs, &http, err);
    return server->http != NULL;
}

px_server *px_server_start(const px_server_options *options, px_reader *reader, px_error *err) {
    px_server *server = px_alloc(1, sizeof *server, err);
    if (!server)
        return NULL;
    server->app = (px_app){.reader = reader,
                           .max_upload = options->max_upload,
                           .origins = options->origins,
                           .n_origins = options->n_origins};
    sigset_t before;
    set_signals(&before);
    bool ok = start_parts(server, options, err);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (ok)
        return server;
    px_server_stop(server);
    return NULL;
}

const char *px_server_url(const px_server *server) {
    return server->url;
}

void px_server_tend(px_server *server) {
    px_http_tend(server->http);
}

void px_server_stop(px_server *server) {
    if (!server)
        return;
    if (server->http)
        px_http_drain(server->http, SLOW_UPLOADS_MS);
    px_jobs_finish(server->jobs); /* a body complete only now is told to come back */
    if (server->http)
        px_http_drain(server->http, LAST_REPLIES_MS);
    px_http_free(server->http);
    px_jobs_free(server->jobs);
    px_media_close(server->app.media);
    free(server);
}
