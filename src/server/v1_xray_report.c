/* GET /api/v1/xrays/{id}/report.pdf. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../reader/reader.h"
#include "../report/reading_report.h"
#include "handlers.h"
#include "picture.h"
#include "v1_xrays.h"

#define PDF_CAP ((size_t)256 << 20)
#define VERSION_CAP ((size_t)1 << 20)
#define REPORT_OPACITY 0.5f

static const char *text_of(const json_t *object, const char *key) {
    return json_string_value(json_object_get(object, key));
}

/* The model card of what is here, if that read it. */
static const json_t *find_card(const px_app *app, const json_t *reading) {
    const char *version = text_of(json_object_get(reading, "ensemble"), "version");
    bool same = version && strcmp(version, px_reader_version(app->reader)) == 0;
    return same ? px_reader_ensemble(app->reader)->card : NULL;
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
    px_report_parts parts = {0};
    px_image radiograph, overlay;
    px_image_init(&radiograph);
    px_image_init(&overlay);
    snprintf(number, sizeof number, "%" PRId64, xray->id);
    px_report report = {.title = xray->title,
                        .number = number,
                        .patient_reference = xray->patient_reference,
                        .taken_up = xray->created / PX_SECOND,
                        .made = xray->updated / PX_SECOND};
    report.n_pictures =
        add_pictures(picture, &radiograph, &overlay, caption, sizeof caption, &report);
    bool ok = px_report_fill_reading(&report, picture->reading, find_card(app, picture->reading),
                                     &parts, err) &&
              px_picture_draw(picture, &radiograph, &overlay, err) &&
              px_report_write_pdf(&report, out, err);
    px_image_clear(&radiograph);
    px_image_clear(&overlay);
    px_report_parts_clear(&parts);
    return ok;
}

/* Reviews are no change of the X-ray, but one of its report. */
static bool describe_file(const px_xray *xray, char etag[PX_ETAG_SIZE], char name[40],
                          px_error *err) {
    px_buffer parts;
    px_buffer_init(&parts, VERSION_CAP);
    bool ok = px_buffer_print(&parts, err, "report " PX_VERSION " %s %" PRId64, xray->sha256,
                              xray->updated);
    for (int i = 0; ok && i < xray->n_reviews; i++)
        ok = px_buffer_print(&parts, err, " %s %" PRId64, xray->reviews[i].finding,
                             xray->reviews[i].updated);
    if (ok)
        px_etag_of((const char *)parts.data, etag);
    px_buffer_clear(&parts);
    snprintf(name, 40, "xray-%" PRId64 ".pdf", xray->id);
    return ok;
}

static void draw_report(px_app *app, px_request *request, px_reply *reply) {
    const px_picture *picture = px_picture_load(app, request, reply);
    if (!picture)
        return;
    char etag[PX_ETAG_SIZE], name[40];
    px_error err = {0};
    px_buffer_init(&reply->body, PDF_CAP);
    if (describe_file(&picture->xray, etag, name, &err) &&
        write_report(app, picture, &reply->body, &err))
        px_reply_private_file(reply, "application/pdf", etag, name);
    else
        px_reply_error(reply, request, &err);
}

static void answer_report(px_app *app, px_request *request, px_reply *reply, px_picture *picture) {
    char etag[PX_ETAG_SIZE], name[40];
    px_error err = {0};
    if (picture->xray.status == PX_XRAY_FAILED) {
        px_reply_fail(reply, request, 409,
                      "This X-ray could not be read: there is nothing to report.");
    } else if (!describe_file(&picture->xray, etag, name, &err) ||
               !px_reading_add_reviews(picture->reading, &picture->xray, &err)) {
        px_reply_error(reply, request, &err);
    } else if (px_request_has_version(request, etag)) {
        px_reply_private_file(reply, NULL, etag, name);
    } else {
        picture->finding = px_report_leading(picture->reading);
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
