/* A request's body: title and image in a form, the image itself, or fields without a file. */
#ifndef PX_SERVER_UPLOAD_H
#define PX_SERVER_UPLOAD_H

#include "../base/buffer.h"
#include "media.h"
#include "multipart.h"

#define PX_TITLE_CAP 1024 /**< bytes kept; the longest valid title is 50 characters */

#define PX_FIELDS_CAP 16384 /**< bytes of a body without a file */

typedef enum {
    PX_BODY_NONE,
    PX_BODY_MULTIPART,
    PX_BODY_RAW,  /**< the image itself */
    PX_BODY_FORM, /**< URL-encoded fields: no file */
    PX_BODY_JSON, /**< an object of fields: no file */
    PX_BODY_OTHER
} px_body_kind;

/** Zeroed before use. After px_upload_finish: what the body held. */
typedef struct px_upload {
    px_body_kind kind;
    bool has_title, has_image;
    bool image_is_text; /**< an "image" field came, but not as a file */
    char title[PX_TITLE_CAP + 1];
    size_t title_size;        /**< of the title sent, also past the cap */
    size_t image_size;        /**< bytes on disk */
    char name[PX_MEDIA_NAME]; /**< of the image in tmp/ */
    px_error error;           /**< what went wrong, if anything did */
    px_media *media;          /**< from here on: its own */
    size_t max_image;
    px_buffer fields;
    int file;
    int field;
    px_multipart parser;
} px_upload;

/** Start on a body of the given Content-Type (nullable). */
void px_upload_begin(px_upload *upload, px_media *media, const char *content_type,
                     size_t max_image);

/** Take the next bytes; after an error they are passed over. */
void px_upload_feed(px_upload *upload, const void *bytes, size_t size);

/** The body is over. upload->error tells whether it can be used: PX_ERR_INPUT malformed,
 *  PX_ERR_LIMIT image too large, PX_ERR_IO not stored. */
void px_upload_finish(px_upload *upload);

/** Remove what is left on disk. Zeroed or finished uploads are fine. */
void px_upload_discard(px_upload *upload);

#endif
