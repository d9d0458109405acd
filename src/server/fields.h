/* Text fields of bodies as one JSON object: URL-encoded forms, JSON, and parts of a multipart form.
 */
#ifndef PX_SERVER_FIELDS_H
#define PX_SERVER_FIELDS_H

#include <jansson.h>

#include "perxeptron.h"

/** Add a field; a later one of the same name takes its place. PX_ERR_INPUT: not UTF-8;
 *  PX_ERR_MEMORY. Zero bytes are kept: json_string_length tells them. */
bool px_fields_add(json_t *fields, const char *name, const char *text, size_t size, px_error *err);

/** The fields of an application/x-www-form-urlencoded body, all strings. A new reference, or NULL
 * and PX_ERR_INPUT (not UTF-8, a name with a zero byte) or PX_ERR_MEMORY. */
json_t *px_fields_from_form(const char *body, size_t size, px_error *err);

/** The members of a JSON body. NULL and PX_ERR_INPUT: not a JSON object, or a name given twice. */
json_t *px_fields_from_json(const char *body, size_t size, px_error *err);

#endif
