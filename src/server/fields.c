/* URL decoding (WHATWG URL, 5.1) and JSON members. */
#include "fields.h"

#include <stdlib.h>
#include <string.h>

#include "../base/buffer.h"
#include "../base/error.h"

bool px_fields_add(json_t *fields, const char *name, const char *text, size_t size, px_error *err) {
    json_t *value = json_stringn(size > 0 ? text : "", size); /* an empty one may be NULL */
    if (!value)
        return px_fail(err, PX_ERR_INPUT, name, "not valid UTF-8");
    return json_object_set_new(fields, name, value) == 0 ||
           px_fail(err, PX_ERR_INPUT, NULL, "a field's name is not valid UTF-8");
}

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

/* Decode into `out`, which is emptied before and closed by a zero byte. */
static bool decode(const char *at, const char *end, px_buffer *out, px_error *err) {
    out->size = 0;
    while (at < end) {
        char c = next_byte(&at, end);
        if (!px_buffer_append(out, &c, 1, err))
            return false;
    }
    return px_buffer_print(out, err, "%s", "");
}

/* "name=value" or "name". */
static bool add_pair(json_t *fields, const char *at, const char *end, px_buffer *name,
                     px_buffer *value, px_error *err) {
    const char *equals = memchr(at, '=', (size_t)(end - at));
    if (!decode(at, equals ? equals : end, name, err) ||
        !decode(equals ? equals + 1 : end, end, value, err))
        return false;
    if (strlen((const char *)name->data) != name->size)
        return px_fail(err, PX_ERR_INPUT, NULL, "a field's name has a zero byte");
    return px_fields_add(fields, (const char *)name->data, (const char *)value->data, value->size,
                         err);
}

json_t *px_fields_from_form(const char *body, size_t size, px_error *err) {
    px_buffer name, value;
    px_buffer_init(&name, size);
    px_buffer_init(&value, size);
    json_t *fields = json_object();
    bool ok = fields || px_fail_memory(err);
    for (const char *at = body, *end = body + size; ok && at < end;) {
        const char *stop = memchr(at, '&', (size_t)(end - at));
        stop = stop ? stop : end;
        ok = stop == at || add_pair(fields, at, stop, &name, &value, err);
        at = stop < end ? stop + 1 : end;
    }
    px_buffer_clear(&name);
    px_buffer_clear(&value);
    if (ok)
        return fields;
    json_decref(fields);
    return NULL;
}

json_t *px_fields_from_json(const char *body, size_t size, px_error *err) {
    json_error_t problem;
    json_t *object = json_loadb(body, size, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &problem);
    if (json_is_object(object))
        return object;
    px_fail(err, PX_ERR_INPUT, NULL, "%s",
            object            ? "not an object"
            : problem.text[0] ? problem.text
                              : "not JSON");
    json_decref(object);
    return NULL;
}
