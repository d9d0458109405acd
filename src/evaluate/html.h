/* Writing a report as a page of HTML: words are escaped, the first failure is kept and told at the
 * end. */
#ifndef PX_EVALUATE_HTML_H
#define PX_EVALUATE_HTML_H

#include "../base/buffer.h"
#include "evaluation.h"

typedef struct px_html {
    px_buffer out;
    px_error error; /**< the first failure */
} px_html;

void px_html_init(px_html *html, size_t cap);
void px_html_clear(px_html *html);

/** Markup and numbers, never words from outside. */
void px_html_print(px_html *html, const char *format, ...) PX_PRINTF(2, 3);
/** Words, escaped. NULL writes nothing. */
void px_html_text(px_html *html, const char *text);

/**
 * Begin a page and its header, which stays open for what follows the heading.
 *
 * @param kind    "evaluation": what the report is on.
 * @param title   words: the heading. NULL writes none.
 * @param notice  words to be seen first; NULL: none.
 */
void px_html_begin_page(px_html *html, const char *kind, const char *title, const char *notice);
/** Words that nobody should miss; NULL writes nothing. */
void px_html_notice(px_html *html, const char *text);
/** An entry of the table of contents. @param name  words. */
void px_html_link(px_html *html, const char *id, const char *name);
/** End main part and page. @param program  words; `more`: markup after the usual ones. */
void px_html_end_page(px_html *html, const char *program, const char *more);
/** Append the whole page, or tell what went wrong; `out` then holds what it held. */
bool px_html_finish(const px_html *html, px_buffer *out, px_error *err);

/** Cells of a table. Figures that are not known are dashes; intervals stand below their figure. */
void px_html_row_head(px_html *html, const char *text);
void px_html_count(px_html *html, int64_t count);
void px_html_number(px_html *html, double value, int decimals);
/** With three decimals. */
void px_html_estimate(px_html *html, px_interval estimate);
/** In per cent, with one decimal. */
void px_html_percent(px_html *html, px_interval estimate);
/** A p value: "0.021", "< 0.001". */
void px_html_p(px_html *html, double p);

/** Begin a table that may be wider than a phone: `heads` are the columns' heads, as markup; the
 *  first column is that of the rows' heads, the `n_words` after it hold words, the others numbers.
 *  `name` tells which table it is. */
void px_html_begin_table(px_html *html, const char *name, const char *const *heads, size_t count,
                         size_t n_words);
void px_html_end_table(px_html *html);

/** "1 image", "2 images" */
void px_html_plural(px_html *html, int64_t count, const char *one, const char *many);

#endif
