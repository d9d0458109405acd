/* A request's head as it came, and what must be true of it before anything is done with it.
 *
 * libmicrohttpd forgives much that another server or proxy reads differently (RFC 9112, sections
 * 2.2, 3.2, 5, 6 and 11.2): folded lines, bare line feeds, names with blanks, two lengths. Where
 * two programs disagree about where a request ends, somebody else's request can be smuggled in.
 */
#ifndef PX_SERVER_HEAD_H
#define PX_SERVER_HEAD_H

#include "perxeptron.h"

#define PX_HEAD_HEADERS 100
#define PX_HEAD_BYTES ((size_t)16 << 10)

typedef struct px_header {
    const char *name, *value;
    size_t name_size, value_size;
} px_header;

/** Borrowed from the connection; in its buffer one after the other, as they came. */
typedef struct px_head {
    const char *method, *path, *version;
    size_t size; /**< in bytes, from the method to the empty line */
    px_header headers[PX_HEAD_HEADERS];
    int n_headers; /**< may be one more than there is room for: too many */
} px_head;

/** The n-th header of this name (case does not matter), counted from 0; NULL: there is none. */
const px_header *px_head_find(const px_head *head, const char *name, int n);

/**
 * Is the head whole and means one thing only?
 *
 * @param why  set to a sentence for people when not.
 * @return 0, or the status to refuse it with: 400, 417, 431. The connection must then be closed.
 */
int px_head_check(const px_head *head, const char **why);

/** Does a body in chunks follow? */
bool px_head_is_chunked(const px_head *head);

#endif
