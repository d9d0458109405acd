/* Every page of the web app is its index.html; the app itself then shows what the path names. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cookies.h"
#include "handlers.h"
#include "page_policy.h"
#include "web.h"
#include "web_files.h"

#define PAGE_CAP ((size_t)1 << 20)
#define PLACEHOLDER "CSP_NONCE"
#define NONCE 33 /* 128 bits as hexadecimal digits, and the closing zero */
#define DEFAULT_LANGUAGE "en"

static const char *const pages[] = {
    "/",           "/anonupload",        "/results",    "/register",       "/login",
    "/users/{id}", "/users/{id}/upload", "/xrays/{id}", "/compare",        "/developer",
    "/about",      "/settings",          "/admin",      "/admin/{section}"};

static const px_route file_route = {"GET", "/{file}", px_handle_file,   PX_RUN_HERE,
                                    0,     false,     PX_TAKES_NOTHING, PX_LIMIT_NONE};
static const px_route page_route = {"GET", "/{page}", px_handle_page,   PX_RUN_HERE,
                                    0,     false,     PX_TAKES_NOTHING, PX_LIMIT_NONE};

/* ---- Which page ---- */

static bool is_page(px_request *request) {
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (px_route_matches(pages[i], request))
            return true;
    return false;
}

/* What is not for eyes has answers of its own. */
static bool is_for_programs(const char *path) {
    return strncmp(path, "/api/", 5) == 0 || strncmp(path, "/media/", 7) == 0 || path[0] != '/';
}

const px_route *px_web_route(const px_app *app, px_request *request) {
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        return NULL;
    const px_web_file *file = px_web_files_find(app->web, request->path);
    if (file && file->path[0] == '/' && !px_web_file_is_page(file))
        return &file_route;
    bool wanted = !is_for_programs(request->path) && px_accept_names_html(request->accept);
    return wanted || is_page(request) ? &page_route : NULL;
}

/* ---- In which language ---- */

static const char *choose_language(const px_request *request, const char *const *tags, int n) {
    const char *value = "";
    size_t size = 0;
    if (px_cookie_find(request->cookie, "language", &value, &size) == 1)
        for (int i = 0; i < n; i++)
            if (strlen(tags[i]) == size && memcmp(tags[i], value, size) == 0)
                return tags[i];
    const char *found = px_accept_language(request->accept_language, tags, n);
    return found ? found : DEFAULT_LANGUAGE;
}

/* ---- The answer ---- */

static bool make_nonce(char nonce[NONCE], px_error *err) {
    uint64_t bits[2];
    if (!px_secret_random(bits, sizeof bits, err))
        return false;
    snprintf(nonce, NONCE, "%016" PRIx64 "%016" PRIx64, bits[0], bits[1]);
    return true;
}

/* The page with the nonce wherever its build left room for one. */
static bool append_page(px_buffer *out, const px_web_bytes *page, const char *nonce,
                        px_error *err) {
    const char *at = page->bytes, *end = at + page->size, *place;
    const size_t size = sizeof PLACEHOLDER - 1;
    for (; (place = memmem(at, (size_t)(end - at), PLACEHOLDER, size)); at = place + size)
        if (!px_buffer_append(out, at, (size_t)(place - at), err) ||
            !px_buffer_append(out, nonce, NONCE - 1, err))
            return false;
    return px_buffer_append(out, at, (size_t)(end - at), err);
}

static void answer_page(const px_web_file *file, const char *language, const px_request *request,
                        px_reply *reply) {
    char nonce[NONCE];
    px_error err = {0};
    px_buffer_init(&reply->body, PAGE_CAP);
    if (!make_nonce(nonce, &err) ||
        !append_page(&reply->body, &file->codings[PX_CODING_IDENTITY], nonce, &err)) {
        px_reply_error(reply, request, &err);
        return;
    }
    reply->type = file->type;
    px_reply_add_header(reply, "Content-Security-Policy",
                        PX_POLICY_WEB_START " 'nonce-%s'" PX_POLICY_WEB_REST, nonce);
    px_reply_add_header(reply, "Content-Language", "%s", language);
    px_reply_add_header(reply, "Vary", "Accept, Accept-Language, Cookie");
    px_reply_add_header(reply, "Cache-Control", "no-cache");
}

static void answer_absent(const px_web_file *page, px_reply *reply) {
    const px_web_bytes *bytes = &page->codings[PX_CODING_IDENTITY];
    reply->type = page->type;
    reply->bytes = bytes->bytes;
    reply->n_bytes = bytes->size;
    px_reply_add_header(reply, "Content-Security-Policy", "%s", page->policy);
    px_reply_add_header(reply, "Cache-Control", "no-cache");
}

void px_handle_page(px_app *app, px_request *request, px_reply *reply) {
    const char *const *tags;
    int n = px_web_files_languages(app->web, &tags);
    if (n == 0) {
        reply->status = strcmp(request->path, "/") == 0 ? 200 : 404;
        answer_absent(px_web_files_find(app->web, PX_WEB_ABSENT), reply);
        return;
    }
    char path[64];
    const char *language = choose_language(request, tags, n);
    snprintf(path, sizeof path, "/%s/index.html", language);
    reply->status = is_page(request) ? 200 : 404;
    answer_page(px_web_files_find(app->web, path), language, request, reply);
}
