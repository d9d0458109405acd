/* For programs that watch the server: is it ready, and what does it measure? */
#include <string.h>

#include "../base/log.h"
#include "handlers.h"

#define METRICS_CAP ((size_t)1 << 20)

/* NULL, or what is wrong, for people. */
static const char *check_store(const px_app *app, const px_request *request) {
    px_error err = {0};
    if (px_store_ping(app->store, &err))
        return NULL;
    px_log(PX_LOG_ERROR, "server", request->id, "not ready: %s", err.message);
    return "the database does not answer";
}

static const char *check_disk(const px_app *app) {
    return px_blobs_has_room(px_store_blobs(app->store), NULL) ? NULL : "the disk is almost full";
}

static const char *check_model(const px_app *app) {
    return px_reader_members(app->reader) > 0 ? NULL : "no networks are loaded";
}

static void add_check(json_t *checks, const char *name, const char *failure, bool *ready) {
    *ready = *ready && !failure;
    json_object_set_new(checks, name, json_string(failure ? failure : "ok"));
}

void px_handle_ready(px_app *app, px_request *request, px_reply *reply) {
    json_t *checks = json_object();
    bool ready = true;
    add_check(checks, "store", check_store(app, request), &ready);
    add_check(checks, "disk", check_disk(app), &ready);
    add_check(checks, "model", check_model(app), &ready);
    px_reply_take_json(reply, ready ? 200 : 503,
                       json_pack("{s:b,s:o}", "ready", ready, "checks", checks));
}

void px_handle_metrics(px_app *app, px_request *request, px_reply *reply) {
    px_buffer text;
    px_error err = {0};
    if (!request->local && !(request->who.scopes & PX_SCOPE_ADMIN)) {
        px_reply_fail(reply, request, 403, "Metrics are for this machine and for administrators.");
        return;
    }
    px_buffer_init(&text, METRICS_CAP);
    if (!px_metrics_print(app->metrics, &text, &err)) {
        px_buffer_clear(&text);
        px_reply_error(reply, request, &err);
        return;
    }
    reply->status = 200;
    reply->type = "text/plain; version=0.0.4; charset=utf-8";
    reply->body = text;
}
