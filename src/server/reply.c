/* Replies: JSON, errors in each interface's own form, and statuses from error codes. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/log.h"
#include "exchange.h"

#define RETRY_AFTER_S 5
#define REPLY_CAP ((size_t)64 << 20)

bool px_request_is_old(const px_request *request) {
    return strncmp(request->path, "/api/chexray/", 13) == 0;
}

const char *px_request_query(const px_request *request, const char *key) {
    for (int i = 0; i < request->n_query; i++)
        if (strcmp(request->query[i].key, key) == 0)
            return request->query[i].value;
    return NULL;
}

bool px_request_number(const px_request *request, int segment, int64_t *number) {
    const char *text = request->segments[segment];
    size_t digits = strspn(text, "0123456789");
    if (digits == 0 || digits > 18 || text[digits] != '\0' || text[0] == '0')
        return false;
    *number = strtoll(text, NULL, 10);
    return true;
}

/* One of a list, weak or not; "*" is any (RFC 9110, 13.1.2). */
bool px_request_has_version(const px_request *request, const char *etag) {
    const char *known = request->if_none_match;
    const char *found = known ? strstr(known, etag) : NULL;
    return (known && strcmp(known, "*") == 0) ||
           (found && found > known && found[-1] == '"' && found[strlen(etag)] == '"');
}

void px_request_continue(px_request *request, px_run_place place, px_handler *next) {
    request->next = next;
    request->next_place = place;
}

px_actor px_request_actor(const px_request *request) {
    return (px_actor){
        .user_id = request->who.user.id, .key_id = request->who.key_id, .request_id = request->id};
}

void px_reply_init(px_reply *reply) {
    *reply = (px_reply){.status = 500, .file = -1};
    px_buffer_init(&reply->body, REPLY_CAP);
}

void px_reply_clear(px_reply *reply) {
    px_buffer_clear(&reply->body);
    if (reply->file >= 0)
        close(reply->file);
    px_reply_init(reply);
}

void px_reply_add_header(px_reply *reply, const char *name, const char *format, ...) {
    if (reply->n_headers == PX_HEADERS_MAX)
        return;
    va_list args;
    va_start(args, format);
    vsnprintf(reply->headers[reply->n_headers].value, sizeof reply->headers[0].value, format, args);
    va_end(args);
    reply->headers[reply->n_headers++].name = name;
}

static int append_json(const char *text, size_t size, void *body) {
    return px_buffer_append(body, text, size, NULL) ? 0 : -1;
}

void px_reply_take_json(px_reply *reply, int status, json_t *value) {
    const size_t flags = JSON_COMPACT | JSON_REAL_PRECISION(9); /* what a float32 holds */
    px_buffer_clear(&reply->body);
    reply->status = status;
    reply->type = "application/json";
    if (!value || json_dump_callback(value, append_json, &reply->body, flags) != 0) {
        px_buffer_clear(&reply->body);
        reply->status = 500;
    }
    json_decref(value);
}

/* What a status means: the problem's section in the documentation, and its title. */
typedef struct problem_kind {
    int status;
    const char *name, *title;
} problem_kind;

static const problem_kind *find_kind(int status) {
    static const problem_kind kinds[] = {
        {400, "invalid-request", "Invalid request"},
        {401, "not-authenticated", "Not authenticated"},
        {403, "forbidden", "Forbidden"},
        {404, "not-found", "Not found"},
        {405, "method-not-allowed", "Method not allowed"},
        {409, "conflict", "Conflict"},
        {413, "too-large", "Content too large"},
        {417, "invalid-request", "Expectation failed"},
        {421, "misdirected-request", "Misdirected request"},
        {431, "too-large", "Request header fields too large"},
        {415, "unsupported-media-type", "Unsupported media type"},
        {429, "too-many-requests", "Too many requests"},
        {503, "unavailable", "Unavailable"},
        {507, "storage-full", "Storage full"},
        {500, "internal-error", "Internal error"},
    };
    const problem_kind *kind = kinds;
    while (kind->status != status && kind->status != 500)
        kind++;
    return kind;
}

static json_t *make_problem(const px_request *request, int status, const char *detail) {
    const problem_kind *kind = find_kind(status);
    return json_pack("{s:o,s:s,s:i,s:s,s:s}", "type", json_sprintf("/api/v1/docs#%s", kind->name),
                     "title", kind->title, "status", status, "detail", detail, "request_id",
                     request->id);
}

void px_reply_fail(px_reply *reply, const px_request *request, int status, const char *format,
                   ...) {
    char detail[800];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    if (px_request_is_old(request)) {
        px_reply_take_json(reply, status, json_pack("{s:s}", "detail", detail));
        return;
    }
    px_reply_take_json(reply, status, make_problem(request, status, detail));
    reply->type = "application/problem+json";
}

void px_errors_add(json_t *errors, const char *field, const char *message) {
    json_array_append_new(errors, json_pack("{s:s,s:s}", "field", field, "message", message));
}

void px_reply_take_errors(px_reply *reply, const px_request *request, json_t *errors) {
    json_t *problem = make_problem(request, 400, "Some fields cannot be used as they are.");
    json_object_set_new(problem, "errors", errors);
    px_reply_take_json(reply, 400, problem);
    reply->type = "application/problem+json";
}

int px_http_status(px_error_code code) {
    switch (code) {
    case PX_ERR_USAGE:
    case PX_ERR_INPUT:
        return 400;
    case PX_ERR_UNSUPPORTED:
        return 415;
    case PX_ERR_LIMIT:
        return 413;
    case PX_ERR_IO:
        return 507;
    case PX_ERR_MEMORY:
    case PX_ERR_CANCELLED:
    case PX_ERR_BUSY:
        return 503;
    case PX_OK:
    case PX_ERR_MISMATCH:
        break;
    }
    return 500;
}

void px_reply_error(px_reply *reply, const px_request *request, const px_error *err) {
    int status = px_http_status(err->code);
    if (status < 500) {
        px_reply_fail(reply, request, status, "%s", err->message);
        return;
    }
    px_log(PX_LOG_ERROR, "server", request->id, "%s: %s", px_error_code_name(err->code),
           err->message);
    px_reply_fail(reply, request, status, "%s",
                  err->code == PX_ERR_IO ? "The server cannot store this now."
                  : status == 503        ? "The server cannot do this now. Try again soon."
                                         : "Something went wrong here; the log has the details.");
    if (status == 503)
        px_reply_add_header(reply, "Retry-After", "%d", RETRY_AFTER_S);
}
