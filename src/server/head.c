/* The rules of RFC 9110 and 9112 that libmicrohttpd leaves to others. */
#include "head.h"

#include <string.h>
#include <strings.h>

const px_header *px_head_find(const px_head *head, const char *name, int n) {
    size_t size = strlen(name);
    for (int i = 0; i < head->n_headers && i < PX_HEAD_HEADERS; i++) {
        const px_header *header = &head->headers[i];
        if (header->name_size == size && strncasecmp(header->name, name, size) == 0 && n-- == 0)
            return header;
    }
    return NULL;
}

static bool is_token(const char *text, size_t size) {
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < size; i++) {
        unsigned char c = (unsigned char)text[i];
        unsigned char lower = c | 0x20;
        if (c == '\0' || !((c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z' && c < 0x80) ||
                           strchr(others, c)))
            return false;
    }
    return size > 0;
}

static bool is_field_value(const px_header *header) {
    for (size_t i = 0; i < header->value_size; i++) {
        unsigned char c = (unsigned char)header->value[i];
        if ((c < 0x20 && c != '\t') || c == 0x7f)
            return false;
    }
    return true;
}

/* Blanks may stand between the colon, which is a zero byte by now, and the value. */
static bool value_follows_name(const px_header *header, const char *end) {
    const char *after = header->name + header->name_size + 1;
    while (after < header->value && header->value <= end && (*after == ' ' || *after == '\t'))
        after++;
    return after == header->value;
}

/* Each line begins where the CR LF of the one before ended. Lines that ended otherwise, that were
 * folded (their pieces were put together elsewhere) or that held a zero byte leave a gap. */
static bool lines_follow_each_other(const px_head *head) {
    const char *end = head->method + head->size;
    const char *line = head->version + strlen(head->version) + 2;
    if (head->path != head->method + strlen(head->method) + 1)
        return false;
    for (int i = 0; i < head->n_headers; i++) {
        const px_header *header = &head->headers[i];
        if (header->name != line || !value_follows_name(header, end))
            return false;
        line = header->value + header->value_size + 2;
    }
    return line + 2 == end;
}

static bool headers_are_valid(const px_head *head) {
    for (int i = 0; i < head->n_headers; i++)
        if (!is_token(head->headers[i].name, head->headers[i].name_size) ||
            !is_field_value(&head->headers[i]))
            return false;
    return is_token(head->method, strlen(head->method));
}

/* What would mean something else when read by who takes the last of them instead of the first. */
static bool something_is_given_twice(const px_head *head) {
    static const char *const singles[] = {
        "Host",   "Content-Length", "Transfer-Encoding", "Content-Type", "Authorization",
        "Cookie", "Origin",         "Idempotency-Key",   "Expect",       "Content-Encoding"};
    for (size_t i = 0; i < sizeof singles / sizeof *singles; i++)
        if (px_head_find(head, singles[i], 1))
            return true;
    return false;
}

static bool equals(const px_header *header, const char *text) {
    return header->value_size == strlen(text) &&
           strncasecmp(header->value, text, header->value_size) == 0;
}

static bool is_http_1_0(const px_head *head) {
    return strcmp(head->version, "HTTP/1.0") == 0;
}

static bool length_is_clear(const px_head *head) {
    const px_header *coding = px_head_find(head, "Transfer-Encoding", 0);
    return !coding || (equals(coding, "chunked") && !px_head_find(head, "Content-Length", 0) &&
                       !is_http_1_0(head));
}

bool px_head_is_chunked(const px_head *head) {
    return px_head_find(head, "Transfer-Encoding", 0) != NULL;
}

int px_head_check(const px_head *head, const char **why) {
    const px_header *expect = px_head_find(head, "Expect", 0);
    *why = "The request's head is too large.";
    if (head->n_headers > PX_HEAD_HEADERS || head->size > PX_HEAD_BYTES)
        return 431;
    *why = "Only 100-continue can be expected of this server.";
    if (expect && !equals(expect, "100-continue"))
        return 417;
    *why = "The request's head is malformed.";
    if (!lines_follow_each_other(head) || !headers_are_valid(head))
        return 400;
    *why = "A header that may come once came twice.";
    if (something_is_given_twice(head))
        return 400;
    *why = "The body's length is not clear.";
    if (!length_is_clear(head))
        return 400;
    *why = "The Host header is missing.";
    if (!px_head_find(head, "Host", 0) && !is_http_1_0(head))
        return 400;
    *why = NULL;
    return 0;
}
