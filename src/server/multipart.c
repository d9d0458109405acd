/* multipart/form-data as a state machine over single bytes, with runs of content passed on whole.
 */
#include "multipart.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../base/error.h"

enum {
    PREAMBLE,
    AFTER_DELIMITER, /* "--" ends the body, white space and a line break start a part */
    AFTER_DASH,
    PADDING,
    AFTER_RETURN,
    HEADERS,
    CONTENT,
    EPILOGUE,
    FAILED
};

static bool malformed(px_error *err, const char *what) {
    return px_fail(err, PX_ERR_INPUT, NULL, "%s", what);
}

static bool is_token(char c) {
    return c > ' ' && c < 0x7f && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* Cut out a quoted value in place, `at` being past its opening quote; NULL when it never closes. */
static char *read_quoted(char *at, char **value) {
    char *to = at;
    *value = to;
    for (; *at != '"'; *to++ = *at++) {
        if (*at == '\\' && (at[1] == '"' || at[1] == '\\'))
            at++;
        if (*at == '\0')
            return NULL;
    }
    *to = '\0';
    return at + 1;
}

/* Cut out the next "; key=value" in place. 1: found, 0: none left, -1: malformed. */
static int next_parameter(char **cursor, char **key, char **value) {
    char *at = *cursor + strspn(*cursor, " \t");
    if (*at == '\0')
        return 0;
    if (*at != ';')
        return -1;
    *at++ = '\0'; /* closes the value before, when that was a bare token */
    *key = at += strspn(at, " \t");
    while (is_token(*at))
        at++;
    if (at == *key || *at != '=')
        return *at == '\0' && at == *key ? 0 : -1;
    *at++ = '\0';
    if (*at == '"') {
        *cursor = read_quoted(at + 1, value);
        return *cursor ? 1 : -1;
    }
    *value = at;
    while (is_token(*at))
        at++;
    *cursor = at;
    return at > *value ? 1 : -1;
}

/* The type before the parameters; its end in `cursor`. */
static bool starts_with_type(char *text, const char *type, char **cursor) {
    size_t size = strlen(type);
    text += strspn(text, " \t");
    *cursor = text + size;
    return strncasecmp(text, type, size) == 0 && !is_token(text[size]);
}

static bool is_boundary(const char *text) {
    size_t size = strlen(text);
    for (const char *c = text; *c; c++)
        if (*c < ' ' || *c >= 0x7f)
            return false;
    return size > 0 && size <= PX_MULTIPART_BOUNDARY && text[size - 1] != ' ';
}

bool px_multipart_init(px_multipart *parser, const char *content_type,
                       const px_multipart_handler *handler, void *context, px_error *err) {
    char text[512], *cursor, *key, *value;
    char boundary[PX_MULTIPART_BOUNDARY + 1] = "";
    if (!content_type || strlen(content_type) >= sizeof text)
        return malformed(err, "no usable Content-Type");
    snprintf(text, sizeof text, "%s", content_type);
    if (!starts_with_type(text, "multipart/form-data", &cursor))
        return malformed(err, "the body is not multipart/form-data");
    int found;
    while ((found = next_parameter(&cursor, &key, &value)) > 0) {
        char ending = *cursor; /* a bare token is not closed yet */
        *cursor = '\0';
        if (strcasecmp(key, "boundary") == 0 && is_boundary(value))
            snprintf(boundary, sizeof boundary, "%s", value);
        *cursor = ending;
    }
    if (found < 0 || boundary[0] == '\0')
        return malformed(err, "the Content-Type has no valid boundary");
    *parser = (px_multipart){.handler = handler, .context = context, .state = PREAMBLE};
    parser->delimiter_size =
        (size_t)snprintf(parser->delimiter, sizeof parser->delimiter, "\r\n--%s", boundary);
    parser->matched = 2; /* the body's first line needs no line break before it */
    return true;
}

static bool emit(px_multipart *parser, const char *bytes, size_t size, px_error *err) {
    if (parser->state == CONTENT)
        return size == 0 || parser->handler->data(parser->context, bytes, size, err);
    parser->preamble += size;
    return parser->preamble <= PX_MULTIPART_PREAMBLE ||
           px_fail(err, PX_ERR_LIMIT, NULL, "no boundary in the first %d bytes",
                   PX_MULTIPART_PREAMBLE);
}

static bool reach_delimiter(px_multipart *parser, px_error *err) {
    bool ended = parser->state == PREAMBLE || parser->handler->end(parser->context, err);
    parser->matched = 0;
    parser->state = AFTER_DELIMITER;
    return ended;
}

/* Pass content on up to a carriage return, then compare with the delimiter. That has no other
 * carriage return, so after a mismatch only the byte at hand can start it anew. */
static const char *scan(px_multipart *parser, const char *at, const char *end, px_error *err) {
    if (parser->matched == 0) {
        const char *found = memchr(at, '\r', (size_t)(end - at));
        if (!emit(parser, at, (size_t)((found ? found : end) - at), err))
            return NULL;
        parser->matched = found ? 1 : 0;
        return found ? found + 1 : end;
    }
    if (*at == parser->delimiter[parser->matched]) {
        if (++parser->matched == parser->delimiter_size && !reach_delimiter(parser, err))
            return NULL;
        return at + 1;
    }
    size_t held = parser->matched;
    parser->matched = 0;
    return emit(parser, parser->delimiter, held, err) ? at : NULL;
}

/* "form-data; name=…; filename=…" */
static bool read_disposition(char *text, char **name, char **filename) {
    char *cursor, *key, *value;
    if (!starts_with_type(text, "form-data", &cursor))
        return false;
    char *name_end = NULL, *filename_end = NULL;
    int found;
    while ((found = next_parameter(&cursor, &key, &value)) > 0) {
        if (strcasecmp(key, "name") == 0) {
            *name = value;
            name_end = cursor;
        } else if (strcasecmp(key, "filename") == 0) {
            *filename = value;
            filename_end = cursor;
        }
    }
    if (name_end)
        *name_end = '\0';
    if (filename_end)
        *filename_end = '\0';
    return found == 0 && *name;
}

static bool begin_part(px_multipart *parser, px_error *err) {
    static const char wanted[] = "content-disposition:";
    char *name = NULL, *filename = NULL, *next;
    parser->headers[parser->headers_size] = '\0';
    if (strlen(parser->headers) != parser->headers_size)
        return malformed(err, "a part's headers contain a zero byte");
    for (char *line = parser->headers; *line; line = next) {
        char *line_end = strstr(line, "\r\n");
        next = line_end + 2;
        *line_end = '\0';
        if (strncasecmp(line, wanted, sizeof wanted - 1) == 0 && !name &&
            !read_disposition(line + sizeof wanted - 1, &name, &filename))
            return malformed(err, "a part's Content-Disposition is not form-data with a name");
    }
    if (!name)
        return malformed(err, "a part has no Content-Disposition");
    parser->state = CONTENT;
    return parser->handler->begin(parser->context, name, filename, err);
}

static bool headers_complete(const px_multipart *parser) {
    size_t size = parser->headers_size;
    const char *last = parser->headers + size;
    return (size == 2 && memcmp(last - 2, "\r\n", 2) == 0) ||
           (size >= 4 && memcmp(last - 4, "\r\n\r\n", 4) == 0);
}

static bool add_header_byte(px_multipart *parser, char byte, px_error *err) {
    if (parser->headers_size == PX_MULTIPART_HEADERS)
        return px_fail(err, PX_ERR_LIMIT, NULL, "a part's headers are longer than %d bytes",
                       PX_MULTIPART_HEADERS);
    parser->headers[parser->headers_size++] = byte;
    return !headers_complete(parser) || begin_part(parser, err);
}

static bool start_headers(px_multipart *parser, px_error *err) {
    if (++parser->parts > PX_MULTIPART_PARTS)
        return px_fail(err, PX_ERR_LIMIT, NULL, "more than %d parts", PX_MULTIPART_PARTS);
    parser->headers_size = 0;
    parser->state = HEADERS;
    return true;
}

/* The rest of a delimiter's line. */
static bool step_delimiter(px_multipart *parser, char byte, px_error *err) {
    int state = parser->state;
    bool blank = byte == ' ' || byte == '\t';
    if (state == AFTER_RETURN)
        return byte == '\n' ? start_headers(parser, err)
                            : malformed(err, "a boundary's line does not end as it should");
    if (state == AFTER_DASH && byte == '-')
        parser->state = EPILOGUE;
    else if (state == AFTER_DELIMITER && byte == '-')
        parser->state = AFTER_DASH;
    else if (state != AFTER_DASH && blank)
        parser->state = PADDING;
    else if (state != AFTER_DASH && byte == '\r')
        parser->state = AFTER_RETURN;
    else
        return malformed(err, "a boundary is followed by something else than a line break");
    return true;
}

static const char *step(px_multipart *parser, const char *at, const char *end, px_error *err) {
    switch (parser->state) {
    case PREAMBLE:
    case CONTENT:
        return scan(parser, at, end, err);
    case HEADERS:
        return add_header_byte(parser, *at, err) ? at + 1 : NULL;
    case EPILOGUE:
        return end;
    case FAILED:
        malformed(err, "the body is malformed");
        return NULL;
    default:
        return step_delimiter(parser, *at, err) ? at + 1 : NULL;
    }
}

bool px_multipart_feed(px_multipart *parser, const void *bytes, size_t size, px_error *err) {
    const char *at = bytes, *end = at + size;
    while (at < end) {
        at = step(parser, at, end, err);
        if (!at) {
            parser->state = FAILED;
            return false;
        }
    }
    return true;
}

bool px_multipart_finish(px_multipart *parser, px_error *err) {
    return parser->state == EPILOGUE || malformed(err, "the body ends before its last boundary");
}
