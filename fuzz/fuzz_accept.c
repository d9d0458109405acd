/* Any text as Accept-Encoding, Accept-Language, Accept and Cookie: nothing is chosen that was not
 * named. */
#include <stdlib.h>
#include <string.h>

#include "../src/server/accept.h"
#include "../src/server/cookies.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_list(const char *text) {
    const char *at = text;
    px_weighted item;
    while (px_weighted_next(&at, &item))
        if (item.name < text || item.name + item.size > at || item.weight < 0 ||
            item.weight > 1000 || memchr(item.name, ',', item.size))
            __builtin_trap();
}

static void check_choices(const char *text) {
    static const char *const languages[] = {"de", "en", "pt-BR"};
    const char *language = px_accept_language(text, languages, 3);
    px_coding coding = px_accept_coding(text, 1u << PX_CODING_BR);
    if ((language && !strcasestr(text, language)) || coding == PX_CODING_GZIP ||
        (coding == PX_CODING_BR && !strcasestr(text, "br") && !strchr(text, '*')) ||
        (px_accept_names_html(text) && !strcasestr(text, "text/html")))
        __builtin_trap();
}

static void check_cookie(const char *text, size_t size) {
    const char *value = text;
    size_t length = 0;
    if (px_cookie_find(text, "language", &value, &length) > 0 &&
        (value < text || value + length > text + size || memchr(value, ';', length)))
        __builtin_trap();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    char *text = calloc(1, size + 1);
    if (!text)
        return 0;
    memcpy(text, data, size);
    check_list(text);
    check_choices(text);
    check_cookie(text, size);
    free(text);
    return 0;
}
