/* The 2020 interface (Django REST Framework): the same fields, order and messages, so that an
 * unmodified old client works.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/error.h"
#include "../base/log.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "../image/image.h"
#include "../image/overlay.h"
#include "../image/prepare.h"
#include "handlers.h"

#define TITLE_CHARACTERS 50
#define OVERLAY_OPACITY 0.5f
#define OVERLAY_QUALITY 90
#define OVERLAY_CAP ((size_t)256 << 20)

static const char *const old_findings[] = {"atelectasis", "cardiomegaly", "consolidation", "edema",
                                           "pleural_effusion"};

/* Without white space around it, as the old serializer trimmed it. */
static void trim(char *text) {
    size_t start = strspn(text, " \t\r\n\v\f");
    memmove(text, text + start, strlen(text + start) + 1);
    size_t size = strlen(text);
    while (size > 0 && strchr(" \t\r\n\v\f", text[size - 1]))
        text[--size] = '\0';
}

static const char *title_problem(px_request *request, char **title) {
    const json_t *value = json_object_get(request->body.fields, "title");
    if (!value)
        return "This field is required.";
    if (!json_is_string(value))
        return "Not a valid string.";
    const char *text = px_body_text(&request->body, "title");
    if (!text)
        return "Null characters are not allowed.";
    if (!(*title = px_strdup(text, NULL)))
        return "Not a valid string.";
    trim(*title);
    if (**title == '\0')
        return "This field may not be blank.";
    if (px_text_length(*title) > TITLE_CHARACTERS)
        return "Ensure this field has no more than 50 characters.";
    return NULL;
}

static const char *image_problem(const px_body *body) {
    if (!body->has_image && body->image_is_text)
        return "The submitted data was not a file. Check the encoding type on the form.";
    if (!body->has_image)
        return "No file was submitted.";
    return body->image_size == 0 ? "The submitted file is empty." : NULL;
}

static bool check_fields(px_request *request, char **trimmed, px_reply *reply) {
    const char *title = title_problem(request, trimmed), *image = image_problem(&request->body);
    if (!title && !image)
        return true;
    json_t *problems = json_object();
    if (title)
        json_object_set_new(problems, "title", json_pack("[s]", title));
    if (image)
        json_object_set_new(problems, "image", json_pack("[s]", image));
    px_reply_take_json(reply, 400, problems);
    return false;
}

static void reply_unreadable(px_reply *reply, const px_request *request, const px_error *err) {
    if (err->code != PX_ERR_INPUT && err->code != PX_ERR_UNSUPPORTED && err->code != PX_ERR_LIMIT) {
        px_log(PX_LOG_ERROR, "server", request->id, "reading failed: %s", err->message);
        px_reply_error(reply, request, err);
        return;
    }
    px_reply_take_json(reply, 400,
                       json_pack("{s:[s,s]}", "image",
                                 "Upload a valid image. The file you uploaded was either not an "
                                 "image or a corrupted image.",
                                 err->message));
}

/* The finding that stands out most: the highest score relative to its threshold. */
static const px_finding *leading_finding(const px_reading *reading) {
    const px_finding *leading = NULL;
    float best = -1;
    for (int i = 0; i < reading->n_findings; i++) {
        const px_finding *finding = &reading->findings[i];
        bool relative = finding->has_threshold && finding->threshold > 0;
        float lead = relative ? finding->score / finding->threshold : finding->score;
        if (finding->heat && lead > best) {
            best = lead;
            leading = finding;
        }
    }
    return leading;
}

/* The leading finding's heat map at the radiograph's size; zeros when there is none. */
static float *enlarge_heat(const px_reading *reading, const px_finding *leading, px_error *err) {
    int width = reading->width, height = reading->height;
    float *heat = px_alloc((size_t)width * (size_t)height, sizeof *heat, err);
    if (heat && leading &&
        !px_resize_f32(leading->heat, reading->heat_width, reading->heat_height, 1, heat, width,
                       height, PX_RESIZE_BILINEAR, err)) {
        free(heat);
        return NULL;
    }
    return heat;
}

/* Networks without heat maps leave the radiograph as it is: old clients show what comes. */
static bool draw_heat_map(const px_mapping *bytes, const px_reading *reading, px_buffer *jpeg,
                          px_error *err) {
    const px_finding *leading = leading_finding(reading);
    float opacity = leading ? OVERLAY_OPACITY : 0;
    float *heat = enlarge_heat(reading, leading, err);
    px_image image, overlay;
    px_image_init(&image);
    px_image_init(&overlay);
    bool ok = heat && px_image_decode(bytes->data, bytes->size, NULL, &image, err) &&
              px_image_overlay(&image, heat, opacity, &overlay, err) &&
              px_image_encode_jpeg(&overlay, OVERLAY_QUALITY, jpeg, err);
    px_image_clear(&image);
    px_image_clear(&overlay);
    free(heat);
    return ok;
}

/* 1.0 or 0.0; null for a finding that the ensemble does not look for. */
static json_t *decision_of(const px_reading *reading, const char *id) {
    for (int i = 0; i < reading->n_findings; i++)
        if (strcmp(reading->findings[i].id, id) == 0)
            return json_real(reading->findings[i].decision ? 1.0 : 0.0);
    return json_null();
}

static void format_time(char text[40]) {
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t size = strftime(text, 40, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + size, 40 - size, ".%06ldZ", now.tv_nsec / 1000);
}

static json_t *make_xray(int64_t id, const char *title, const char *name, const char *suffix,
                         const px_reading *reading) {
    char posted[40], image[80], heat_map[80];
    format_time(posted);
    snprintf(image, sizeof image, "/media/images/%s%s", name, suffix);
    snprintf(heat_map, sizeof heat_map, "/media/heatmaps/heatmap_%s.jpg", name);
    json_t *xray =
        json_pack("{s:I,s:s,s:s,s:s,s:i,s:s}", "id", (json_int_t)id, "title", title, "image", image,
                  "date_posted", posted, "userperson", 1, "heatmap_image", heat_map);
    for (size_t i = 0; i < sizeof old_findings / sizeof *old_findings; i++)
        json_object_set_new(xray, old_findings[i], decision_of(reading, old_findings[i]));
    return xray;
}

static bool lacks_thresholds(const px_reading *reading) {
    for (int i = 0; i < reading->n_findings; i++)
        if (!reading->findings[i].has_threshold)
            return true;
    return false;
}

/* This interface has no field for a warning; a header does not disturb its clients. */
static void add_notice(const px_app *app, const px_reading *reading, px_reply *reply) {
    const char *notice = px_reader_notice(app->reader);
    const char *undecided =
        lacks_thresholds(reading) ? "no operating points: 0.0 decides nothing" : NULL;
    if (notice || undecided)
        px_reply_add_header(reply, "X-Perxeptron-Notice", "%s%s%s", notice ? notice : "",
                            notice && undecided ? "; " : "", undecided ? undecided : "");
}

static void answer_reading(px_app *app, px_request *request, const char *title,
                           const px_mapping *bytes, const px_reading *reading, px_reply *reply) {
    px_error err = {0};
    int64_t id = 0;
    const char *type = px_image_media_type(bytes->data, bytes->size);
    const char *suffix = type && strcmp(type, "image/png") == 0 ? ".png" : ".jpg";
    px_buffer jpeg;
    px_buffer_init(&jpeg, OVERLAY_CAP);
    if (draw_heat_map(bytes, reading, &jpeg, &err) &&
        px_media_keep(app->media, request->body.image, suffix, jpeg.data, jpeg.size, &id, &err)) {
        px_reply_take_json(reply, 201, make_xray(id, title, request->body.image, suffix, reading));
        add_notice(app, reading, reply);
    } else {
        px_log(PX_LOG_ERROR, "server", request->id, "storing failed: %s", err.message);
        px_reply_error(reply, request, &err);
    }
    px_buffer_clear(&jpeg);
}

void px_handle_anonupload(px_app *app, px_request *request, px_reply *reply) {
    char *title = NULL;
    if (px_check_body(request, reply) && check_fields(request, &title, reply)) {
        px_error err = {0};
        px_mapping bytes;
        px_reading *reading = px_read_image(app, &request->body, true, &bytes, &err);
        if (reading) {
            answer_reading(app, request, title, &bytes, reading, reply);
            px_mapping_close(&bytes);
        } else {
            reply_unreadable(reply, request, &err);
        }
        px_reading_free(reading);
    }
    free(title);
}
