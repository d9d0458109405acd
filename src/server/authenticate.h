/* Who sends a request: from its Authorization header or cookie to a principal. */
#ifndef PX_SERVER_AUTHENTICATE_H
#define PX_SERVER_AUTHENTICATE_H

#include "exchange.h"

#define PX_COOKIE_NAME "perxeptron_session"
#define PX_KEY_PREFIX "pxk_" /**< of API keys, so that they are recognised where they leak */
#define PX_KEY_SIZE (sizeof PX_KEY_PREFIX - 1 + PX_TOKEN_HEX)

/**
 * Fill in request->who. "Authorization: Token X" and "Bearer X" take a session's token or an API
 * key; without that header the cookie counts. A cookie that is not valid makes a client anonymous;
 * a header that is not valid is refused: 401 with "WWW-Authenticate: Token" or "Bearer", under the
 * 2020 paths {"detail":"Invalid token."} and its other sentences.
 *
 * The 2020 paths know no cookies, and of headers "Token X" alone: others count as none. What a
 * cookie may do other than GET must come from this server's own page, and the browser must say so
 * (Sec-Fetch-Site or Origin): 403.
 *
 * @return false with the reply filled in: 401, 403, or 503 when the store cannot be asked.
 */
bool px_authenticate(px_app *app, px_request *request, px_reply *reply);

/** A session that was begun. */
typedef struct px_new_session {
    char token[PX_TOKEN_HEX];
    int64_t expires;
} px_new_session;

/** Make a session for a user as they were when their password was checked. PX_ERR_BUSY: password or
 *  account were changed meanwhile, and there is no session.
 *  @param client  what logs in, in its own words; "" for none. */
bool px_session_begin(px_app *app, const px_request *request, const px_user *user,
                      px_session_kind kind, const char *client, px_new_session *session,
                      px_error *err);
/** Give its token to the browser as a cookie. Over TLS its name begins with "__Host-", so that no
 *  other host of the domain and no plain connection can put another in its place (RFC 6265bis). */
void px_session_set_cookie(const px_app *app, const px_request *request,
                           const px_new_session *session, px_reply *reply);
/** Take the cookie away from the browser. */
void px_session_forget_cookie(const px_request *request, px_reply *reply);

#endif
