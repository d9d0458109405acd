/* Bodies and queries of the new interface, field by field. */
#include "v1_fields.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/text.h"
#include "handlers.h"
#include "times.h"

static bool is_known(const char *name, const char *const *known) {
    for (; *known; known++)
        if (strcmp(*known, name) == 0)
            return true;
    return false;
}

/* A name from outside is shown as far as it is one. */
void px_v1_refuse_unknown(px_v1_fields *fields, const char *const *known) {
    const char *name;
    json_t *value;
    char shown[65];
    json_object_foreach(fields->request->body.fields, name, value) {
        if (is_known(name, known))
            continue;
        bool short_enough = strlen(name) < sizeof shown && px_text_is_plain(name);
        snprintf(shown, sizeof shown, "%s", short_enough ? name : "?");
        px_v1_refuse(fields, shown, "There is no such field.");
    }
}

/* The fields of a form are all texts: this interface has types. */
static bool body_is_usable(const px_request *request, px_reply *reply) {
    px_body_kind kind = request->body.kind;
    if (kind == PX_BODY_JSON || kind == PX_BODY_NONE)
        return px_check_body(request, reply);
    px_reply_fail(reply, request, 415, "Send the fields as application/json.");
    return false;
}

bool px_v1_begin(px_v1_fields *fields, const px_request *request, const char *const *known,
                 px_reply *reply) {
    if (known && !body_is_usable(request, reply))
        return false;
    *fields = (px_v1_fields){.request = request, .errors = json_array()};
    if (known)
        px_v1_refuse_unknown(fields, known);
    return true;
}

bool px_v1_end(px_v1_fields *fields, px_reply *reply) {
    json_t *errors = fields->errors;
    fields->errors = NULL;
    bool ok = errors && json_array_size(errors) == 0;
    if (ok)
        json_decref(errors);
    else
        px_reply_take_errors(reply, fields->request, errors);
    return ok;
}

void px_v1_refuse(px_v1_fields *fields, const char *field, const char *format, ...) {
    char message[200];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    px_errors_add(fields->errors, field, message);
}

static const json_t *value_of(const px_v1_fields *fields, const char *field) {
    return json_object_get(fields->request->body.fields, field);
}

bool px_v1_has(const px_v1_fields *fields, const char *field) {
    return value_of(fields, field) != NULL;
}

const char *px_v1_text(px_v1_fields *fields, const char *field, bool required, size_t least,
                       size_t most) {
    const char *text = px_body_text(&fields->request->body, field);
    size_t size = text ? px_text_length(text) : 0;
    if (!px_v1_has(fields, field)) {
        if (required)
            px_v1_refuse(fields, field, "Required.");
    } else if (!text || !px_text_is_plain(text)) {
        px_v1_refuse(fields, field, "Must be a text without control characters.");
    } else if (size < least || size > most) {
        px_v1_refuse(fields, field, "Must have %zu to %zu characters.", least, most);
    } else {
        return text;
    }
    return NULL;
}

const char *px_v1_lines(px_v1_fields *fields, const char *field, size_t most) {
    const char *text = px_body_text(&fields->request->body, field);
    if (!px_v1_has(fields, field))
        return NULL;
    if (text && px_text_is_lines(text) && px_text_length(text) <= most)
        return text;
    px_v1_refuse(fields, field, "Must be a text of at most %zu characters.", most);
    return NULL;
}

const char *px_v1_secret(px_v1_fields *fields, const char *field) {
    const char *text = px_body_text(&fields->request->body, field);
    if (text && *text)
        return text;
    px_v1_refuse(fields, field, px_v1_has(fields, field) ? "Must be a text." : "Required.");
    return NULL;
}

int px_v1_choice(px_v1_fields *fields, const char *field, const char *const *choices) {
    const char *text = px_body_text(&fields->request->body, field);
    for (int i = 0; text && choices[i]; i++)
        if (strcmp(choices[i], text) == 0)
            return i;
    char list[120] = "";
    for (int i = 0; choices[i]; i++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", i > 0 ? ", " : "", choices[i]);
    }
    if (px_v1_has(fields, field))
        px_v1_refuse(fields, field, "Must be one of: %s.", list);
    return -1;
}

void px_v1_bool(px_v1_fields *fields, const char *field, bool *value) {
    const json_t *given = value_of(fields, field);
    if (given && !json_is_boolean(given))
        px_v1_refuse(fields, field, "Must be true or false.");
    else if (given)
        *value = json_is_true(given);
}

void px_v1_int(px_v1_fields *fields, const char *field, int least, int most, int *value) {
    const json_t *given = value_of(fields, field);
    if (!given || json_is_null(given))
        return;
    json_int_t number = json_is_integer(given) ? json_integer_value(given) : (json_int_t)least - 1;
    if (number < least || number > most)
        px_v1_refuse(fields, field, "Must be an integer from %d to %d.", least, most);
    else
        *value = (int)number;
}

void px_v1_time(px_v1_fields *fields, const char *field, int64_t *time) {
    const json_t *given = value_of(fields, field);
    const char *text = px_body_text(&fields->request->body, field);
    if (given && !json_is_null(given) && (!text || !px_time_parse(text, time)))
        px_v1_refuse(fields, field, "Must be a time, as 2026-11-23T08:31:12Z.");
}

const char *px_v1_search_text(px_v1_fields *fields, const char *text, size_t most) {
    size_t size = text && px_text_is_utf8(text) ? px_text_length(text) : 0;
    if (!text || (size >= 1 && size <= most))
        return text;
    px_v1_refuse(fields, "text", "Must have 1 to %zu characters.", most);
    return NULL;
}

/* A number in the query; `usual` when it is missing. */
static int64_t query_number(px_v1_fields *fields, const char *name, int64_t least, int64_t most,
                            int64_t usual) {
    const char *text = px_request_query(fields->request, name);
    if (!text)
        return usual;
    size_t digits = strspn(text, "0123456789");
    int64_t number =
        digits > 0 && digits <= 18 && text[digits] == '\0' ? strtoll(text, NULL, 10) : least - 1;
    if (number >= least && number <= most)
        return number;
    px_v1_refuse(fields, name, "Must be an integer from %lld to %lld.", (long long)least,
                 (long long)most);
    return usual;
}

int px_v1_page_size(px_v1_fields *fields) {
    return (int)query_number(fields, "limit", 1, PX_V1_PAGE_MOST, PX_V1_PAGE_USUAL);
}

int64_t px_v1_page_start(px_v1_fields *fields) {
    const char *text = px_request_query(fields->request, "cursor");
    size_t digits = text ? strspn(text, "0123456789") : 0;
    if (!text)
        return 0;
    if (digits > 0 && digits <= 18 && text[digits] == '\0')
        return strtoll(text, NULL, 10);
    px_v1_refuse(fields, "cursor", "Must be what the page before had as next.");
    return 0;
}

bool px_v1_read_page(const px_request *request, int64_t *after, int *size, px_reply *reply) {
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, NULL, reply))
        return false;
    *after = px_v1_page_start(&fields);
    *size = px_v1_page_size(&fields);
    return px_v1_end(&fields, reply);
}

json_t *px_v1_cursor(int64_t number, bool more) {
    return more ? json_sprintf("%lld", (long long)number) : json_null();
}
