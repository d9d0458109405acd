/* Keys of a training's configuration that must go together. */
#include <string.h>

#include "../base/error.h"
#include "train_config_parts.h"

enum { LEAST_SIDE = 75 }; /* of the five networks */

bool px_train_key_given(const px_train_reading *reading, const char *name) {
    const px_train_key *key = px_train_key_find(name);
    return key && reading->given[key - px_train_keys];
}

static bool refuse(px_train_reading *reading, const char *what) {
    return px_fail(reading->err, PX_ERR_INPUT, reading->file, "%s", what);
}

static bool check_model(px_train_reading *reading) {
    const px_train_config *config = reading->config;
    if (!config->has_arch && !config->start)
        return refuse(reading, "\"model.architecture\" is missing, or \"model.start\"");
    if (!config->has_arch && px_train_key_given(reading, "model.head"))
        return refuse(reading, "\"model.head\" goes with \"model.architecture\"");
    if (config->dropout > 0 && config->head == PX_HEAD_2020)
        return refuse(reading, "\"model.dropout\" is for the plain head: 2020's has its own");
    for (int i = 0; config->has_arch && i < config->n_stages; i++) {
        if (config->stages[i].size < LEAST_SIDE)
            return px_fail(reading->err, PX_ERR_INPUT, reading->file,
                           "\"%s\" is %d: this architecture needs %d pixels or more",
                           i + 1 < config->n_stages ? "training.sizes" : "input.size",
                           config->stages[i].size, LEAST_SIDE);
    }
    return true;
}

static bool check_validation(px_train_reading *reading) {
    const px_train_config *config = reading->config;
    if (config->validation.images && !config->validation.labels)
        return refuse(reading, "\"data.validation.images\" goes with \"data.validation.labels\"");
    if (config->validation.labels && px_train_key_given(reading, "data.validation.fraction"))
        return refuse(reading, "\"data.validation.fraction\" has no use beside "
                               "\"data.validation.labels\"");
    return config->stop_after == 0 || config->validation.labels ||
           config->validation_fraction > 0 ||
           refuse(reading, "\"training.stop_after\" needs something to validate with");
}

static bool check_input(px_train_reading *reading) {
    const bool mean = px_train_key_given(reading, "input.mean");
    const bool std = px_train_key_given(reading, "input.std");
    if (mean != std)
        return refuse(reading, "\"input.mean\" and \"input.std\" go together");
    return !mean || reading->config->input.scaling == PX_SCALING_FEATUREWISE ||
           refuse(reading, "\"input.mean\" and \"input.std\" are for featurewise scaling");
}

bool px_train_config_agree(px_train_reading *reading) {
    return check_model(reading) && check_validation(reading) && check_input(reading);
}
