/* Heads taken apart as libmicrohttpd leaves them, for tests and fuzzing. */
#ifndef SPLIT_HEAD_H
#define SPLIT_HEAD_H

#include "../src/server/head.h"

/** Take lines apart in place: zero bytes for the blanks of the first line, for colons, and for each
 *  CR LF or LF, up to the empty one. @param text  at least one byte, the last one zero. @return
 *  false: it is refused already, or not whole. */
bool split_head(char *text, size_t size, px_head *head);

#endif
