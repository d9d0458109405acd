/* Reading values of a Keras layer's config. */
#include <limits.h>

#include "../base/error.h"
#include "keras.h"

static bool read_int(const json_t *value, int *out) {
    json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || number < 0 || number > INT_MAX)
        return false;
    *out = (int)number;
    return true;
}

bool px_keras_read_pair(const px_keras_layer *layer, const char *key, const json_t *value,
                        const int fallback[2], int pair[2], px_error *err) {
    int got[2] = {fallback[0], fallback[1]};
    bool ok = true;
    if (json_is_array(value))
        ok = json_array_size(value) == 2 && read_int(json_array_get(value, 0), &got[0]) &&
             read_int(json_array_get(value, 1), &got[1]);
    else if (value && !json_is_null(value))
        ok = read_int(value, &got[0]) && read_int(value, &got[1]);
    if (!ok)
        return px_fail(err, PX_ERR_INPUT, layer->name, "its %s must be two whole numbers", key);
    pair[0] = got[0];
    pair[1] = got[1];
    return true;
}

bool px_keras_get_pair(const px_keras_layer *layer, const char *key, const int fallback[2],
                       int pair[2], px_error *err) {
    return px_keras_read_pair(layer, key, json_object_get(layer->config, key), fallback, pair, err);
}

bool px_keras_get_text(const px_keras_layer *layer, const char *key, const char *fallback,
                       const char **text, px_error *err) {
    const json_t *value = json_object_get(layer->config, key);
    if (value && !json_is_null(value) && !json_is_string(value))
        return px_fail(err, PX_ERR_UNSUPPORTED, layer->name, "its %s is not a plain name", key);
    *text = json_is_string(value) ? json_string_value(value) : fallback;
    return true;
}

bool px_keras_get_number(const px_keras_layer *layer, const char *key, double fallback,
                         double *number, px_error *err) {
    const json_t *value = json_object_get(layer->config, key);
    if (value && !json_is_null(value) && !json_is_number(value))
        return px_fail(err, PX_ERR_INPUT, layer->name, "its %s must be a number", key);
    *number = json_is_number(value) ? json_number_value(value) : fallback;
    return true;
}

bool px_keras_get_flag(const px_keras_layer *layer, const char *key, bool fallback) {
    const json_t *value = json_object_get(layer->config, key);
    return json_is_boolean(value) ? json_is_true(value) : fallback;
}
