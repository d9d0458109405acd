/* Keys of a configuration as messages name them, "model.start", in nested JSON objects. */
#ifndef DOTTED_KEYS_H
#define DOTTED_KEYS_H

#include <jansson.h>
#include <string.h>

/** The object that a key lies in, made where it is missing; *name becomes its last part. */
static inline json_t *dotted_object(json_t *root, const char **name) {
    json_t *object = root;
    for (const char *dot; (dot = strchr(*name, '.')) != NULL; *name = dot + 1) {
        json_t *inner = json_object_getn(object, *name, (size_t)(dot - *name));
        if (!inner) {
            inner = json_object();
            json_object_setn_new(object, *name, (size_t)(dot - *name), inner);
        }
        object = inner;
    }
    return object;
}

#endif
