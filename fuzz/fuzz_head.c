/* Any bytes as a request's head: what is let through must mean one thing only. */
#include <stdlib.h>
#include <string.h>

#include "../src/server/forwarded.h"
#include "../src/server/hosts.h"
#include "../tests/split_head.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Without zero bytes, which pass for the CR and LF that libmicrohttpd overwrites with them, every
 * line ends with CR LF. */
static void check_lines(const char *text, size_t size) {
    for (size_t i = 0; i < size && !memchr(text, '\0', size); i++)
        if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r'))
            __builtin_trap();
}

static void check_taken(const px_head *head, const char *text) {
    if (px_head_find(head, "Host", 1) || px_head_find(head, "Content-Length", 1) ||
        (px_head_is_chunked(head) && px_head_find(head, "Content-Length", 0)))
        __builtin_trap();
    check_lines(text, head->size);
}

static void follow(const px_head *head) {
    px_network trusted[2];
    px_address client = {{[10] = 0xff, [11] = 0xff, [12] = 10}};
    char text[PX_ADDRESS_TEXT];
    bool secure = false;
    px_network_parse("10.0.0.0/8", &trusted[0], NULL);
    px_network_parse("2001:db8::/32", &trusted[1], NULL);
    px_forwarded_follow(trusted, 2, head, &client, &secure);
    px_address_print_client(&client, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = calloc(1, size + 1);
    const char *why = NULL;
    px_head head;
    if (!text)
        return 0;
    memcpy(text, data, size);
    if (split_head(text, size + 1, &head)) {
        const px_header *host = px_head_find(&head, "Host", 0);
        if (px_head_check(&head, &why) == 0)
            check_taken(&head, (const char *)data);
        else if (!why)
            __builtin_trap();
        if (host && px_host_is_valid(host->value))
            px_host_is_local(host->value);
        follow(&head);
    }
    free(text);
    return 0;
}
