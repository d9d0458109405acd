/* The table of routes, and the answers that need no handler. */
#include "routes.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "handlers.h"

static const px_route routes[] = {
    {"GET", "/", px_handle_page, false, false},
    {"GET", "/page.css", px_handle_page_style, false, false},
    {"GET", "/page.js", px_handle_page_script, false, false},
    {"GET", "/icon.svg", px_handle_icon, false, false},
    {"GET", "/phantom.png", px_handle_phantom, false, true},
    {"GET", "/healthz", px_handle_health, false, false},
    {"GET", "/media/*", px_handle_media, false, false},
    {"POST", "/api/chexray/anonupload/", px_handle_anonupload, true, true},
    {"GET", "/api/v1/ensemble", px_handle_ensemble, false, false},
    {"POST", "/api/v1/predict", px_handle_predict, true, true},
};

static bool path_matches(const char *pattern, const char *path) {
    size_t size = strlen(pattern);
    return pattern[size - 1] == '*' ? strncmp(pattern, path, size - 1) == 0
                                    : strcmp(pattern, path) == 0;
}

static bool method_matches(const px_route *route, const char *method) {
    return strcmp(route->method, method) == 0 ||
           (strcmp(route->method, "GET") == 0 && strcmp(method, "HEAD") == 0);
}

static const px_route *find_path(const char *path) {
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (path_matches(routes[i].path, path))
            return &routes[i];
    return NULL;
}

static void add_allow(const px_route *route, px_reply *reply) {
    px_reply_add_header(reply, "Allow", "%s, OPTIONS",
                        strcmp(route->method, "GET") == 0 ? "GET, HEAD" : route->method);
}

/* As Django did for a GET; 308 keeps the method and body of anything else. */
static void redirect_to_slash(const px_request *request, px_reply *reply) {
    bool reads = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    reply->status = reads ? 301 : 308;
    px_reply_add_header(reply, "Location", "%s/", request->path);
}

static bool origin_is_allowed(const px_app *app, const char *origin) {
    for (int i = 0; origin && i < app->n_origins; i++)
        if (strcmp(app->origins[i], origin) == 0)
            return true;
    return false;
}

static bool is_own_origin(const char *origin, const char *host) {
    const char *separator = strstr(origin, "://");
    return separator && host && strcasecmp(separator + 3, host) == 0;
}

/* A form needs no CORS to be sent. Browsers say where it comes from (W3C Fetch Metadata), but over
 * plain HTTP only to this machine itself; to others they send the Origin alone. */
static bool comes_from_foreign_page(const px_app *app, const px_request *request) {
    const char *site = request->fetch_site, *origin = request->origin;
    if (origin_is_allowed(app, origin))
        return false;
    if (site)
        return strcmp(site, "same-origin") != 0 && strcmp(site, "none") != 0;
    return origin && !is_own_origin(origin, request->host);
}

const px_route *px_route_find(const px_app *app, const px_request *request, px_reply *reply) {
    const px_route *route = find_path(request->path);
    char with_slash[128];
    int size = snprintf(with_slash, sizeof with_slash, "%s/", request->path);
    bool lacks_slash = !route && size < (int)sizeof with_slash && find_path(with_slash);
    if (lacks_slash)
        redirect_to_slash(request, reply);
    else if (!route)
        px_reply_fail(reply, request, 404, "Not found.");
    else if (strcmp(request->method, "OPTIONS") == 0)
        reply->status = 204;
    else if (!method_matches(route, request->method))
        px_reply_fail(reply, request, 405, "Method \"%.20s\" not allowed.", request->method);
    else if (route->queued && comes_from_foreign_page(app, request))
        px_reply_fail(reply, request, 403, "Pages of this origin may not put this server to work.");
    else
        return route;
    if (route)
        add_allow(route, reply);
    return NULL;
}

void px_route_allow_origin(const px_app *app, const px_request *request, px_reply *reply) {
    if (strncmp(request->path, "/api/", 5) != 0)
        return;
    px_reply_add_header(reply, "Vary", "Origin");
    if (!origin_is_allowed(app, request->origin))
        return;
    px_reply_add_header(reply, "Access-Control-Allow-Origin", "%.200s", request->origin);
    if (strcmp(request->method, "OPTIONS") != 0) {
        px_reply_add_header(reply, "Access-Control-Expose-Headers",
                            "X-Request-Id, X-Perxeptron-Notice, Retry-After");
        return;
    }
    px_reply_add_header(reply, "Access-Control-Allow-Methods", "GET, POST, OPTIONS");
    px_reply_add_header(reply, "Access-Control-Allow-Headers", "authorization, content-type");
    px_reply_add_header(reply, "Access-Control-Max-Age", "86400");
}
