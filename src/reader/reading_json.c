/* Readings as JSON. */
#include <math.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "reader.h"
#include "stored_map.h"

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

static json_t *finding_to_json(const px_reader *reader, const px_reading *reading,
                               const px_finding *f, bool maps) {
    json_t *object = json_object();
    bool ok = object && put(object, "id", json_string(f->id)) &&
              put(object, "name", json_string(f->name)) &&
              put(object, "score", px_json_from_float(f->score));
    if (f->has_threshold)
        ok = ok && put(object, "threshold", px_json_from_float(f->threshold)) &&
             put(object, "decision", json_boolean(f->decision));
    if (f->has_probability)
        ok = ok && put(object, "probability", px_json_from_float(f->probability));
    ok = ok && put(object, "members", members_to_json(reader, f)) &&
         put(object, "disagreement", px_json_from_float(f->disagreement));
    if (f->heat)
        ok = ok && put(object, "box", box_to_json(f->box));
    if (f->raw_heat && maps)
        ok = ok && put(object, "map", px_heat_map_to_json(reading, f));
    return px_json_keep_if(object, ok);
}

json_t *px_reading_findings_to_json(const px_reader *reader, const px_reading *reading, bool maps,
                                    px_error *err) {
    json_t *list = json_array();
    bool ok = list != NULL;
    for (int i = 0; ok && i < reading->n_findings; i++)
        ok = json_array_append_new(
                 list, finding_to_json(reader, reading, &reading->findings[i], maps)) == 0;
    if (!ok)
        px_fail_memory(err);
    return px_json_keep_if(list, ok);
}

json_t *px_reader_to_json(const px_reader *reader, px_error *err) {
    const px_ensemble *ensemble = px_reader_ensemble(reader);
    json_t *members = json_array();
    bool ok = members != NULL;
    for (int i = 0; ok && i < ensemble->n_members; i++) {
        const px_ensemble_member *m = &ensemble->members[i];
        ok = json_array_append_new(members,
                                   json_pack("{ss ss}", "name", m->name, "sha256", m->sha256)) == 0;
    }
    json_t *about = json_pack("{ss ss so}", "name", ensemble->name, "version", ensemble->version,
                              "members", px_json_keep_if(members, ok));
    if (!about)
        px_fail_memory(err);
    return about;
}

json_t *px_reading_to_json(const px_reader *reader, const px_reading *reading, bool maps,
                           px_error *err) {
    json_t *ensemble = px_reader_to_json(reader, err);
    json_t *findings = px_reading_findings_to_json(reader, reading, maps, err);
    json_t *whole = json_pack("{ss si si so ss? so}", "sha256", reading->sha256, "width",
                              reading->width, "height", reading->height, "ensemble", ensemble,
                              "notice", px_reader_notice(reader), "findings", findings);
    if (!whole)
        px_fail_memory(err);
    return whole;
}
