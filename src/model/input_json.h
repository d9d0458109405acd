/* An input contract as JSON, as the model file holds it. */
#ifndef PX_MODEL_INPUT_JSON_H
#define PX_MODEL_INPUT_JSON_H

#include <jansson.h>

#include "../image/prepare.h"

/** A new reference; NULL without memory, or for a contract whose numbers are not finite. */
json_t *px_input_to_json(const px_input_spec *input);

/** @param input  set on success. PX_ERR_INPUT, PX_ERR_UNSUPPORTED: a method it does not know. */
bool px_input_from_json(const json_t *json, px_input_spec *input, px_error *err);

#endif
