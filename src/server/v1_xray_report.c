/* GET /api/v1/xrays/{id}/report.pdf. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "../reader/reader.h"
#include "../report/pdf_report.h"
#include "handlers.h"
#include "picture.h"
#include "v1_xrays.h"

#define PDF_CAP ((size_t)256 << 20)
#define REPORT_OPACITY 0.5f
#define SECOND_US 1000000

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

static px_report_finding describe_finding(const json_t *finding) {
    const json_t *threshold = json_object_get(finding, "threshold");
    const json_t *probability = json_object_get(finding, "probability");
    return (px_report_finding){
        .name = text_of(finding, "name"),
        .score = json_number_value(json_object_get(finding, "score")),
        .has_probability = probability != NULL,
        .probability = json_number_value(probability),
        .has_threshold = threshold != NULL,
        .threshold = json_number_value(threshold),
        .decision = json_is_true(json_object_get(finding, "decision")),
        .disagreement = json_number_value(json_object_get(finding, "disagreement")),
    };
}

/* Arrays of a report, as long as those of its reading. */
typedef struct report_lists {
    px_report_finding *findings;
    px_report_member *members;
} report_lists;

static bool fill_lists(const px_picture *picture, px_report *report, report_lists *lists,
                       px_error *err) {
    const json_t *findings = json_object_get(picture->reading, "findings"), *item;
    const json_t *ensemble = json_object_get(picture->reading, "ensemble");
    const json_t *members = json_object_get(ensemble, "members");
    size_t i;
    lists->findings = px_alloc(json_array_size(findings), sizeof *lists->findings, err);
    lists->members = px_alloc(json_array_size(members), sizeof *lists->members, err);
    if (!lists->findings || !lists->members)
        return false;
    json_array_foreach(findings, i, item) lists->findings[i] = describe_finding(item);
    json_array_foreach(members, i, item) lists->members[i] =
        (px_report_member){text_of(item, "name"), text_of(item, "sha256")};
    report->findings = lists->findings;
    report->n_findings = (int)json_array_size(findings);
    report->members = lists->members;
    report->n_members = (int)json_array_size(members);
    report->ensemble = text_of(ensemble, "name");
    report->version = text_of(ensemble, "version");
    return true;
}

/* A sentence on what the networks are: of those that are here, if they read it. */
static char *describe_card(const px_app *app, const px_report *report) {
    const json_t *card = px_reader_ensemble(app->reader)->card;
    const char *data = text_of(card, "training_data"), *limits = text_of(card, "limits");
    bool same = report->version && strcmp(report->version, px_reader_version(app->reader)) == 0;
    if (!same || (!data && !limits))
        return NULL;
    return px_format(NULL, "%s%s%s%s", data ? "Training data: " : "", data ? data : "",
                     data && limits ? ". Limits: " : "", limits ? limits : "");
}

static int add_pictures(const px_picture *picture, const px_image *radiograph,
                        const px_image *overlay, char *caption, size_t size, px_report *report) {
    const char *name = text_of(picture->finding, "name");
    report->pictures[0] = (px_report_picture){radiograph, "Radiograph", false};
    if (!picture->finding)
        return 1;
    snprintf(caption, size, "Heat map: %s", name ? name : "");
    report->pictures[1] = (px_report_picture){overlay, caption, true};
    return 2;
}

static bool write_report(const px_app *app, const px_picture *picture, px_buffer *out,
                         px_error *err) {
    const px_xray *xray = &picture->xray;
    char number[24], caption[120];
    report_lists lists = {0};
    px_image radiograph, overlay;
    px_image_init(&radiograph);
    px_image_init(&overlay);
    snprintf(number, sizeof number, "%" PRId64, xray->id);
    px_report report = {.title = xray->title,
                        .number = number,
                        .patient_reference = xray->patient_reference,
                        .taken_up = xray->created / SECOND_US,
                        .made = xray->updated / SECOND_US,
                        .width = xray->width,
                        .height = xray->height,
                        .sha256 = xray->sha256,
                        .notice = text_of(picture->reading, "notice")};
    bool ok = fill_lists(picture, &report, &lists, err) &&
              px_picture_draw(picture, &radiograph, &overlay, err);
    char *card = describe_card(app, &report);
    report.card = card;
    report.n_pictures =
        add_pictures(picture, &radiograph, &overlay, caption, sizeof caption, &report);
    ok = ok && px_report_write_pdf(&report, out, err);
    px_image_clear(&radiograph);
    px_image_clear(&overlay);
    free(lists.findings);
    free(lists.members);
    free(card);
    return ok;
}

static void describe_file(const px_xray *xray, char etag[PX_ETAG_SIZE], char name[40]) {
    char parts[160];
    snprintf(parts, sizeof parts, "report " PX_VERSION " %s %" PRId64, xray->sha256, xray->updated);
    px_etag_of(parts, etag);
    snprintf(name, 40, "xray-%" PRId64 ".pdf", xray->id);
}

static void draw_report(px_app *app, px_request *request, px_reply *reply) {
    const px_picture *picture = px_picture_load(app, request, reply);
    if (!picture)
        return;
    char etag[PX_ETAG_SIZE], name[40];
    px_error err = {0};
    describe_file(&picture->xray, etag, name);
    px_buffer_init(&reply->body, PDF_CAP);
    if (write_report(app, picture, &reply->body, &err))
        px_reply_private_file(reply, "application/pdf", etag, name);
    else
        px_reply_error(reply, request, &err);
}

static void answer_report(px_app *app, px_request *request, px_reply *reply, px_picture *picture) {
    char etag[PX_ETAG_SIZE], name[40];
    describe_file(&picture->xray, etag, name);
    if (picture->xray.status == PX_XRAY_FAILED) {
        px_reply_fail(reply, request, 409,
                      "This X-ray could not be read: there is nothing to report.");
    } else if (px_request_has_version(request, etag)) {
        px_reply_private_file(reply, NULL, etag, name);
    } else {
        picture->finding = px_reading_leading(picture->reading);
        picture->opacity = REPORT_OPACITY;
        px_picture_continue(app, request, reply, "xray.report", draw_report);
    }
}

void px_handle_xray_report(px_app *app, px_request *request, px_reply *reply) {
    px_xray xray;
    if (!px_v1_find_xray(app, request, reply, &xray))
        return;
    px_picture *picture = px_picture_begin(request, reply, &xray);
    if (picture)
        answer_report(app, request, reply, picture);
}
