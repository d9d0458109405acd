/* What a report's page must hold, and must not. */
#include "report_page.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "well_formed.h"

int count_of(const char *text, const char *part) {
    int count = 0;
    for (const char *c = text; (c = strstr(c, part)); c += strlen(part))
        count++;
    return count;
}

void expect_text(const char *page, const char *part) {
    if (!strstr(page, part))
        fail_msg("the page does not hold: %s", part);
}

void expect_no_text(const char *page, const char *part) {
    const char *at = strstr(page, part);
    if (at)
        fail_msg("the page holds: %.80s", at);
}

void expect_sound_page(const char *page) {
    expect_well_formed(page);
    expect_no_text(page, "<script");
    expect_no_text(page, "://");
    expect_no_text(page, "url(");
    expect_no_text(page, " src=");
    expect_no_text(page, ">nan");
    expect_no_text(page, "nan ");
    expect_no_text(page, "inf ");
    expect_no_text(page, "(null)");
    assert_int_equal(count_of(page, "<h1>"), 1);
    assert_int_equal(count_of(page, "<th>"), 0); /* each has a scope */
    assert_int_equal(count_of(page, "<table>"), count_of(page, "<caption>"));
    assert_int_equal(count_of(page, "<figure>"), count_of(page, "<figcaption>"));
    expect_text(page, "<html lang=\"en\">");
    expect_text(page, "name=\"viewport\"");
    expect_text(page, "prefers-color-scheme:dark");
    expect_text(page, "@page{size:A4");
    expect_text(page, "not a medical device");
}
