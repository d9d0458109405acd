/* Readings as JSON. */
#include <math.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "reader.h"

static bool put(json_t *object, const char *key, json_t *value) {
    return json_object_set_new(object, key, value) == 0;
}

static json_t *members_to_json(const px_reader *reader, const px_finding *f) {
    json_t *members = json_object();
    bool ok = members != NULL;
    for (int i = 0; ok && i < px_reader_members(reader); i++)
        ok = isnan(f->member_scores[i]) || put(members, px_reader_member_name(reader, i),
                                               px_json_from_float(f->member_scores[i]));
    return px_json_keep_if(members, ok);
}

static json_t *box_to_json(const int box[4]) {
    return json_pack("[iiii]", box[0], box[1], box[2], box[3]);
}

static json_t *map_to_json(const px_finding *f) {
    json_t *values = json_array();
    bool ok = values != NULL;
    for (int i = 0; ok && i < f->raw_width * f->raw_height; i++)
        ok = json_array_append_new(values, px_json_from_float(f->raw_heat[i])) == 0;
    return json_pack("{sisiso}", "width", f->raw_width, "height", f->raw_height, "values",
                     px_json_keep_if(values, ok));
}

static json_t *finding_to_json(const px_reader *reader, const px_finding *f, bool maps) {
    json_t *object = json_object();
    bool ok = object && put(object, "id", json_string(f->id)) &&
              put(object, "score", px_json_from_float(f->score));
    if (f->has_threshold)
        ok = ok && put(object, "threshold", px_json_from_float(f->threshold)) &&
             put(object, "decision", json_boolean(f->decision));
    if (f->has_probability)
        ok = ok && put(object, "probability", px_json_from_float(f->probability));
    ok = ok && put(object, "members", members_to_json(reader, f));
    if (f->heat)
        ok = ok && put(object, "box", box_to_json(f->box));
    if (f->raw_heat && maps)
        ok = ok && put(object, "map", map_to_json(f));
    return px_json_keep_if(object, ok);
}

json_t *px_reading_findings_to_json(const px_reader *reader, const px_reading *reading, bool maps,
                                    px_error *err) {
    json_t *list = json_array();
    bool ok = list != NULL;
    for (int i = 0; ok && i < reading->n_findings; i++)
        ok = json_array_append_new(list, finding_to_json(reader, &reading->findings[i], maps)) == 0;
    if (!ok)
        px_fail_memory(err);
    return px_json_keep_if(list, ok);
}
