/* What passes between HTTP and the handlers: a request, the reply to it, and what all share. */
#ifndef PX_SERVER_EXCHANGE_H
#define PX_SERVER_EXCHANGE_H

#include <jansson.h>

#include "../base/buffer.h"
#include "../base/secret.h"
#include "../reader/reader.h"
#include "../store/store.h"
#include "body.h"
#include "limits.h"
#include "metrics.h"
#include "server.h"

#define PX_QUERY_MAX 16
#define PX_HEADERS_MAX 24
#define PX_SEGMENTS_MAX 2

/** Shared by all handlers; read-only while the server runs, but for what locks itself. */
typedef struct px_app {
    px_reader *reader;
    px_store *store;
    px_limits *limits;
    struct px_usage *usage;
    px_metrics *metrics;
    struct px_web_files *web;
    const px_server_options *options;
    char nobodys_password[PX_PASSWORD_HASH]; /**< see px_login_prepare */
} px_app;

typedef struct px_argument {
    const char *key, *value;
} px_argument;

/** How a client showed who it is. */
typedef enum {
    PX_BY_NOTHING,
    PX_BY_COOKIE,  /**< a browser's session: anything but GET also needs its own Origin */
    PX_BY_TOKEN,   /**< a session's token, as the 2020 clients send */
    PX_BY_API_KEY, /**< "pxk_…" */
} px_credential;

/** Who asks. Nobody: all zero. */
typedef struct px_principal {
    px_credential by;
    px_user user;       /**< id 0: nobody */
    unsigned scopes;    /**< of px_scope */
    int64_t session_id; /**< of cookie and token */
    int64_t key_id;
    int per_minute; /**< the key's own limit, or 0 */
} px_principal;

struct px_request;
struct px_reply;
/** Answers a request, or takes its part and names the next (px_request_continue); runs on any
 *  thread, several at once, each request on one at a time. */
typedef void px_handler(px_app *app, struct px_request *request, struct px_reply *reply);

/** Where a handler runs. */
typedef enum {
    PX_RUN_HERE,     /**< on the connection's thread: must not wait for anything */
    PX_RUN_STORE,    /**< may use the store and disk */
    PX_RUN_DRAW,     /**< decodes and draws images: few at a time, for their memory */
    PX_RUN_PASSWORD, /**< hashes passwords: few at a time, for their memory */
    PX_RUN_READER,   /**< reads images: the bounded queue, in fair turns */
    PX_RUN_PLACES
} px_run_place;

/** A request; its handler runs when it is complete. Strings are borrowed for its lifetime, and NULL
 *  where the client sent nothing. */
typedef struct px_request {
    char id[17]; /**< random; in the log and in the X-Request-Id header */
    const char *method, *path;
    char address[64]; /**< the client's, as a trusted proxy says or the connection; for limits, and
                           never logged */
    bool secure;      /**< it came by TLS, here or at a trusted proxy */
    bool local;       /**< its client is on this machine, and no proxy stands between */
    const char *content_type, *host, *origin, *fetch_site, *if_none_match;
    const char *authorization, *cookie, *idempotency_key;
    const char *accept, *accept_encoding, *accept_language;
    px_argument query[PX_QUERY_MAX];
    int n_query;
    char segments[PX_SEGMENTS_MAX][64]; /**< what the route's {…} stand for, decoded */
    px_principal who;
    px_body body;

    const struct px_route *route; /**< set before any handler runs */
    bool refused;                 /**< the reply is made before its handler ran */
    px_handler *next;             /**< see px_request_continue */
    px_run_place next_place;
    void *state; /**< a handler's, for the next; freed by free_state when the request ends */
    void (*free_state)(void *state);
} px_request;

/** Is it for the 2020 interface? */
bool px_request_is_old(const px_request *request);
/** A query argument's value, or NULL. */
const char *px_request_query(const px_request *request, const char *key);
/** A {…} of the path as a positive number; false when it is none: such a thing is not there. */
bool px_request_number(const px_request *request, int segment, int64_t *number);
/** Does the client have this version (an ETag without its quotes) already, by If-None-Match? */
bool px_request_has_version(const px_request *request, const char *etag);
/** Go on with another handler in another place when this one returns; the reply is not sent yet.
 *  When that place's queue is full the client gets 503 and the next handler never runs. */
void px_request_continue(px_request *request, px_run_place place, px_handler *next);
/** For the audit trail. */
px_actor px_request_actor(const px_request *request);

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
        char value[384];
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
 *  details elsewhere, whose type is the status's section of the documentation. */
void px_reply_fail(px_reply *reply, const px_request *request, int status, const char *format, ...)
    PX_PRINTF(4, 5);

/** Answer 400 with what is wrong with each field; takes `errors`, a list that px_errors_add fills.
 */
void px_reply_take_errors(px_reply *reply, const px_request *request, json_t *errors);
/** Add a field and what is wrong with it; `errors` NULL (no memory) is passed over. */
void px_errors_add(json_t *errors, const char *field, const char *message);

/** Answer for a failed call, with the status of its code: what is ours to mend is logged, and told
 *  to the client without its details. */
void px_reply_error(px_reply *reply, const px_request *request, const px_error *err);

/** The one place where error codes become HTTP statuses. */
int px_http_status(px_error_code code);

#endif
