/* The forwarded addresses, from right to left. */
#include "forwarded.h"

#include <string.h>
#include <strings.h>

/* A list in as many headers of one name as there are, walked backwards. */
typedef struct list {
    const px_head *head;
    const char *name;
    int header;       /* its number, or -1: the beginning is reached */
    const char *text; /* of that header */
    size_t size;      /* not yet walked */
} list;

static bool open_header(list *items, int header) {
    const px_header *found = header < 0 ? NULL : px_head_find(items->head, items->name, header);
    items->header = found ? header : -1;
    items->text = found ? found->value : NULL;
    items->size = found ? found->value_size : 0;
    return found != NULL;
}

static list open_last(const px_head *head, const char *name) {
    list items = {.head = head, .name = name};
    int n = 0;
    while (px_head_find(head, name, n))
        n++;
    open_header(&items, n - 1);
    return items;
}

static bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

/* The item before, without blanks around it. */
static bool take_last(list *items, const char **text, size_t *size) {
    if (items->header < 0)
        return false;
    const char *comma = memrchr(items->text, ',', items->size);
    const char *start = comma ? comma + 1 : items->text, *end = items->text + items->size;
    if (comma)
        items->size = (size_t)(comma - items->text);
    else
        open_header(items, items->header - 1);
    while (start < end && is_blank(*start))
        start++;
    while (start < end && is_blank(end[-1]))
        end--;
    *text = start;
    *size = (size_t)(end - start);
    return true;
}

/* Some proxies add the port: "192.0.2.1:1234", "[2001:db8::1]:1234". */
static bool parse_entry(const char *text, size_t size, px_address *address) {
    const char *bracket = size > 0 && *text == '[' ? memchr(text, ']', size) : NULL;
    const char *colon = memchr(text, ':', size);
    if (bracket)
        return px_address_parse(text + 1, (size_t)(bracket - text - 1), address);
    if (colon && colon == memrchr(text, ':', size))
        size = (size_t)(colon - text);
    return px_address_parse(text, size, address);
}

static bool is_trusted(const px_network *trusted, int n_trusted, const px_address *address) {
    for (int i = 0; i < n_trusted; i++)
        if (px_network_contains(&trusted[i], address))
            return true;
    return false;
}

void px_forwarded_follow(const px_network *trusted, int n_trusted, const px_head *head,
                         px_address *client, bool *secure) {
    const char *text;
    size_t size;
    px_address sender;
    if (!is_trusted(trusted, n_trusted, client))
        return;
    list protocols = open_last(head, "X-Forwarded-Proto");
    if (take_last(&protocols, &text, &size) && size == 5 && strncasecmp(text, "https", 5) == 0)
        *secure = true;
    list senders = open_last(head, "X-Forwarded-For");
    while (is_trusted(trusted, n_trusted, client) && take_last(&senders, &text, &size) &&
           parse_entry(text, size, &sender))
        *client = sender;
}
