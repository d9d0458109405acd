/* What is served as it is: the page's files, and a sign of life. */
#include "../base/sha256.h"
#include "handlers.h"
#include "page.h"

#define PAGE_POLICY                                                                                \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "        \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

void px_reply_static(const px_request *request, px_reply *reply, const char *type,
                     const void *bytes, size_t size) {
    char hash[PX_SHA256_HEX];
    px_sha256_bytes(bytes, size, hash);
    reply->status = px_request_has_version(request, hash) ? 304 : 200;
    reply->type = type;
    if (reply->status == 200) {
        reply->bytes = bytes;
        reply->n_bytes = size;
    }
    px_reply_add_header(reply, "ETag", "\"%s\"", hash);
    px_reply_add_header(reply, "Cache-Control", "no-cache");
}

void px_reply_page(const px_request *request, px_reply *reply, const void *bytes, size_t size) {
    px_reply_static(request, reply, "text/html; charset=utf-8", bytes, size);
    px_reply_add_header(reply, "Content-Security-Policy", "%s", PAGE_POLICY);
}

void px_handle_page(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    px_reply_page(request, reply, px_page_page_html, px_page_page_html_size);
}

void px_handle_page_style(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    px_reply_static(request, reply, PX_TYPE_CSS, px_page_page_css, px_page_page_css_size);
}

void px_handle_page_script(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    px_reply_static(request, reply, PX_TYPE_SCRIPT, px_page_page_js, px_page_page_js_size);
}

void px_handle_icon(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    px_reply_static(request, reply, "image/svg+xml", px_page_icon_svg, px_page_icon_svg_size);
}

void px_handle_health(px_app *app, px_request *request, px_reply *reply) {
    (void)app, (void)request;
    static const char alive[] = "ok\n";
    reply->status = 200;
    reply->type = "text/plain; charset=utf-8";
    reply->bytes = alive;
    reply->n_bytes = sizeof alive - 1;
    px_reply_add_header(reply, "Cache-Control", "no-cache");
}
