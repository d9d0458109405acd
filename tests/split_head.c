/* The first line's three words, then names and values. */
#include "split_head.h"

#include <string.h>

/* End a line at its LF, and at the CR before; @return where the next one begins, or NULL. */
static char *end_line(char *line, char *end) {
    char *feed = memchr(line, '\n', (size_t)(end - line));
    if (!feed)
        return NULL;
    *feed = '\0';
    if (feed > line && feed[-1] == '\r')
        feed[-1] = '\0';
    return feed + 1;
}

static bool split_first(char *line, px_head *head) {
    char *path = strchr(line, ' ');
    char *version = path ? strrchr(path + 1, ' ') : NULL;
    if (!version)
        return false;
    *path = *version = '\0';
    head->method = line;
    head->path = path + 1;
    head->version = version + 1;
    return true;
}

static bool add_header(char *line, px_head *head) {
    char *colon = strchr(line, ':');
    if (!colon)
        return false;
    *colon = '\0';
    const char *value = colon + 1 + strspn(colon + 1, " \t");
    if (head->n_headers < PX_HEAD_HEADERS)
        head->headers[head->n_headers] =
            (px_header){line, value, (size_t)(colon - line), strlen(value)};
    head->n_headers += head->n_headers <= PX_HEAD_HEADERS;
    return true;
}

bool split_head(char *text, size_t size, px_head *head) {
    char *end = text + size - 1, *next = end_line(text, end);
    *head = (px_head){0};
    if (!next || !split_first(text, head))
        return false;
    for (char *line = next; (next = end_line(line, end)); line = next) {
        if (*line == '\0') {
            head->size = (size_t)(next - text);
            return true;
        }
        if (!add_header(line, head))
            return false;
    }
    return false;
}
