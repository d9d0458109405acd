/* Calibration in the ensemble file: from JSON and back, for each method. */
#include "ensemble_calibration.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "../base/memory.h"

static const px_calibration_method methods[] = {PX_CALIBRATION_PLATT, PX_CALIBRATION_ISOTONIC,
                                                PX_CALIBRATION_TEMPERATURE};

bool px_ensemble_calibration_method(const char *name, const char *where,
                                    px_calibration_method *method, px_error *err) {
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        if (strcmp(name, px_calibration_method_name(methods[i])) == 0) {
            *method = methods[i];
            return true;
        }
    }
    return px_fail(err, PX_ERR_UNSUPPORTED, NULL,
                   "%s is \"%.64s\"; this program knows platt, isotonic and temperature", where,
                   name);
}

static bool parse_platt(const json_t *value, const char *where, px_calibration *out,
                        px_error *err) {
    const json_t *slope = json_array_get(value, 0), *shift = json_array_get(value, 1);
    if (json_array_size(value) != 2 || !json_is_number(slope) || !json_is_number(shift) ||
        !(json_number_value(slope) > 0))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s is not [slope, intercept] with a slope above 0",
                       where);
    *out = (px_calibration){.method = PX_CALIBRATION_PLATT,
                            .a = json_number_value(slope),
                            .b = json_number_value(shift)};
    return true;
}

static bool parse_temperature(const json_t *value, const char *where, px_calibration *out,
                              px_error *err) {
    double temperature = json_number_value(value);
    if (!json_is_number(value) || !(temperature >= 0.01 && temperature <= 100))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s is not a temperature from 0.01 to 100", where);
    *out = (px_calibration){.method = PX_CALIBRATION_TEMPERATURE, .temperature = temperature};
    return true;
}

/* A number in [0, 1], or NaN. */
static double share(const json_t *value) {
    double number = json_is_number(value) ? json_number_value(value) : NAN;
    return number >= 0 && number <= 1 ? number : NAN;
}

static bool parse_knot(const json_t *knot, size_t index, px_calibration *out) {
    double score = share(json_array_get(knot, 0)), value = share(json_array_get(knot, 1));
    bool ok = json_array_size(knot) == 2 && !isnan(score) && !isnan(value);
    ok = ok && (index == 0 || (score > out->knots[index - 1] && value >= out->values[index - 1]));
    out->knots[index] = score;
    out->values[index] = value;
    return ok;
}

static bool parse_isotonic(const json_t *value, const char *where, px_calibration *out,
                           px_error *err) {
    size_t count = json_array_size(value);
    if (count < 1 || count > PX_ENSEMBLE_MAX_KNOTS)
        return px_fail(err, PX_ERR_INPUT, NULL, "%s is not a list of 1 to %d knots", where,
                       PX_ENSEMBLE_MAX_KNOTS);
    px_calibration made = {.method = PX_CALIBRATION_ISOTONIC, .n_knots = count};
    made.knots = px_alloc(count, sizeof *made.knots, err);
    made.values = px_alloc(count, sizeof *made.values, err);
    bool ok = made.knots && made.values;
    for (size_t i = 0; ok && i < count; i++)
        ok = parse_knot(json_array_get(value, i), i, &made) ||
             px_fail(err, PX_ERR_INPUT, NULL,
                     "%s[%zu] is not [score, probability], both from 0 to 1, the score above the "
                     "one before, the probability not below it",
                     where, i);
    if (ok)
        *out = made;
    else
        px_calibration_clear(&made);
    return ok;
}

/* {"method": M, "parameters": P} instead of P alone. */
static bool open_object(const json_t **value, const char *where, px_calibration_method *method,
                        px_error *err) {
    if (!json_is_object(*value))
        return true;
    const char *name = json_string_value(json_object_get(*value, "method"));
    const json_t *parameters = json_object_get(*value, "parameters");
    if (!name || !parameters || json_object_size(*value) != 2)
        return px_fail(err, PX_ERR_INPUT, NULL,
                       "%s is an object, but not of \"method\" and \"parameters\"", where);
    *value = parameters;
    return px_ensemble_calibration_method(name, where, method, err);
}

bool px_ensemble_calibration_parse(const json_t *value, px_calibration_method method,
                                   const char *where, px_calibration *out, px_error *err) {
    if (!open_object(&value, where, &method, err))
        return false;
    switch (method) {
    case PX_CALIBRATION_TEMPERATURE:
        return parse_temperature(value, where, out, err);
    case PX_CALIBRATION_ISOTONIC:
        return parse_isotonic(value, where, out, err);
    case PX_CALIBRATION_PLATT:
        break;
    }
    return parse_platt(value, where, out, err);
}

static json_t *knots_to_json(const px_calibration *c) {
    json_t *list = json_array();
    bool ok = list != NULL;
    for (size_t i = 0; ok && i < c->n_knots; i++)
        ok = json_array_append_new(list, json_pack("[ff]", c->knots[i], c->values[i])) == 0;
    return px_json_keep_if(list, ok);
}

static json_t *parameters_to_json(const px_calibration *c) {
    switch (c->method) {
    case PX_CALIBRATION_TEMPERATURE:
        return json_real(c->temperature);
    case PX_CALIBRATION_ISOTONIC:
        return knots_to_json(c);
    case PX_CALIBRATION_PLATT:
        break;
    }
    return json_pack("[ff]", c->a, c->b);
}

json_t *px_ensemble_calibration_to_json(const px_calibration *calibration,
                                        px_calibration_method method) {
    json_t *parameters = parameters_to_json(calibration);
    if (calibration->method == method)
        return parameters;
    return json_pack("{ssso}", "method", px_calibration_method_name(calibration->method),
                     "parameters", parameters);
}
