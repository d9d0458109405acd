/* Uploads: parts are sorted into title and image, and the image is written as it comes. */
#include "upload.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "../base/error.h"
#include "fields.h"

enum { FIELD_OTHER, FIELD_TITLE, FIELD_IMAGE };

static bool open_image(px_upload *upload, px_error *err) {
    if (upload->has_image)
        return px_fail(err, PX_ERR_INPUT, "image", "more than one image");
    char name[PX_MEDIA_NAME];
    if (!px_media_new_name(name, err))
        return false;
    int file = px_media_create_temporary(upload->media, name, err);
    if (file < 0)
        return false;
    memcpy(upload->name, name, sizeof name);
    upload->file = file;
    upload->has_image = true;
    return true;
}

static bool write_image(px_upload *upload, const char *bytes, size_t size, px_error *err) {
    if (size > upload->max_image - upload->image_size)
        return px_fail(err, PX_ERR_LIMIT, "image", "the image is larger than %zu MiB",
                       upload->max_image >> 20);
    upload->image_size += size;
    while (size > 0) {
        ssize_t written = write(upload->file, bytes, size);
        if (written < 0)
            return px_fail_errno(err, "upload", "cannot write");
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static void add_title(px_upload *upload, const char *bytes, size_t size) {
    size_t kept = upload->title_size < PX_TITLE_CAP ? upload->title_size : PX_TITLE_CAP;
    size_t room = PX_TITLE_CAP - kept;
    if (size == 0)
        return;
    memcpy(upload->title + kept, bytes, size < room ? size : room);
    upload->title_size += size;
}

static bool begin_part(void *context, const char *name, const char *filename, px_error *err) {
    px_upload *upload = context;
    upload->field = FIELD_OTHER;
    if (strcmp(name, "title") == 0 && !filename) {
        upload->field = FIELD_TITLE;
        upload->has_title = true;
        upload->title_size = 0;
    } else if (strcmp(name, "image") == 0 && !filename) {
        upload->image_is_text = true;
    } else if (strcmp(name, "image") == 0 && filename[0] != '\0') { /* "": a form without a file */
        upload->field = FIELD_IMAGE;
        return open_image(upload, err);
    }
    return true;
}

static bool add_part_data(void *context, const void *bytes, size_t size, px_error *err) {
    px_upload *upload = context;
    if (upload->field == FIELD_TITLE)
        add_title(upload, bytes, size);
    return upload->field != FIELD_IMAGE || write_image(upload, bytes, size, err);
}

static bool end_part(void *context, px_error *err) {
    (void)err;
    px_upload *upload = context;
    upload->field = FIELD_OTHER;
    return true;
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

void px_upload_begin(px_upload *upload, px_media *media, const char *content_type,
                     size_t max_image) {
    *upload = (px_upload){
        .kind = kind_of(content_type), .media = media, .max_image = max_image, .file = -1};
    px_buffer_init(&upload->fields, PX_FIELDS_CAP);
    if (upload->kind == PX_BODY_MULTIPART)
        px_multipart_init(&upload->parser, content_type, &parts, upload, &upload->error);
    else if (upload->kind == PX_BODY_RAW)
        open_image(upload, &upload->error);
}

void px_upload_feed(px_upload *upload, const void *bytes, size_t size) {
    if (upload->error.code != PX_OK)
        return;
    if (upload->kind == PX_BODY_MULTIPART)
        px_multipart_feed(&upload->parser, bytes, size, &upload->error);
    else if (upload->kind == PX_BODY_RAW)
        write_image(upload, bytes, size, &upload->error);
    else if (upload->kind == PX_BODY_FORM || upload->kind == PX_BODY_JSON)
        px_buffer_append(&upload->fields, bytes, size, &upload->error);
    else if (upload->kind == PX_BODY_NONE)
        upload->kind = PX_BODY_OTHER; /* a body, but nothing says of what */
}

static bool find_field(const px_upload *upload, const char *name, px_buffer *value, bool *found,
                       px_error *err) {
    const char *body = (const char *)upload->fields.data;
    return upload->kind == PX_BODY_FORM
               ? px_fields_find_form(body, upload->fields.size, name, value, found, err)
               : px_fields_find_json(body, upload->fields.size, name, value, found, err);
}

static void read_fields(px_upload *upload) {
    px_buffer value;
    px_buffer_init(&value, PX_FIELDS_CAP);
    if (upload->fields.size > 0 &&
        find_field(upload, "title", &value, &upload->has_title, &upload->error)) {
        add_title(upload, (const char *)value.data, value.size);
        px_buffer_clear(&value);
        find_field(upload, "image", &value, &upload->image_is_text, &upload->error);
    }
    px_buffer_clear(&value);
}

static void close_file(px_upload *upload) {
    if (upload->media && upload->file >= 0 && close(upload->file) != 0)
        px_fail_errno(&upload->error, "upload", "cannot write");
    upload->file = -1;
}

void px_upload_finish(px_upload *upload) {
    if (upload->kind == PX_BODY_MULTIPART && upload->error.code == PX_OK)
        px_multipart_finish(&upload->parser, &upload->error);
    if ((upload->kind == PX_BODY_FORM || upload->kind == PX_BODY_JSON) &&
        upload->error.code == PX_OK)
        read_fields(upload);
    close_file(upload);
    upload->title[upload->title_size < PX_TITLE_CAP ? upload->title_size : PX_TITLE_CAP] = '\0';
}

void px_upload_discard(px_upload *upload) {
    close_file(upload);
    if (upload->media && upload->name[0] != '\0')
        px_media_remove_temporary(upload->media, upload->name);
    upload->name[0] = '\0';
    px_buffer_clear(&upload->fields);
}
