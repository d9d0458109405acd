/* What a report's page must hold, and must not. */
#ifndef TESTS_REPORT_PAGE_H
#define TESTS_REPORT_PAGE_H

/** How often a part is in a text. */
int count_of(const char *text, const char *part);
/** Fail unless the page holds a part; unless it does not. */
void expect_text(const char *page, const char *part);
void expect_no_text(const char *page, const char *part);

/** Fail unless it is what every report is: well formed, one file without scripts, for light and
 *  dark screens and paper, with names for tables and figures, and without numbers that are none. */
void expect_sound_page(const char *page);

#endif
