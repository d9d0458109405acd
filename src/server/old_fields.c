/* Django REST Framework 3.11's parsers and CharField (rest_framework/fields.py). */
#include "old_fields.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../base/text.h"
#include "handlers.h"
#include "python_json.h"

/* ---- Bodies ---- */

/* What Python calls the type of a JSON value that is no object. */
static const char *name_type(const json_t *value) {
    switch (json_typeof(value)) {
    case JSON_ARRAY:
        return "list";
    case JSON_STRING:
        return "str";
    case JSON_INTEGER:
        return "int";
    case JSON_REAL:
        return "float";
    default:
        return "bool";
    }
}

/* JSON, but no object. */
static bool refuse_other_json(const px_body *body, px_reply *reply) {
    json_t *value = json_loadb((const char *)body->text.data, body->text.size,
                               JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    bool other = value && !json_is_object(value);
    char sentence[80] = "No data provided";
    if (other && !json_is_null(value))
        snprintf(sentence, sizeof sentence, "Invalid data. Expected a dictionary, but got %s.",
                 name_type(value));
    if (other)
        px_reply_take_json(reply, 400, json_pack("{s:[s]}", "non_field_errors", sentence));
    json_decref(value);
    return other;
}

/* UTF-8, but no JSON: in Python's words. */
static bool refuse_no_json(const px_request *request, px_reply *reply) {
    const char *text = (const char *)request->body.text.data;
    size_t size = request->body.text.size;
    char problem[PX_PYTHON_JSON_SIZE];
    json_t *decoded = json_stringn(text, size);
    bool refused = decoded && px_python_json_problem(text, size, problem);
    if (refused)
        px_reply_fail(reply, request, 400, "JSON parse error - %s", problem);
    json_decref(decoded);
    return refused;
}

static bool refuse_json(const px_request *request, px_reply *reply) {
    const px_body *body = &request->body;
    return body->kind == PX_BODY_JSON && body->error.code == PX_ERR_INPUT &&
           (refuse_other_json(body, reply) || refuse_no_json(request, reply));
}

bool px_old_begin(px_old_fields *fields, const px_request *request, px_reply *reply) {
    if (refuse_json(request, reply) || !px_check_body(request, reply))
        return false;
    *fields = (px_old_fields){.request = request, .errors = json_object()};
    return true;
}

bool px_old_end(px_old_fields *fields, px_reply *reply) {
    json_t *errors = fields->errors;
    fields->errors = NULL;
    bool ok = errors && json_object_size(errors) == 0;
    if (ok)
        json_decref(errors);
    else
        px_reply_take_json(reply, 400, errors);
    return ok;
}

void px_old_refuse(px_old_fields *fields, const char *field, const char *message) {
    json_t *messages = json_object_get(fields->errors, field);
    if (messages)
        json_array_append_new(messages, json_string(message));
    else
        json_object_set_new(fields->errors, field, json_pack("[s]", message));
}

/* ---- Texts ---- */

/* Python's repr of a float: the shortest digits that read back as it, and an exponent below 1e-4
 * and from 1e16 on. */
static char *print_real(double value) {
    char digits[40];
    int precision = 0;
    do
        snprintf(digits, sizeof digits, "%.*e", precision++, value);
    while (strtod(digits, NULL) != value);
    int exponent = (int)strtol(strchr(digits, 'e') + 1, NULL, 10);
    if (exponent < -4 || exponent >= 16)
        return px_strdup(digits, NULL);
    int decimals = precision - 1 - exponent;
    return px_format(NULL, "%.*f", decimals > 1 ? decimals : 1, value);
}

/* Bytes of the white space (Python's str.isspace) at a place; 0: none. */
static size_t space_at(const char *text) {
    static const char *const wide[] = {"\xc2\x85", "\xc2\xa0", "\u1680", "\u2000", "\u2001",
                                       "\u2002",   "\u2003",   "\u2004", "\u2005", "\u2006",
                                       "\u2007",   "\u2008",   "\u2009", "\u200a", "\u2028",
                                       "\u2029",   "\u202f",   "\u205f", "\u3000"};
    if (*text != '\0' && strchr(" \t\n\v\f\r\x1c\x1d\x1e\x1f", *text))
        return 1;
    for (size_t i = 0; i < sizeof wide / sizeof *wide; i++)
        if (strncmp(text, wide[i], strlen(wide[i])) == 0)
            return strlen(wide[i]);
    return 0;
}

/* Python's str.strip. */
static void trim(char *text) {
    char *start = text;
    for (size_t size; (size = space_at(start)) > 0;)
        start += size;
    char *end = start; /* behind the last character that is no space */
    for (char *at = start; *at;) {
        size_t size = space_at(at);
        at += size > 0 ? size : 1;
        end = size > 0 ? end : at;
    }
    memmove(text, start, (size_t)(end - start));
    text[end - start] = '\0';
}

static char *to_text(const json_t *value) {
    if (json_is_integer(value))
        return px_format(NULL, "%lld", (long long)json_integer_value(value));
    if (json_is_real(value))
        return print_real(json_real_value(value));
    return px_strdup(json_string_value(value), NULL);
}

/* What is wrong before anything is made of it. */
static const char *type_problem(const json_t *value) {
    if (!value)
        return "This field is required.";
    if (json_is_null(value))
        return "This field may not be null.";
    if (!json_is_string(value) && !json_is_number(value))
        return "Not a valid string.";
    if (json_is_string(value) && strlen(json_string_value(value)) != json_string_length(value))
        return "Null characters are not allowed.";
    return NULL;
}

char *px_old_text(px_old_fields *fields, const char *field, bool trimmed, size_t most) {
    const json_t *value = json_object_get(fields->request->body.fields, field);
    const char *problem = type_problem(value);
    char *text = problem ? NULL : to_text(value);
    char too_long[80];
    if (!problem && !text)
        problem = "Not a valid string.";
    if (text && trimmed)
        trim(text);
    if (text && *text == '\0')
        problem = "This field may not be blank.";
    snprintf(too_long, sizeof too_long, "Ensure this field has no more than %zu characters.", most);
    if (text && most > 0 && px_text_length(text) > most)
        problem = too_long;
    if (!problem)
        return text;
    px_old_refuse(fields, field, problem);
    free(text);
    return NULL;
}
