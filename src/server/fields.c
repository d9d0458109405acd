/* URL decoding (WHATWG URL, 5.1) and JSON members. */
#include "fields.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"

static int hex_digit(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One decoded byte; `at` moves on. A % without two digits stands for itself. */
static char next_byte(const char **at, const char *end) {
    char c = *(*at)++;
    if (c == '+')
        return ' ';
    if (c != '%' || end - *at < 2 || hex_digit((*at)[0]) < 0 || hex_digit((*at)[1]) < 0)
        return c;
    c = (char)(hex_digit((*at)[0]) << 4 | hex_digit((*at)[1]));
    *at += 2;
    return c;
}

static bool is_named(const char *at, const char *end, const char *name) {
    while (at < end && *name)
        if (next_byte(&at, end) != *name++)
            return false;
    return at == end && *name == '\0';
}

static bool append_decoded(px_buffer *value, const char *at, const char *end, px_error *err) {
    while (at < end) {
        char c = next_byte(&at, end);
        if (!px_buffer_append(value, &c, 1, err))
            return false;
    }
    return true;
}

bool px_fields_find_form(const char *body, size_t size, const char *name, px_buffer *value,
                         bool *found, px_error *err) {
    *found = false;
    for (const char *at = body, *end = body + size; at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop ? stop : end;
        const char *equals = memchr(at, '=', (size_t)(stop - at));
        if (is_named(at, equals ? equals : stop, name)) {
            *found = true;
            px_buffer_clear(value);
            if (equals && !append_decoded(value, equals + 1, stop, err))
                return false;
        }
        at = stop < end ? stop + 1 : end;
    }
    return true;
}

static bool append_json(px_buffer *value, const json_t *member, px_error *err) {
    if (json_is_string(member))
        return px_buffer_append(value, json_string_value(member), json_string_length(member), err);
    char *text = json_dumps(member, JSON_COMPACT | JSON_ENCODE_ANY);
    bool ok = text ? px_buffer_append(value, text, strlen(text), err) : px_fail_memory(err);
    free(text);
    return ok;
}

bool px_fields_find_json(const char *body, size_t size, const char *name, px_buffer *value,
                         bool *found, px_error *err) {
    json_error_t problem;
    json_t *object = json_loadb(body, size, JSON_ALLOW_NUL, &problem);
    bool ok = json_is_object(object);
    if (!ok)
        px_fail(err, PX_ERR_INPUT, NULL, "%s",
                object            ? "not an object"
                : problem.text[0] ? problem.text
                                  : "not JSON");
    const json_t *member = ok ? json_object_get(object, name) : NULL;
    *found = member != NULL;
    ok = ok && (!member || append_json(value, member, err));
    json_decref(object);
    return ok;
}
