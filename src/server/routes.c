/* The table of routes, and the answers that need no handler. */
#include "routes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "handlers.h"
#include "web.h"

#define OPEN 0, false
#define LIGHT PX_LIMIT_REQUEST
#define HEAVY PX_LIMIT_READING
#define LOGIN PX_LIMIT_LOGIN
#define READER PX_SCOPE_READ, false
#define WRITER PX_SCOPE_WRITE, false
#define VIEWER PX_SCOPE_READ, true /* and whoever has a capability */
#define OWNER PX_SCOPE_ACCOUNT, false
#define ADMIN PX_SCOPE_ADMIN, false

const px_route px_routes[] = {
    {"GET", "/phantom.png", px_handle_phantom, PX_RUN_STORE, OPEN, PX_TAKES_NOTHING, LIGHT},
    {"GET", "/healthz", px_handle_health, PX_RUN_HERE, OPEN, PX_TAKES_NOTHING, PX_LIMIT_NONE},
    {"GET", "/readyz", px_handle_ready, PX_RUN_STORE, OPEN, PX_TAKES_NOTHING, PX_LIMIT_NONE},
    {"GET", "/metrics", px_handle_metrics, PX_RUN_STORE, OPEN, PX_TAKES_NOTHING, PX_LIMIT_NONE},
    {"GET", "/media/*", px_handle_media, PX_RUN_STORE, OPEN, PX_TAKES_NOTHING, LIGHT},

    {"POST", "/api/chexray/signup/", px_handle_old_sign_up, PX_RUN_STORE, OPEN, PX_TAKES_FIELDS,
     LOGIN},
    {"POST", "/api/chexray/login/", px_handle_old_log_in, PX_RUN_PASSWORD, OPEN, PX_TAKES_FIELDS,
     LOGIN},
    {"GET", "/api/chexray/user/", px_handle_old_user, PX_RUN_STORE, READER, PX_TAKES_NOTHING,
     LIGHT},
    {"POST", "/api/chexray/upload/", px_handle_old_upload, PX_RUN_STORE, WRITER, PX_TAKES_IMAGE,
     HEAVY},
    {"POST", "/api/chexray/anonupload/", px_handle_old_anonupload, PX_RUN_STORE, 0, true,
     PX_TAKES_IMAGE, HEAVY},
    {"POST", "/api/chexray/xray/", px_handle_old_xray, PX_RUN_STORE, READER, PX_TAKES_FIELDS,
     LIGHT},

    {"GET", "/api/v1/openapi.json", px_handle_file, PX_RUN_HERE, OPEN, PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/docs", px_handle_file, PX_RUN_HERE, OPEN, PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/server", px_handle_server, PX_RUN_HERE, OPEN, PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/models", px_handle_models, PX_RUN_STORE, OPEN, PX_TAKES_NOTHING, LIGHT},
    {"POST", "/api/v1/predict", px_handle_predict, PX_RUN_READER, PX_SCOPE_PREDICT, true,
     PX_TAKES_IMAGE, HEAVY},
    {"POST", "/api/v1/xrays", px_handle_xray_upload, PX_RUN_STORE, PX_SCOPE_WRITE, true,
     PX_TAKES_IMAGE, HEAVY},
    {"GET", "/api/v1/xrays", px_handle_xrays, PX_RUN_STORE, READER, PX_TAKES_NOTHING, LIGHT},
    {"POST", "/api/v1/xrays/search", px_handle_xrays, PX_RUN_STORE, READER, PX_TAKES_FIELDS, LIGHT},
    {"GET", "/api/v1/xrays/{id}", px_handle_xray, PX_RUN_STORE, VIEWER, PX_TAKES_NOTHING, LIGHT},
    {"PATCH", "/api/v1/xrays/{id}", px_handle_xray_change, PX_RUN_STORE, WRITER, PX_TAKES_FIELDS,
     LIGHT},
    {"DELETE", "/api/v1/xrays/{id}", px_handle_xray_delete, PX_RUN_STORE, PX_SCOPE_WRITE, true,
     PX_TAKES_NOTHING, LIGHT},
    {"POST", "/api/v1/xrays/{id}/reading", px_handle_xray_reading, PX_RUN_STORE, WRITER,
     PX_TAKES_NOTHING, HEAVY},
    {"GET", "/api/v1/xrays/{id}/image", px_handle_xray_image, PX_RUN_STORE, VIEWER,
     PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/xrays/{id}/thumbnail", px_handle_xray_thumbnail, PX_RUN_STORE, VIEWER,
     PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/xrays/{id}/heatmaps/{finding}", px_handle_xray_heatmap, PX_RUN_STORE, VIEWER,
     PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/xrays/{id}/report.pdf", px_handle_xray_report, PX_RUN_STORE, VIEWER,
     PX_TAKES_NOTHING, LIGHT},
    {"PUT", "/api/v1/xrays/{id}/findings/{finding}/review", px_handle_review, PX_RUN_STORE, WRITER,
     PX_TAKES_FIELDS, LIGHT},
    {"DELETE", "/api/v1/xrays/{id}/findings/{finding}/review", px_handle_review_delete,
     PX_RUN_STORE, WRITER, PX_TAKES_NOTHING, LIGHT},

    {"POST", "/api/v1/users", px_handle_sign_up, PX_RUN_STORE, OPEN, PX_TAKES_FIELDS, LOGIN},
    {"POST", "/api/v1/session", px_handle_log_in, PX_RUN_PASSWORD, OPEN, PX_TAKES_FIELDS, LOGIN},
    {"DELETE", "/api/v1/session", px_handle_log_out, PX_RUN_STORE, OWNER, PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/sessions", px_handle_list_sessions, PX_RUN_STORE, OWNER, PX_TAKES_NOTHING,
     LIGHT},
    {"DELETE", "/api/v1/sessions/{id}", px_handle_end_session, PX_RUN_STORE, OWNER,
     PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/me", px_handle_me, PX_RUN_STORE, READER, PX_TAKES_NOTHING, LIGHT},
    {"PATCH", "/api/v1/me", px_handle_change_me, PX_RUN_PASSWORD, OWNER, PX_TAKES_FIELDS, LOGIN},
    {"DELETE", "/api/v1/me", px_handle_delete_me, PX_RUN_PASSWORD, OWNER, PX_TAKES_FIELDS, LOGIN},
    {"GET", "/api/v1/usage", px_handle_usage, PX_RUN_STORE, READER, PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/api-keys", px_handle_list_keys, PX_RUN_STORE, OWNER, PX_TAKES_NOTHING, LIGHT},
    {"POST", "/api/v1/api-keys", px_handle_add_key, PX_RUN_STORE, OWNER, PX_TAKES_FIELDS, LIGHT},
    {"DELETE", "/api/v1/api-keys/{id}", px_handle_revoke_key, PX_RUN_STORE, OWNER, PX_TAKES_NOTHING,
     LIGHT},
    {"GET", "/api/v1/admin/users", px_handle_list_users, PX_RUN_STORE, ADMIN, PX_TAKES_NOTHING,
     LIGHT},
    {"PATCH", "/api/v1/admin/users/{id}", px_handle_change_user, PX_RUN_STORE, ADMIN,
     PX_TAKES_FIELDS, LIGHT},
    {"POST", "/api/v1/admin/users/{id}/password", px_handle_reset_password, PX_RUN_PASSWORD, ADMIN,
     PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/admin/audit", px_handle_audit, PX_RUN_STORE, ADMIN, PX_TAKES_NOTHING, LIGHT},
    {"GET", "/api/v1/admin/state", px_handle_state, PX_RUN_STORE, ADMIN, PX_TAKES_NOTHING, LIGHT},
    {0}};

/* Copy a segment of the path; false when it does not fit: no name of ours is so long. */
static bool take_segment(px_request *request, int n, const char *path, size_t size) {
    if (n == PX_SEGMENTS_MAX || size == 0 || size >= sizeof request->segments[0])
        return false;
    memcpy(request->segments[n], path, size);
    request->segments[n][size] = '\0';
    return true;
}

/* "*" at the end stands for any rest, "{…}" for one segment. */
static bool path_matches(const char *pattern, const char *path, px_request *request) {
    int n = 0;
    while (*pattern && *pattern != '*') {
        size_t size = strcspn(path, "/");
        if (*pattern != '{') {
            if (*pattern++ != *path++)
                return false;
        } else if (!take_segment(request, n++, path, size)) {
            return false;
        } else {
            pattern += strcspn(pattern, "}") + 1;
            path += size;
        }
    }
    return *pattern == '*' || *path == '\0';
}

bool px_route_matches(const char *pattern, px_request *request) {
    return path_matches(pattern, request->path, request);
}

static bool method_matches(const px_route *route, const char *method) {
    return strcmp(route->method, method) == 0 ||
           (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

/* The route of a path and method, or of the path alone: `any` is set to that. */
static const px_route *find_route(px_request *request, const char *path, const px_route **any) {
    *any = NULL;
    for (const px_route *route = px_routes; route->method; route++)
        if (path_matches(route->path, path, request)) {
            if (method_matches(route, request->method))
                return *any = route;
            *any = *any ? *any : route;
        }
    return NULL;
}

static void append_method(char *list, size_t size, const char *method) {
    size_t used = strlen(list);
    snprintf(list + used, size - used, "%s, ", method);
}

/* The methods that a path has, as Allow and CORS name them. */
static void list_methods(px_request *request, char *list, size_t size) {
    list[0] = '\0';
    for (const px_route *route = px_routes; route->method; route++)
        if (path_matches(route->path, request->path, request)) {
            append_method(list, size, route->method);
            if (strcmp(route->method, "GET") == 0)
                append_method(list, size, "HEAD");
        }
    append_method(list, size, "OPTIONS");
    list[strlen(list) - 2] = '\0';
}

/* As Django did for a GET; 308 keeps the method and body of anything else. */
static void redirect_to_slash(const px_request *request, px_reply *reply) {
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    reply->status = reads ? 301 : 308;
    px_reply_add_header(reply, "Location", "%s/", request->path);
}

static bool origin_is_allowed(const px_app *app, const char *origin) {
    for (int i = 0; origin && i < app->options->n_origins; i++)
        if (strcmp(app->options->origins[i], origin) == 0)
            return true;
    return false;
}

/* A page that came without TLS may be anybody's on the way to a server that has it. */
static bool is_own_origin(const px_request *request) {
    const char *separator = strstr(request->origin, "://");
    return separator && request->host && strcasecmp(separator + 3, request->host) == 0 &&
           (!request->secure || strncasecmp(request->origin, "https:", 6) == 0);
}

/* A form needs no CORS to be sent. Browsers say where it comes from (W3C Fetch Metadata), but over
 * plain HTTP only to this machine itself; to others they send the Origin alone. */
static bool comes_from_foreign_page(const px_app *app, const px_request *request) {
    const char *site = request->fetch_site, *origin = request->origin;
    if (origin_is_allowed(app, origin))
        return false;
    if (site)
        return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    return origin && !is_own_origin(request);
}

bool px_request_is_own_page(const px_request *request) {
    if (strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0)
        return true;
    if (request->fetch_site)
        return strcmp(request->fetch_site, "same-origin") == 0;
    return request->origin && is_own_origin(request);
}

static void answer_wrong_method(px_request *request, px_reply *reply) {
    char methods[64];
    list_methods(request, methods, sizeof methods);
    if (strcmp(request->method, "OPTIONS") == 0)
        reply->status = 204;
    else
        px_reply_fail(reply, request, 405, "Method \"%.20s\" not allowed.", request->method);
    px_reply_add_header(reply, "Allow", "%s", methods);
}

static bool lacks_slash(px_request *request) {
    char path[128];
    const px_route *any;
    int size = snprintf(path, sizeof path, "%s/", request->path);
    if (size < (int)sizeof path)
        find_route(request, path, &any);
    return size < (int)sizeof path && any && any->path[strlen(any->path) - 1] == '/';
}

const px_route *px_route_find(const px_app *app, px_request *request, px_reply *reply) {
    const px_route *any, *route = find_route(request, request->path, &any);
    if (!any)
        any = route = px_web_route(app, request);
    if (!any && lacks_slash(request))
        redirect_to_slash(request, reply);
    else if (!any)
        px_reply_fail(reply, request, 404, "Not found.");
    else if (!route)
        answer_wrong_method(request, reply);
    else if (strcmp(route->method, "GET") != 0 && comes_from_foreign_page(app, request))
        px_reply_fail(reply, request, 403, "Pages of this origin may not put this server to work.");
    else
        return route;
    return NULL;
}

/* The 2020 paths answered as Django REST Framework does. */
void px_reply_unknown_client(px_reply *reply, const px_request *request) {
    px_reply_fail(reply, request, 401, "Authentication credentials were not provided.");
    px_reply_add_header(reply, "WWW-Authenticate", "%s",
                        px_request_is_old(request) ? "Token" : "Bearer");
}

bool px_route_allows(const px_app *app, const px_route *route, const px_request *request,
                     px_reply *reply) {
    const px_principal *who = &request->who;
    bool known = who->user.id != 0;
    /* An Idempotency-Key is an account's: whoever sends one is not taken for a stranger, but told
     * that the session has ended. */
    bool stranger = !known && !request->idempotency_key;
    if (stranger && route->anonymous && app->options->anonymous != PX_ANONYMOUS_OFF)
        return true;
    if (route->needs == 0 && !route->anonymous)
        return true;
    if (!known)
        px_reply_unknown_client(reply, request);
    else if ((who->scopes & route->needs) != route->needs)
        px_reply_fail(reply, request, 403, "%s",
                      who->by == PX_BY_API_KEY ? "This API key does not have the scope for that."
                                               : "You may not do that.");
    return known && (who->scopes & route->needs) == route->needs;
}

void px_route_allow_origin(const px_app *app, px_request *request, px_reply *reply) {
    if (strncmp(request->path, "/api/", 5) != 0)
        return;
    px_reply_add_header(reply, "Vary", "Origin");
    if (!origin_is_allowed(app, request->origin))
        return;
    px_reply_add_header(reply, "Access-Control-Allow-Origin", "%.200s", request->origin);
    if (strcmp(request->method, "OPTIONS") != 0) {
        px_reply_add_header(reply, "Access-Control-Expose-Headers",
                            "X-Request-Id, X-Perxeptron-Notice, Retry-After, RateLimit, "
                            "RateLimit-Policy, Location");
        return;
    }
    char methods[64];
    list_methods(request, methods, sizeof methods);
    px_reply_add_header(reply, "Access-Control-Allow-Methods", "%s", methods);
    px_reply_add_header(reply, "Access-Control-Allow-Headers",
                        "authorization, content-type, "
                        "idempotency-key");
    px_reply_add_header(reply, "Access-Control-Max-Age", "86400");
}
