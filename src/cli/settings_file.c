/* Splits a configuration file into lines, and those into names and values. */
#include "settings_file.h"

#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/text.h"

#define WHITE " \t\r"

static bool fail_line(const char *file, int line, const char *message, px_error *err) {
    char subject[256];
    snprintf(subject, sizeof subject, "%s:%d", file, line);
    return px_fail(err, PX_ERR_USAGE, subject, "%s", message);
}

static void cut_white_end(char *text, size_t size) {
    while (size > 0 && strchr(WHITE, text[size - 1]))
        size--;
    text[size] = '\0';
}

/* `text` is one line without white space around it, and no comment. */
static bool read_line(const char *file, int line, char *text, px_setting_visitor visit,
                      void *context, px_error *err) {
    size_t name = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-_");
    char *equals = text + name + strspn(text + name, WHITE);
    if (name == 0 || *equals != '=')
        return fail_line(file, line, "not of the form \"name = value\"", err);
    char *value = equals + 1 + strspn(equals + 1, WHITE);
    text[name] = '\0';
    if (!px_text_is_plain(value))
        return fail_line(file, line, "control characters are in the value", err);
    if (!*value)
        return fail_line(file, line, "the value is missing", err);
    return visit(context, text, value, line, err);
}

bool px_settings_parse(const char *file, const char *text, size_t size, px_setting_visitor visit,
                       void *context, px_error *err) {
    char copy[PX_SETTINGS_LINE + 1];
    int line = 1;
    for (size_t at = 0; at < size; line++) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t length = end ? (size_t)(end - text) - at : size - at;
        if (length > PX_SETTINGS_LINE)
            return fail_line(file, line, "the line is too long", err);
        if (memchr(text + at, '\0', length))
            return fail_line(file, line, "a zero byte is in it: not a text file", err);
        memcpy(copy, text + at, length);
        cut_white_end(copy, length);
        char *start = copy + strspn(copy, WHITE);
        if (*start && *start != '#' && !read_line(file, line, start, visit, context, err))
            return false;
        at += length + 1;
    }
    return true;
}
