/* What texts may hold: no control characters where they are shown, no broken UTF-8 where kept. */
#include "text.h"

#include <string.h>

static bool is_control(char c) {
    return (unsigned char)c < ' ' || c == 0x7f;
}

bool px_text_is_plain(const char *text) {
    while (*text && !is_control(*text))
        text++;
    return *text == '\0';
}

bool px_text_is_lines(const char *text) {
    while (*text && (!is_control(*text) || strchr("\t\n\r", *text)))
        text++;
    return *text == '\0';
}

void px_text_make_plain(char *text) {
    for (; *text; text++) {
        if (is_control(*text))
            *text = '?';
    }
}

/* Bytes of the character that begins here, 0 when it is none. Second bytes are narrower after E0,
 * ED, F0 and F4: no overlong forms, no surrogates, nothing past U+10FFFF (RFC 3629, section 4). */
static int utf8_length(const unsigned char *c) {
    if (c[0] < 0x80)
        return 1;
    if (c[0] < 0xc2 || c[0] > 0xf4)
        return 0;
    const int length = c[0] < 0xe0 ? 2 : c[0] < 0xf0 ? 3 : 4;
    const unsigned char least = c[0] == 0xe0 ? 0xa0 : c[0] == 0xf0 ? 0x90 : 0x80;
    const unsigned char most = c[0] == 0xed ? 0x9f : c[0] == 0xf4 ? 0x8f : 0xbf;
    if (c[1] < least || c[1] > most)
        return 0;
    for (int i = 2; i < length; i++) {
        if ((c[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

bool px_text_is_utf8(const char *text) {
    const unsigned char *c = (const unsigned char *)text;
    for (int length; *c; c += length) {
        length = utf8_length(c);
        if (length == 0)
            return false;
    }
    return true;
}

size_t px_text_length(const char *text) {
    size_t length = 0;
    for (; *text; text++)
        length += ((unsigned char)*text & 0xc0) != 0x80;
    return length;
}
