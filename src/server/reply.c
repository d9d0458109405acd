/* Replies: JSON, errors in each interface's own form, and statuses from error codes. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "exchange.h"

#define REPLY_CAP ((size_t)64 << 20)

const char *px_request_query(const px_request *request, const char *key) {
    for (int i = 0; i < request->n_query; i++)
        if (strcmp(request->query[i].key, key) == 0)
            return request->query[i].value;
    return NULL;
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

static const char *status_title(int status) {
    static const struct {
        int status;
        const char *title;
    } titles[] = {{400, "Bad request"},
                  {403, "Forbidden"},
                  {404, "Not found"},
                  {405, "Method not allowed"},
                  {413, "Content too large"},
                  {415, "Unsupported media type"},
                  {503, "Busy"},
                  {507, "Insufficient storage"}};
    for (size_t i = 0; i < sizeof titles / sizeof *titles; i++)
        if (titles[i].status == status)
            return titles[i].title;
    return "Internal error";
}

void px_reply_fail(px_reply *reply, const px_request *request, int status, const char *format,
                   ...) {
    char detail[800];
    va_list args;
    va_start(args, format);
    vsnprintf(detail, sizeof detail, format, args);
    va_end(args);
    if (strncmp(request->path, "/api/chexray/", 13) == 0) {
        px_reply_take_json(reply, status, json_pack("{s:s}", "detail", detail));
        return;
    }
    px_reply_take_json(reply, status,
                       json_pack("{s:s,s:s,s:i,s:s,s:s}", "type", "about:blank", "title",
                                 status_title(status), "status", status, "detail", detail,
                                 "request_id", request->id));
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
    px_reply_fail(reply, request, px_http_status(err->code), "%s",
                  err->code == PX_ERR_IO ? "The server cannot store this now." : err->message);
}
