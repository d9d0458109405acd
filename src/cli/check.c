/* Is a text a value that an option takes? */
#include "check.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"

bool px_option_has_range(const px_option *option) {
    return option->least < option->most;
}

const char *px_choice_next(const char **cursor, int *length) {
    const char *start = *cursor;
    if (!start || !*start)
        return NULL;
    size_t n = strcspn(start, "|");
    *length = (int)n;
    *cursor = start + n + (start[n] == '|');
    return start;
}

static bool check_range(const px_option *option, double value, const char *text,
                        const char *subject, px_error *err) {
    if (!px_option_has_range(option) || (value >= option->least && value <= option->most))
        return true;
    return px_fail(err, PX_ERR_USAGE, subject, "%s is not between %.16g and %.16g", text,
                   option->least, option->most);
}

static bool check_int(const px_option *option, const char *text, const char *subject,
                      px_error *err) {
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end || isspace((unsigned char)text[0]))
        return px_fail(err, PX_ERR_USAGE, subject, "\"%s\" is not a whole number", text);
    if (errno == ERANGE)
        return px_fail(err, PX_ERR_USAGE, subject, "%s is too large a number", text);
    return check_range(option, (double)value, text, subject, err);
}

static bool check_real(const px_option *option, const char *text, const char *subject,
                       px_error *err) {
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || isspace((unsigned char)text[0]) || value - value != 0)
        return px_fail(err, PX_ERR_USAGE, subject, "\"%s\" is not a number", text);
    return check_range(option, value, text, subject, err);
}

static bool check_choice(const px_option *option, const char *text, const char *subject,
                         px_error *err) {
    char list[256] = "";
    size_t used = 0;
    const char *cursor = option->choices, *choice;
    for (int n; (choice = px_choice_next(&cursor, &n)) != NULL;) {
        if (strlen(text) == (size_t)n && memcmp(text, choice, (size_t)n) == 0)
            return true;
        if (used < sizeof list)
            used += (size_t)snprintf(list + used, sizeof list - used, "%s%.*s", used ? ", " : "", n,
                                     choice);
    }
    return px_fail(err, PX_ERR_USAGE, subject, "\"%s\" is not one of %s", text, list);
}

static bool check_type(const px_option *option, const char *text, const char *subject,
                       px_error *err) {
    switch (option->type) {
    case PX_OPT_INT:
        return check_int(option, text, subject, err);
    case PX_OPT_REAL:
        return check_real(option, text, subject, err);
    case PX_OPT_CHOICE:
        return check_choice(option, text, subject, err);
    case PX_OPT_FILE:
        return *text ? true : px_fail(err, PX_ERR_USAGE, subject, "the file's name is empty");
    case PX_OPT_FLAG:
    case PX_OPT_TEXT:
        break;
    }
    return true;
}

bool px_option_check(const px_option *option, const char *text, const char *subject,
                     px_error *err) {
    return check_type(option, text, subject, err) &&
           (!option->check || option->check(text, subject, err));
}
