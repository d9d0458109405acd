/* Django's UnicodeUsernameValidator, ^[\w.@+-]+\Z: \w is a letter or number of Unicode, or _. */
#include "usernames.h"

#include <string.h>

static bool is_letter(uint32_t character) {
    size_t from = 0, to = px_letter_ranges_count;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        if (character > px_letter_ranges[middle].last)
            from = middle + 1;
        else
            to = middle;
    }
    return from < px_letter_ranges_count && character >= px_letter_ranges[from].first;
}

/* The next character of UTF-8; 0 for what is none. `at` moves on by its bytes. */
static uint32_t next_character(const char **at) {
    unsigned char lead = (unsigned char)*(*at)++;
    int more = lead < 0x80 ? 0 : lead < 0xc0 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
    if (more < 0)
        return 0;
    uint32_t character = more == 0 ? lead : lead & (0x3fu >> more);
    for (; more > 0; more--) {
        unsigned char byte = (unsigned char)**at;
        if ((byte & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (byte & 0x3f);
        (*at)++;
    }
    return character;
}

static bool is_allowed(uint32_t c) {
    if (c >= 0x80)
        return is_letter(c);
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') ||
           (c != 0 && strchr("@.+-_", (int)c));
}

bool px_username_is_valid(const char *name) {
    const char *at = name;
    while (*at)
        if (!is_allowed(next_character(&at)))
            return false;
    return at > name;
}
