/* What passes between HTTP and the handlers: a request, the reply to it, and what all share. */
#ifndef PX_SERVER_EXCHANGE_H
#define PX_SERVER_EXCHANGE_H

#include <jansson.h>

#include "../base/buffer.h"
#include "media.h"
#include "upload.h"

#define PX_QUERY_MAX 8
#define PX_HEADERS_MAX 8

/** Shared by all handlers; read-only while the server runs, but for what locks itself. */
typedef struct px_app {
    px_reader *reader;
    px_media *media;
    size_t max_upload;
    const char *const *origins;
    int n_origins;
} px_app;

typedef struct px_argument {
    const char *key, *value;
} px_argument;

/** A request, complete when its handler runs. Strings are borrowed for its lifetime, and NULL where
 *  the client sent nothing. */
typedef struct px_request {
    char id[17]; /**< random; in the log and in the X-Request-Id header */
    const char *method, *path;
    const char *content_type, *host, *origin, *fetch_site, *if_none_match;
    px_argument query[PX_QUERY_MAX];
    int n_query;
    px_upload upload; /**< what its body held, for routes that take one */
} px_request;

/** A query argument's value, or NULL. */
const char *px_request_query(const px_request *request, const char *key);

/** A reply. Its content is one of: a buffer, static bytes, an open file. */
typedef struct px_reply {
    int status;
    const char *type; /**< Content-Type; static */
    px_buffer body;
    const void *bytes; /**< static, when not NULL */
    size_t n_bytes;
    int file; /**< owned descriptor, when not -1 */
    uint64_t file_size;
    struct {
        const char *name;
        char value[256];
    } headers[PX_HEADERS_MAX];
    int n_headers;
} px_reply;

void px_reply_init(px_reply *reply);
void px_reply_clear(px_reply *reply);

/** Add a header; name is static. More than PX_HEADERS_MAX are left out. */
void px_reply_add_header(px_reply *reply, const char *name, const char *format, ...)
    PX_PRINTF(3, 4);

/** Answer with JSON; takes `value`, and answers 500 when it is NULL or memory is short. */
void px_reply_take_json(px_reply *reply, int status, json_t *value);

/** Answer with an error: the 2020 interface's {"detail": …} under its paths, RFC 9457 problem
 *  details elsewhere. */
void px_reply_fail(px_reply *reply, const px_request *request, int status, const char *format, ...)
    PX_PRINTF(4, 5);

/** The same for a failed call, with the status of its code. */
void px_reply_error(px_reply *reply, const px_request *request, const px_error *err);

/** The one place where error codes become HTTP statuses. */
int px_http_status(px_error_code code);

/** Answers a request; runs on any thread, several at once. */
typedef void px_handler(px_app *app, px_request *request, px_reply *reply);

#endif
