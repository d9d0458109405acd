/* Text fields of bodies that carry no file: URL-encoded forms and JSON objects. */
#ifndef PX_SERVER_FIELDS_H
#define PX_SERVER_FIELDS_H

#include "../base/buffer.h"

/**
 * Find a field of an application/x-www-form-urlencoded body (the last one of that name) and append
 * its value, decoded, to `value`.
 *
 * @param found  set: is there such a field?
 * @param err    PX_ERR_LIMIT past the buffer's cap, PX_ERR_MEMORY.
 */
bool px_fields_find_form(const char *body, size_t size, const char *name, px_buffer *value,
                         bool *found, px_error *err);

/** The same for a JSON object; a value that is no string is given as JSON text.
 *  PX_ERR_INPUT: not a JSON object. */
bool px_fields_find_json(const char *body, size_t size, const char *name, px_buffer *value,
                         bool *found, px_error *err);

#endif
