/* Text inside HTML and SVG. */
#include "markup.h"

#include <string.h>

#include "text.h"

/* What stands for a byte; NULL: itself. */
static const char *reference(unsigned char byte, bool is_utf8) {
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return byte < ' ' || byte == 127 ? " " : byte > 127 && !is_utf8 ? "?" : NULL;
    }
}

bool px_markup_append(px_buffer *out, const char *text, px_error *err) {
    if (!text)
        return true;
    bool is_utf8 = px_text_is_utf8(text);
    const char *from = text;
    for (const char *c = text; *c; c++) {
        const char *instead = reference((unsigned char)*c, is_utf8);
        if (!instead)
            continue;
        if (!px_buffer_append(out, from, (size_t)(c - from), err) ||
            !px_buffer_append(out, instead, strlen(instead), err))
            return false;
        from = c + 1;
    }
    return px_buffer_append(out, from, strlen(from), err);
}
