/* Typed members of JSON objects, with errors that name the member and what it may be. */
#ifndef PX_BASE_JSON_FIELDS_H
#define PX_BASE_JSON_FIELDS_H

#include <jansson.h>

#include "perxeptron.h"

/**
 * Each reads object[key]; when it is missing or of another type the failure is PX_ERR_INPUT about
 * `subject` and the output stays as it was. What is returned is borrowed from the object.
 *
 * @param subject  whose object this is, for messages: a layer's or a file's name.
 */
json_t *px_json_object(const json_t *object, const char *key, const char *subject, px_error *err);
json_t *px_json_array(const json_t *object, const char *key, const char *subject, px_error *err);
/** Without control characters: it may be printed. */
const char *px_json_text(const json_t *object, const char *key, const char *subject, px_error *err);
bool px_json_bool(const json_t *object, const char *key, const char *subject, bool *value,
                  px_error *err);
/** An integer in [least, most]. */
bool px_json_int(const json_t *object, const char *key, const char *subject, int least, int most,
                 int *value, px_error *err);
/** Exactly `count` of them. */
bool px_json_ints(const json_t *object, const char *key, const char *subject, int least, int most,
                  int count, int *values, px_error *err);
/** Finite numbers, exactly `count` of them for an array. */
bool px_json_float(const json_t *object, const char *key, const char *subject, float *value,
                   px_error *err);
bool px_json_floats(const json_t *object, const char *key, const char *subject, int count,
                    float *values, px_error *err);

/** A new real that prints as the shortest decimal which reads back as this float. NULL without
 *  memory or for what is not finite. */
json_t *px_json_from_float(float value);

/** `json` if `complete`, else NULL, its reference dropped: what half succeeded is not kept. */
json_t *px_json_keep_if(json_t *json, bool complete);

/** Compact text of a JSON value, reals with 15 digits, which survive reading and writing again.
 *  To be freed. NULL and PX_ERR_MEMORY without memory, which json_dumps may overlook (jansson 2.14
 *  ignores a failure to write an object's key). */
char *px_json_dump(const json_t *json, px_error *err);
/** The same over several lines, for people. */
char *px_json_dump_lines(const json_t *json, px_error *err);
/** The same as px_json_dump with members in the order of their names: equal objects are equal
 *  texts. */
char *px_json_dump_sorted(const json_t *json, px_error *err);

#endif
