/* Typed members of JSON objects, with errors that name the member and what it may be. */
#include "json_fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "error.h"
#include "memory.h"
#include "text.h"

static json_t *get(const json_t *object, const char *key, const char *subject, px_error *err) {
    json_t *value = json_object_get(object, key);
    if (!value)
        px_fail(err, PX_ERR_INPUT, subject, "\"%s\" is missing", key);
    return value;
}

static bool refuse(const char *key, const char *subject, const char *what, px_error *err) {
    return px_fail(err, PX_ERR_INPUT, subject, "\"%s\" is not %s", key, what);
}

json_t *px_json_object(const json_t *object, const char *key, const char *subject, px_error *err) {
    json_t *value = get(object, key, subject, err);
    if (!value || json_is_object(value))
        return value;
    refuse(key, subject, "an object", err);
    return NULL;
}

json_t *px_json_array(const json_t *object, const char *key, const char *subject, px_error *err) {
    json_t *value = get(object, key, subject, err);
    if (!value || json_is_array(value))
        return value;
    refuse(key, subject, "an array", err);
    return NULL;
}

const char *px_json_text(const json_t *object, const char *key, const char *subject,
                         px_error *err) {
    json_t *value = get(object, key, subject, err);
    const char *text = json_string_value(value);
    if (!value || (text && px_text_is_plain(text)))
        return text;
    refuse(key, subject, "a plain text", err);
    return NULL;
}

bool px_json_bool(const json_t *object, const char *key, const char *subject, bool *value,
                  px_error *err) {
    json_t *item = get(object, key, subject, err);
    if (!item)
        return false;
    if (!json_is_boolean(item))
        return refuse(key, subject, "true or false", err);
    *value = json_is_true(item);
    return true;
}

static bool to_int(const json_t *item, const char *key, const char *subject, int least, int most,
                   int *value, px_error *err) {
    json_int_t number = json_integer_value(item);
    if (!json_is_integer(item) || number < least || number > most)
        return px_fail(err, PX_ERR_INPUT, subject, "\"%s\" is not a whole number from %d to %d",
                       key, least, most);
    *value = (int)number;
    return true;
}

static bool to_float(const json_t *item, const char *key, const char *subject, float *value,
                     px_error *err) {
    double number = json_number_value(item);
    if (!json_is_number(item) || !isfinite((float)number))
        return refuse(key, subject, "a number", err);
    *value = (float)number;
    return true;
}

bool px_json_int(const json_t *object, const char *key, const char *subject, int least, int most,
                 int *value, px_error *err) {
    json_t *item = get(object, key, subject, err);
    return item && to_int(item, key, subject, least, most, value, err);
}

bool px_json_float(const json_t *object, const char *key, const char *subject, float *value,
                   px_error *err) {
    json_t *item = get(object, key, subject, err);
    return item && to_float(item, key, subject, value, err);
}

static json_t *get_array_of(const json_t *object, const char *key, const char *subject, int count,
                            px_error *err) {
    json_t *array = px_json_array(object, key, subject, err);
    if (!array || json_array_size(array) == (size_t)count)
        return array;
    px_fail(err, PX_ERR_INPUT, subject, "\"%s\" has %zu items, not %d", key, json_array_size(array),
            count);
    return NULL;
}

bool px_json_ints(const json_t *object, const char *key, const char *subject, int least, int most,
                  int count, int *values, px_error *err) {
    json_t *array = get_array_of(object, key, subject, count, err);
    bool ok = array != NULL;
    int ignored;
    for (int i = 0; ok && i < count; i++)
        ok = to_int(json_array_get(array, (size_t)i), key, subject, least, most, &ignored, err);
    for (int i = 0; ok && i < count; i++)
        values[i] = (int)json_integer_value(json_array_get(array, (size_t)i));
    return ok;
}

bool px_json_floats(const json_t *object, const char *key, const char *subject, int count,
                    float *values, px_error *err) {
    json_t *array = get_array_of(object, key, subject, count, err);
    bool ok = array != NULL;
    float ignored;
    for (int i = 0; ok && i < count; i++)
        ok = to_float(json_array_get(array, (size_t)i), key, subject, &ignored, err);
    for (int i = 0; ok && i < count; i++)
        values[i] = (float)json_number_value(json_array_get(array, (size_t)i));
    return ok;
}

json_t *px_json_from_float(float value) {
    char text[32];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, (double)value);
        if (strtof(text, NULL) == value)
            break;
    }
    return json_real(strtod(text, NULL)); /* NULL for infinity and NaN */
}

json_t *px_json_keep_if(json_t *json, bool complete) {
    if (complete)
        return json;
    json_decref(json);
    return NULL;
}

static char *dump(const json_t *json, size_t layout, px_error *err) {
    const size_t flags = layout | JSON_ENCODE_ANY | JSON_REAL_PRECISION(15);
    const size_t size = json_dumpb(json, NULL, 0, flags);
    char *text = size ? px_alloc(size + 1, 1, err) : NULL;
    if (text && json_dumpb(json, text, size, flags) == size)
        return text;
    px_fail_memory(err);
    free(text);
    return NULL;
}

char *px_json_dump(const json_t *json, px_error *err) {
    return dump(json, JSON_COMPACT, err);
}

char *px_json_dump_lines(const json_t *json, px_error *err) {
    return dump(json, JSON_INDENT(2), err);
}

char *px_json_dump_sorted(const json_t *json, px_error *err) {
    return dump(json, JSON_COMPACT | JSON_SORT_KEYS, err);
}
