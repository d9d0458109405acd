/* An input contract as JSON, as the model file holds it. */
#include "input_json.h"

#include <limits.h>

#include "../base/error.h"
#include "../base/json_fields.h"

static json_t *floats_to_json(const float values[3]) {
    return json_pack("[o, o, o]", px_json_from_float(values[0]), px_json_from_float(values[1]),
                     px_json_from_float(values[2]));
}

json_t *px_input_to_json(const px_input_spec *input) {
    json_t *json =
        json_pack("{s:i, s:i, s:i, s:s, s:s, s:s, s:s}", "width", input->width, "height",
                  input->height, "channels", input->channels, "crop", px_crop_name(input->crop),
                  "equalise", px_equalise_name(input->equalise), "resize",
                  px_resize_name(input->resize), "scaling", px_scaling_name(input->scaling));
    if (json && input->scaling == PX_SCALING_FEATUREWISE &&
        (json_object_set_new(json, "mean", floats_to_json(input->mean)) != 0 ||
         json_object_set_new(json, "std", floats_to_json(input->std)) != 0)) {
        json_decref(json);
        return NULL;
    }
    return json;
}

static bool refuse_choice(const char *key, const char *value, px_error *err) {
    return px_fail(err, PX_ERR_UNSUPPORTED, "input", "%s \"%s\" is not known", key, value);
}

static bool read_choices(const json_t *json, px_input_spec *input, px_error *err) {
    const char *crop = px_json_text(json, "crop", "input", err);
    const char *equalise = px_json_text(json, "equalise", "input", err);
    const char *resize = px_json_text(json, "resize", "input", err);
    const char *scaling = px_json_text(json, "scaling", "input", err);
    if (!crop || !equalise || !resize || !scaling)
        return false;
    if (!px_crop_from_name(crop, &input->crop))
        return refuse_choice("crop", crop, err);
    if (!px_equalise_from_name(equalise, &input->equalise))
        return refuse_choice("equalise", equalise, err);
    if (!px_resize_from_name(resize, &input->resize))
        return refuse_choice("resize", resize, err);
    return px_scaling_from_name(scaling, &input->scaling) || refuse_choice("scaling", scaling, err);
}

bool px_input_from_json(const json_t *json, px_input_spec *input, px_error *err) {
    px_input_spec read = {0};
    if (!px_json_int(json, "width", "input", 1, INT_MAX, &read.width, err) ||
        !px_json_int(json, "height", "input", 1, INT_MAX, &read.height, err) ||
        !px_json_int(json, "channels", "input", 1, INT_MAX, &read.channels, err) ||
        !read_choices(json, &read, err))
        return false;
    if (read.scaling == PX_SCALING_FEATUREWISE &&
        (!px_json_floats(json, "mean", "input", 3, read.mean, err) ||
         !px_json_floats(json, "std", "input", 3, read.std, err)))
        return false;
    for (int i = 0; read.scaling == PX_SCALING_FEATUREWISE && i < 3; i++) {
        if (!(read.std[i] > 0))
            return px_fail(err, PX_ERR_INPUT, "input", "\"std\" is not positive");
    }
    *input = read;
    return true;
}
