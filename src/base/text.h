/* Texts that may be shown on a terminal or in a log: no control characters in them. */
#ifndef PX_BASE_TEXT_H
#define PX_BASE_TEXT_H

#include "perxeptron.h"

/** Is the text free of ASCII's control characters? */
bool px_text_is_plain(const char *text);

/** Replace each control character by '?'. */
void px_text_make_plain(char *text);

#endif
