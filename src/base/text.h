/* What texts may hold: no control characters where they are shown, no broken UTF-8 where kept. */
#ifndef PX_BASE_TEXT_H
#define PX_BASE_TEXT_H

#include "perxeptron.h"

/** Is the text free of ASCII's control characters? */
bool px_text_is_plain(const char *text);

/** The same, but for tabs and the ends of lines. */
bool px_text_is_lines(const char *text);

/** Replace each control character by '?'. */
void px_text_make_plain(char *text);

/** Is the text well-formed UTF-8 (RFC 3629)? */
bool px_text_is_utf8(const char *text);

/** Characters (not bytes) of a text in UTF-8. */
size_t px_text_length(const char *text);

#endif
