/* Writing a page of HTML. */
#include "html.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/markup.h"
#include "html_style.h"

#define DASH "<td class=\"none\">–</td>"

void px_html_init(px_html *html, size_t cap) {
    *html = (px_html){0};
    px_buffer_init(&html->out, cap);
}

void px_html_clear(px_html *html) {
    px_buffer_clear(&html->out);
}

void px_html_print(px_html *html, const char *format, ...) {
    char *text = NULL;
    va_list args;
    va_start(args, format);
    int length = vasprintf(&text, format, args);
    va_end(args);
    if (length < 0) {
        px_fail_memory(&html->error);
        return;
    }
    px_buffer_append(&html->out, text, (size_t)length, &html->error);
    free(text);
}

void px_html_text(px_html *html, const char *text) {
    px_markup_append(&html->out, text, &html->error);
}

void px_html_begin_page(px_html *html, const char *kind, const char *title, const char *notice) {
    px_html_print(html,
                  "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                  "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
                  "'none'; style-src 'unsafe-inline'\">\n<title>%c%s of ",
                  toupper((unsigned char)kind[0]), kind + 1);
    px_html_text(html, title);
    px_html_print(html,
                  "</title>\n<style>\n%s</style>\n</head>\n<body>\n<header>\n"
                  "<p class=\"brand\">perXeptron %s</p>\n<h1>",
                  px_html_style, kind);
    px_html_text(html, title);
    px_html_print(html, "</h1>\n");
    px_html_notice(html, notice);
}

void px_html_notice(px_html *html, const char *text) {
    if (!text)
        return;
    px_html_print(html, "<p class=\"notice\">");
    px_html_text(html, text);
    px_html_print(html, "</p>\n");
}

void px_html_link(px_html *html, const char *id, const char *name) {
    px_html_print(html, "<li><a href=\"#%s\">", id);
    px_html_text(html, name);
    px_html_print(html, "</a></li>\n");
}

void px_html_end_page(px_html *html, const char *program, const char *more) {
    px_html_print(html, "</main>\n<footer>\n<p>Made by ");
    px_html_text(html, program);
    px_html_print(html,
                  ". For research and teaching: not a medical device, not for diagnosis or "
                  "treatment. %s</p>\n</footer>\n</body>\n</html>\n",
                  more);
}

bool px_html_finish(const px_html *html, px_buffer *out, px_error *err) {
    return html->error.code == PX_OK
               ? px_buffer_append(out, html->out.data, html->out.size, err)
               : px_fail(err, html->error.code, NULL, "%s", html->error.message);
}

void px_html_row_head(px_html *html, const char *text) {
    px_html_print(html, "<tr><th scope=\"row\">");
    px_html_text(html, text);
    px_html_print(html, "</th>");
}

void px_html_count(px_html *html, int64_t count) {
    px_html_print(html, "<td>%" PRId64 "</td>", count);
}

void px_html_number(px_html *html, double value, int decimals) {
    if (isfinite(value))
        px_html_print(html, "<td>%s%.*f</td>", value < 0 ? "−" : "", decimals, fabs(value));
    else
        px_html_print(html, DASH);
}

static void print_interval(px_html *html, px_interval e, double scale, int decimals,
                           const char *unit) {
    if (!isfinite(e.value)) {
        px_html_print(html, DASH);
        return;
    }
    px_html_print(html, "<td>%s%.*f%s", e.value < 0 ? "−" : "", decimals, fabs(scale * e.value),
                  unit);
    if (isfinite(e.low) && isfinite(e.high))
        px_html_print(html, " <span class=\"ci\">[%s%.*f, %s%.*f]</span>", e.low < 0 ? "−" : "",
                      decimals, fabs(scale * e.low), e.high < 0 ? "−" : "", decimals,
                      fabs(scale * e.high));
    px_html_print(html, "</td>");
}

void px_html_estimate(px_html *html, px_interval estimate) {
    print_interval(html, estimate, 1, 3, "");
}

void px_html_percent(px_html *html, px_interval estimate) {
    print_interval(html, estimate, 100, 1, " %");
}

void px_html_p(px_html *html, double p) {
    if (isfinite(p) && p < 0.001)
        px_html_print(html, "<td>&lt; 0.001</td>");
    else
        px_html_number(html, p, 3);
}

void px_html_begin_table(px_html *html, const char *name, const char *const *heads, size_t count,
                         size_t n_words) {
    px_html_print(html, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"");
    px_html_text(html, name);
    px_html_print(html, "\">\n<table>\n<caption>");
    px_html_text(html, name);
    px_html_print(html, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < count; i++)
        px_html_print(html, "<th scope=\"col\"%s>%s</th>",
                      i > 0 && i <= n_words ? " class=\"word\"" : "", heads[i]);
    px_html_print(html, "</tr></thead>\n<tbody>\n");
}

void px_html_end_table(px_html *html) {
    px_html_print(html, "</tbody>\n</table>\n</div>\n");
}

void px_html_plural(px_html *html, int64_t count, const char *one, const char *many) {
    px_html_print(html, "%" PRId64 " %s", count, count == 1 ? one : many);
}
