/* Bodies: parts and fields are sorted into one object of texts, and the image is written as it
 * comes.
 */
#include "body.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../base/error.h"
#include "fields.h"

#define ROOM_STEP ((size_t)1 << 20) /* bytes of an image; others fill the disk at the same time */

static bool open_image(px_body *body, px_error *err) {
    if (!body->blobs)
        return px_fail(err, PX_ERR_INPUT, "image", "no file belongs here");
    if (body->has_image)
        return px_fail(err, PX_ERR_INPUT, "image", "more than one image");
    char name[PX_BLOB_TEMPORARY];
    if (!px_blobs_has_room(body->blobs, err))
        return false;
    int file = px_blobs_create_temporary(body->blobs, name, err);
    if (file < 0)
        return false;
    memcpy(body->image, name, sizeof name);
    body->file = file;
    body->has_image = true;
    return true;
}

static bool write_image(px_body *body, const char *bytes, size_t size, px_error *err) {
    if (size > body->max_image - body->image_size)
        return px_fail(err, PX_ERR_LIMIT, "image", "the image is larger than %zu MiB",
                       body->max_image >> 20);
    bool ask = (body->image_size + size) / ROOM_STEP > body->image_size / ROOM_STEP;
    if (ask && !px_blobs_has_room(body->blobs, err))
        return false;
    body->image_size += size;
    while (size > 0) {
        ssize_t written = write(body->file, bytes, size);
        if (written < 0)
            return px_fail_errno(err, "upload", "cannot write");
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool add_text(px_body *body, const void *bytes, size_t size, px_error *err) {
    body->taken += size;
    if (body->taken > PX_FIELDS_CAP)
        return px_fail(err, PX_ERR_LIMIT, NULL, "more than %zu KiB of fields", PX_FIELDS_CAP >> 10);
    return px_buffer_append(&body->text, bytes, size, err);
}

static bool begin_part(void *context, const char *name, const char *filename, px_error *err) {
    px_body *body = context;
    bool is_image = strcmp(name, "image") == 0;
    body->field[0] = '\0';
    body->text.size = 0;
    if (is_image && filename)
        return filename[0] == '\0' || open_image(body, err); /* "": a form without a file */
    if (is_image)
        body->image_is_text = true;
    else if (!filename && strlen(name) < sizeof body->field)
        snprintf(body->field, sizeof body->field, "%s", name);
    return true;
}

static bool add_part_data(void *context, const void *bytes, size_t size, px_error *err) {
    px_body *body = context;
    if (body->file >= 0)
        return write_image(body, bytes, size, err);
    return body->field[0] == '\0' || add_text(body, bytes, size, err);
}

static bool close_image(px_body *body, px_error *err) {
    int file = body->file;
    body->file = -1;
    return file < 0 || close(file) == 0 || px_fail_errno(err, "upload", "cannot write");
}

static bool end_part(void *context, px_error *err) {
    px_body *body = context;
    if (body->file >= 0)
        return close_image(body, err);
    return body->field[0] == '\0' ||
           px_fields_add(body->fields, body->field, (const char *)body->text.data, body->text.size,
                         err);
}

static const px_multipart_handler parts = {begin_part, add_part_data, end_part};

static px_body_kind kind_of(const char *content_type) {
    static const struct {
        const char *prefix;
        px_body_kind kind;
    } kinds[] = {{"multipart/form-data", PX_BODY_MULTIPART},
                 {"image/", PX_BODY_RAW},
                 {"application/octet-stream", PX_BODY_RAW},
                 {"application/x-www-form-urlencoded", PX_BODY_FORM},
                 {"application/json", PX_BODY_JSON}};
    if (!content_type)
        return PX_BODY_NONE;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncasecmp(content_type, kinds[i].prefix, strlen(kinds[i].prefix)) == 0)
            return kinds[i].kind;
    return PX_BODY_OTHER;
}

void px_body_begin(px_body *body, px_blobs *blobs, const char *content_type, size_t max_image) {
    *body = (px_body){.kind = kind_of(content_type),
                      .fields = json_object(),
                      .blobs = blobs,
                      .max_image = max_image,
                      .file = -1};
    px_buffer_init(&body->text, PX_FIELDS_CAP);
    if (!body->fields)
        px_fail_memory(&body->error);
    else if (body->kind == PX_BODY_MULTIPART)
        px_multipart_init(&body->parser, content_type, &parts, body, &body->error);
    else if (body->kind == PX_BODY_RAW && !blobs)
        body->kind = PX_BODY_OTHER;
    else if (body->kind == PX_BODY_RAW)
        open_image(body, &body->error);
}

void px_body_feed(px_body *body, const void *bytes, size_t size) {
    if (body->error.code != PX_OK)
        return;
    if (body->kind == PX_BODY_MULTIPART)
        px_multipart_feed(&body->parser, bytes, size, &body->error);
    else if (body->kind == PX_BODY_RAW)
        write_image(body, bytes, size, &body->error);
    else if (body->kind == PX_BODY_FORM || body->kind == PX_BODY_JSON)
        add_text(body, bytes, size, &body->error);
    else if (body->kind == PX_BODY_NONE)
        body->kind = PX_BODY_OTHER; /* a body, but nothing says of what */
}

/* A whole body of text becomes fields; an empty one has none. */
static void read_fields(px_body *body) {
    const char *text = (const char *)body->text.data;
    if (body->text.size == 0)
        return;
    json_t *fields = body->kind == PX_BODY_FORM
                         ? px_fields_from_form(text, body->text.size, &body->error)
                         : px_fields_from_json(text, body->text.size, &body->error);
    if (!fields)
        return;
    json_decref(body->fields);
    body->fields = fields;
    body->image_is_text = json_object_get(fields, "image") != NULL;
}

void px_body_finish(px_body *body) {
    if (body->kind == PX_BODY_MULTIPART && body->error.code == PX_OK)
        px_multipart_finish(&body->parser, &body->error);
    if ((body->kind == PX_BODY_FORM || body->kind == PX_BODY_JSON) && body->error.code == PX_OK)
        read_fields(body);
    if (body->fields)
        close_image(body, &body->error);
}

void px_body_discard(px_body *body) {
    if (!body->fields)
        return;
    close_image(body, NULL);
    if (body->image[0] != '\0')
        px_blobs_remove_temporary(body->blobs, body->image);
    px_buffer_clear(&body->text);
    json_decref(body->fields);
    *body = (px_body){.file = -1};
}

const char *px_body_text(const px_body *body, const char *name) {
    const json_t *value = body->fields ? json_object_get(body->fields, name) : NULL;
    const char *text = json_string_value(value);
    return text && strlen(text) == json_string_length(value) ? text : NULL;
}

bool px_body_has(const px_body *body, const char *name) {
    return body->fields && json_object_get(body->fields, name);
}
