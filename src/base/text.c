/* Texts that may be shown on a terminal or in a log: no control characters in them. */
#include "text.h"

static bool is_control(char c) {
    return (unsigned char)c < ' ' || c == 0x7f;
}

bool px_text_is_plain(const char *text) {
    while (*text && !is_control(*text))
        text++;
    return *text == '\0';
}

void px_text_make_plain(char *text) {
    for (; *text; text++) {
        if (is_control(*text))
            *text = '?';
    }
}
