/* Is markup well formed? */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "well_formed.h"

enum { DEEPEST = 64, NAME = 24 };

static void expect_reference(const char *c) {
    static const char *const known[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strncmp(c, known[i], strlen(known[i])) == 0)
            return;
    fail_msg("a bare & in: %.60s", c);
}

/* The > that ends the tag. */
static const char *end_of_tag(const char *tag) {
    bool quoted = false;
    const char *end = tag + 1;
    for (; *end && (quoted || *end != '>'); end++) {
        quoted ^= *end == '"';
        if (*end == '<')
            fail_msg("a bare < in: %.60s", tag);
    }
    if (!*end)
        fail_msg("no end of: %.60s", tag);
    return end;
}

static bool is_alone(const char *name, const char *end) {
    return *name == '?' || *name == '!' || end[-1] == '/' || strncmp(name, "meta ", 5) == 0;
}

void expect_well_formed(const char *text) {
    char open[DEEPEST][NAME];
    int depth = 0, elements = 0;
    for (const char *c = text; *c; c++) {
        if (*c == '&')
            expect_reference(c);
        if (*c != '<')
            continue;
        const char *name = c + 1 + (c[1] == '/'), *end = end_of_tag(c);
        size_t length = strcspn(name, " />\n");
        assert_in_range(length, 1, NAME - 1);
        if (c[1] == '/') {
            if (depth == 0 || strncmp(open[depth - 1], name, length) != 0 ||
                open[depth - 1][length] != '\0')
                fail_msg("<%s> ends as: %.60s", depth ? open[depth - 1] : "", c);
            depth--;
        } else if (!is_alone(name, end)) {
            assert_in_range(depth, 0, DEEPEST - 1);
            snprintf(open[depth++], NAME, "%.*s", (int)length, name);
        }
        elements++;
        c = end;
    }
    if (depth != 0)
        fail_msg("<%s> does not end", open[depth - 1]);
    assert_true(elements > 1);
}
