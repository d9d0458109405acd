/* The description of /api/v1/ and the page that shows it. */
#include "handlers.h"
#include "page.h"

void px_handle_openapi(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    px_reply_static(request, reply, "application/json", px_docs_openapi_json,
                    px_docs_openapi_json_size);
}

void px_handle_docs(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    px_reply_page(request, reply, px_docs_docs_html, px_docs_docs_html_size);
}

void px_handle_docs_style(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    px_reply_static(request, reply, PX_TYPE_CSS, px_docs_docs_css, px_docs_docs_css_size);
}

void px_handle_docs_script(px_app *app, px_request *request, px_reply *reply) {
    (void)app;
    px_reply_static(request, reply, PX_TYPE_SCRIPT, px_docs_docs_js, px_docs_docs_js_size);
}
