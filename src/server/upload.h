/* An upload's way from a body to a kept X-ray, the same for both interfaces: its idempotency key is
 * looked up, the image is read, and then kept, each step in its own place. Who hangs up meanwhile
 * leaves nothing behind.
 */
#ifndef PX_SERVER_UPLOAD_H
#define PX_SERVER_UPLOAD_H

#include "exchange.h"

struct px_upload;

/** What differs between the interfaces. */
typedef struct px_upload_answers {
    /** The file is at fault: it cannot be read, for this reason. */
    void (*unreadable)(const px_request *request, px_reply *reply, const px_error *reason);
    /** The X-ray is on disk, now or since the same upload came before. */
    void (*kept)(const px_app *app, const px_request *request, px_reply *reply,
                 const struct px_upload *upload);
    /** It was read, and is not kept. */
    void (*read)(const px_request *request, px_reply *reply, const struct px_upload *upload);
} px_upload_answers;

typedef struct px_upload {
    const px_upload_answers *answers;
    bool keep;                     /**< false: it is read and forgotten */
    const char *idempotency_key;   /**< borrowed from the request; NULL for none */
    bool replayed;                 /**< the key had been used before: `xray` is from then */
    char capability[PX_TOKEN_HEX]; /**< opens an anonymous X-ray; "" for none */
    px_xray xray;                  /**< user_id, title and so on from the start; the rest later */
} px_upload;

/** A new upload of a user (0: an anonymous one, which lasts for the time that the options say).
 *  Texts are copied; NULL is "". NULL without memory. */
px_upload *px_upload_new(const px_app *app, const px_upload_answers *answers, int64_t user_id,
                         const char *title, const char *patient_reference, px_error *err);
/** Make a capability that opens it. */
bool px_upload_add_capability(px_upload *upload, px_error *err);
void px_upload_free(px_upload *upload);

/** Start on the image of the request's body; takes `upload`. Called where the store may be used. */
void px_upload_start(px_app *app, px_request *request, px_reply *reply, px_upload *upload);

#endif
