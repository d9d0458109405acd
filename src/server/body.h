/* A request's body: text fields, and one image that goes to disk as it comes.
 *
 * Fields of a multipart or URL-encoded form are strings; a JSON body's are what they are.
 */
#ifndef PX_SERVER_BODY_H
#define PX_SERVER_BODY_H

#include <jansson.h>

#include "../base/buffer.h"
#include "../store/blobs.h"
#include "multipart.h"

#define PX_FIELDS_CAP ((size_t)64 << 10) /**< bytes of all fields together */

typedef enum {
    PX_BODY_NONE,
    PX_BODY_MULTIPART,
    PX_BODY_RAW,  /**< the image itself: image/… or application/octet-stream */
    PX_BODY_FORM, /**< URL-encoded fields: no file */
    PX_BODY_JSON, /**< an object of fields: no file */
    PX_BODY_OTHER /**< of a type that nobody reads: 415 */
} px_body_kind;

/** Zeroed before use. After px_body_finish: what the body held. */
typedef struct px_body {
    px_body_kind kind;
    json_t *fields;     /**< an object, empty for bodies without any; owned */
    bool has_image;     /**< a file came in the field "image", or as the whole body */
    bool image_is_text; /**< an "image" field came, but not as a file */
    size_t image_size;
    char image[PX_BLOB_TEMPORARY]; /**< name of the temporary file; "" when there is none */
    px_error error;  /**< what went wrong, if anything did; its subject is the field */
    px_blobs *blobs; /**< from here on: its own */
    size_t max_image;
    px_buffer text; /**< of the field that comes now, or of a whole body without a file */
    char field[64]; /**< its name; "" while nothing is kept */
    size_t taken;   /**< bytes of all fields so far */
    int file;
    px_multipart parser;
} px_body;

/**
 * Start on a body of the given Content-Type (nullable).
 *
 * @param blobs  where an image is written; NULL: this route takes none, and a file is an error.
 */
void px_body_begin(px_body *body, px_blobs *blobs, const char *content_type, size_t max_image);
/** Take the next bytes; after an error they are passed over. */
void px_body_feed(px_body *body, const void *bytes, size_t size);
/** The body is over. body->error tells whether it can be used: PX_ERR_INPUT malformed or text that
 * is not UTF-8, PX_ERR_LIMIT too large, PX_ERR_IO not stored. */
void px_body_finish(px_body *body);
/** Remove what is left on disk, and free. Zeroed or finished bodies are fine. */
void px_body_discard(px_body *body);

/** A text field, or NULL when it is not there, no text, or has a zero byte in it. Borrowed. */
const char *px_body_text(const px_body *body, const char *name);
/** Is there a field of this name, of whatever kind? */
bool px_body_has(const px_body *body, const char *name);

#endif
