/* The page's files, built into the program. */
#ifndef PX_SERVER_PAGE_H
#define PX_SERVER_PAGE_H

#include <stddef.h>

extern const unsigned char px_page_page_html[], px_page_page_css[], px_page_page_js[],
    px_page_icon_svg[];
extern const size_t px_page_page_html_size, px_page_page_css_size, px_page_page_js_size,
    px_page_icon_svg_size;

#endif
