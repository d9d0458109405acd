/* /api/v1/xrays/{id}/findings/{finding}/review: a person accepts or rejects a finding, and notes
 * why.
 */
#include <string.h>

#include "../reader/ensemble.h"
#include "handlers.h"
#include "stored_reading.h"
#include "v1_fields.h"

/* An id that no X-ray or no finding can have is of none. */
static bool names_finding(const px_request *request, int64_t *xray_id) {
    return px_request_number(request, 0, xray_id) && px_ensemble_id_ok(request->segments[1]);
}

/* @param review  its note is borrowed from the body. */
static bool parse_review(const px_request *request, px_reply *reply, px_review *review) {
    static const char *const known[] = {"verdict", "note", NULL};
    static const char *const verdicts[] = {"accepted", "rejected", NULL};
    const json_t *verdict = json_object_get(request->body.fields, "verdict");
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, known, reply))
        return false;
    bool judges = verdict && !json_is_null(verdict);
    int choice = judges ? px_v1_choice(&fields, "verdict", verdicts) : -1;
    const char *note = px_v1_lines(&fields, "note", PX_NOTE_CHARACTERS);
    review->verdict = choice == 0   ? PX_VERDICT_ACCEPTED
                      : choice == 1 ? PX_VERDICT_REJECTED
                                    : PX_VERDICT_NONE;
    review->note = note ? note : "";
    if (!judges && (note ? *note == '\0' : !px_v1_has(&fields, "note")))
        px_v1_refuse(&fields, "verdict", "Give a verdict, a note, or both.");
    return px_v1_end(&fields, reply);
}

static void answer_nothing(const px_request *request, px_reply *reply) {
    px_reply_fail(reply, request, 404, "There is no such X-ray, or it has no such finding.");
}

void px_handle_review(px_app *app, px_request *request, px_reply *reply) {
    const px_actor actor = px_request_actor(request);
    px_review review = {.finding = request->segments[1]};
    px_error err = {0};
    int64_t xray_id = 0;
    bool found = false;
    if (!parse_review(request, reply, &review))
        return;
    if (names_finding(request, &xray_id) &&
        !px_store_set_review(app->store, &actor, request->who.user.id, xray_id, &review, &found,
                             &err))
        px_reply_error(reply, request, &err);
    else if (!found)
        answer_nothing(request, reply);
    else
        px_reply_take_json(reply, 200, px_review_to_json(&review));
}

void px_handle_review_delete(px_app *app, px_request *request, px_reply *reply) {
    const px_actor actor = px_request_actor(request);
    px_error err = {0};
    int64_t xray_id = 0;
    bool found = false;
    if (names_finding(request, &xray_id) &&
        !px_store_delete_review(app->store, &actor, request->who.user.id, xray_id,
                                request->segments[1], &found, &err))
        px_reply_error(reply, request, &err);
    else if (!found)
        px_reply_fail(reply, request, 404, "There is no such review.");
    else
        reply->status = 204;
}
