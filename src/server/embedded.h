/* The documentation's files and the page without a web app, built into the program by embed.sh. */
#ifndef PX_SERVER_EMBEDDED_H
#define PX_SERVER_EMBEDDED_H

#include <stddef.h>

extern const unsigned char px_docs_docs_html[], px_docs_docs_css[], px_docs_docs_js[],
    px_docs_docs_svg[], px_docs_openapi_json[], px_docs_no_web_html[];
extern const size_t px_docs_docs_html_size, px_docs_docs_css_size, px_docs_docs_js_size,
    px_docs_docs_svg_size, px_docs_openapi_json_size, px_docs_no_web_html_size;

#endif
