/* The style sheet of reports. */
#ifndef PX_EVALUATE_HTML_STYLE_H
#define PX_EVALUATE_HTML_STYLE_H

extern const char px_html_style[];

#endif
