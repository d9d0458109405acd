/* The pages' files, built into the program. */
#ifndef PX_SERVER_PAGE_H
#define PX_SERVER_PAGE_H

#include "exchange.h"

#define PX_TYPE_CSS "text/css; charset=utf-8"
#define PX_TYPE_SCRIPT "text/javascript; charset=utf-8"

/** Answer with static bytes, or with 304 to who has them: their hash is their version. */
void px_reply_static(const px_request *request, px_reply *reply, const char *type,
                     const void *bytes, size_t size);
/** The same for a page of HTML, with the policy that it loads this server's own files only. */
void px_reply_page(const px_request *request, px_reply *reply, const void *bytes, size_t size);

extern const unsigned char px_page_page_html[], px_page_page_css[], px_page_page_js[],
    px_page_icon_svg[];
extern const size_t px_page_page_html_size, px_page_page_css_size, px_page_page_js_size,
    px_page_icon_svg_size;

extern const unsigned char px_docs_docs_html[], px_docs_docs_css[], px_docs_docs_js[],
    px_docs_openapi_json[];
extern const size_t px_docs_docs_html_size, px_docs_docs_css_size, px_docs_docs_js_size,
    px_docs_openapi_json_size;

#endif
