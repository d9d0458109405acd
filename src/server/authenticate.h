/* Who sends a request: from its Authorization header or cookie to a principal. */
#ifndef PX_SERVER_AUTHENTICATE_H
#define PX_SERVER_AUTHENTICATE_H

#include "exchange.h"

#define PX_COOKIE_NAME "perxeptron_session"
#define PX_KEY_PREFIX "pxk_" /**< of API keys, so that they are recognised where they leak */

/**
 * Fill in request->who. "Authorization: Token X" and "Bearer X" take a session's token or an API
 * key; without that header the cookie counts. A cookie that is not valid makes a client anonymous;
 * a header that is not valid is refused: 401 with "WWW-Authenticate: Token" or "Bearer", under the
 * 2020 paths {"detail":"Invalid token."} and its other sentences.
 *
 * @return false with the reply filled in: 401, or 503 when the store cannot be asked.
 */
bool px_authenticate(px_app *app, px_request *request, px_reply *reply);

/** Make a session for a user and put its cookie into the reply. */
bool px_session_begin_cookie(px_app *app, const px_request *request, int64_t user_id,
                             px_reply *reply, px_error *err);
/** Make a session for a user and give its token. */
bool px_session_begin_token(px_app *app, const px_request *request, int64_t user_id,
                            char token[PX_TOKEN_HEX], px_error *err);
/** Take the cookie away from the browser. */
void px_session_forget_cookie(const px_request *request, px_reply *reply);

#endif
