/* Text inside HTML and SVG. */
#ifndef PX_BASE_MARKUP_H
#define PX_BASE_MARKUP_H

#include "buffer.h"
#include "perxeptron.h"

/**
 * Append text so that a browser shows it and never takes it for markup, in elements and in quoted
 * attributes: & < > " ' become character references, control characters spaces, bytes that are not
 * UTF-8 question marks. NULL appends nothing.
 *
 * @param err  PX_ERR_MEMORY, PX_ERR_LIMIT.
 */
bool px_markup_append(px_buffer *out, const char *text, px_error *err);

#endif
