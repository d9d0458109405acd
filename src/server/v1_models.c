/* GET /api/v1/models: the ensemble that reads here. */
#include "../base/json_fields.h"
#include "../reader/reader.h"
#include "handlers.h"

static json_t *describe_findings(const px_ensemble *ensemble) {
    json_t *list = json_array();
    for (int i = 0; i < ensemble->n_findings; i++) {
        const px_ensemble_finding *f = &ensemble->findings[i];
        json_t *item =
            json_pack("{ss ss sb}", "id", f->id, "name", f->name, "calibrated", f->has_calibration);
        if (f->has_threshold)
            json_object_set_new(item, "threshold", px_json_from_float((float)f->threshold));
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *describe_members(const px_ensemble *ensemble) {
    json_t *list = json_array();
    for (int i = 0; i < ensemble->n_members; i++) {
        const px_ensemble_member *m = &ensemble->members[i];
        json_t *weights = json_object();
        for (int f = 0; f < ensemble->n_findings; f++)
            json_object_set_new(weights, ensemble->findings[f].id, json_real(m->weights[f]));
        json_array_append_new(list, json_pack("{ss ss so}", "name", m->name, "sha256", m->sha256,
                                              "weights", weights));
    }
    return list;
}

void px_handle_models(px_app *app, px_request *request, px_reply *reply) {
    (void)request;
    const px_reader *reader = app->reader;
    const px_ensemble *e = px_reader_ensemble(reader);
    px_reply_take_json(
        reply, 200,
        json_pack("{ss ss sb ss? so so sO? sO? sO? sb sI}", "name", e->name, "version", e->version,
                  "trained", px_reader_trained(reader), "notice", px_reader_notice(reader),
                  "findings", describe_findings(e), "members", describe_members(e),
                  "operating_points", e->operating_points, "calibration", e->calibration, "card",
                  e->card, "heat_maps", px_reader_has_heat_maps(reader), "max_upload_bytes",
                  (json_int_t)app->options->max_upload));
}
