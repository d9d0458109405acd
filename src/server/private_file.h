/* Answers with patients' pictures and documents: for who may see them now, and nobody's cache. */
#ifndef PX_SERVER_PRIVATE_FILE_H
#define PX_SERVER_PRIVATE_FILE_H

#include "exchange.h"

#define PX_ETAG_SIZE 17 /**< 16 hexadecimal digits and the closing zero */

/** A version of what is made of these parts: of a text that has them all. */
void px_etag_of(const char *parts, char etag[PX_ETAG_SIZE]);

/**
 * Answer with a file, whose content is for the caller to fill in. A browser may keep it, but asks
 * each time whether it still may; it runs nothing in it, and saves it under a name that tells
 * nothing.
 *
 * @param type  its Content-Type; NULL: the client has it already (304).
 * @param name  "xray-12.png".
 */
void px_reply_private_file(px_reply *reply, const char *type, const char *etag, const char *name);

/** Read an X-ray's image, checked against its hash. @param out initialised with a cap of its size
 *  here. False with the reply filled in. */
bool px_load_xray_image(px_app *app, const px_request *request, px_reply *reply,
                        const px_xray *xray, px_buffer *out);

/** Answer with that image under the name "PREFIX12.png", or 304; noted in the audit trail when it
 * is sent. One that is not encrypted is sent from disk. */
void px_reply_xray_image(px_app *app, const px_request *request, px_reply *reply,
                         const px_xray *xray, const char *prefix);

/** Note in the audit trail that who asks sees an X-ray ("xray.view"). False with the reply filled
 * in: what cannot be noted is not shown. */
bool px_note_seen(px_app *app, const px_request *request, px_reply *reply, const char *action,
                  const px_xray *xray);

/** "png" or "jpg". */
const char *px_xray_suffix(const px_xray *xray);

#endif
