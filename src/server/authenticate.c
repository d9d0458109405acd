/* Credentials: Authorization headers (RFC 6750; the 2020 system's Token), cookies, and sessions.
 *
 * Tokens are 256 random bits and found by their hash, so neither what is compared nor how long that
 * takes tells anything about another one.
 */
#include "authenticate.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "../base/error.h"
#include "../base/text.h"
#include "cookies.h"
#include "routes.h"

#define SESSION_SCOPES (PX_SCOPE_READ | PX_SCOPE_PREDICT | PX_SCOPE_WRITE | PX_SCOPE_ACCOUNT)
#define KEY_SCOPES ((unsigned)(PX_SCOPE_READ | PX_SCOPE_PREDICT | PX_SCOPE_WRITE))
#define BLANKS " \t\r\n\v\f"

/* ---- From a token to a principal ---- */

/* What is longer than any token becomes "", which is none either. */
static void copy_token(char *to, size_t room, const char *from, size_t size) {
    size = size < room ? size : 0;
    memcpy(to, from, size);
    to[size] = '\0';
}

static bool is_token(const char *text) {
    return strlen(text) == PX_TOKEN_HEX - 1 && strspn(text, "0123456789abcdef") == PX_TOKEN_HEX - 1;
}

static bool find_by_key(px_app *app, const char *token, px_principal *who, px_error *err) {
    char hash[PX_SHA256_HEX];
    px_key key;
    bool found = false;
    px_token_hash(token, hash);
    if (!px_store_find_key(app->store, hash, &key, &who->user, &found, err))
        return false;
    if (found) {
        who->by = PX_BY_API_KEY;
        who->scopes = key.scopes & KEY_SCOPES;
        who->key_id = key.id;
        who->per_minute = key.per_minute;
    }
    return true;
}

/* A browser's session is of no use as a program's token, nor the other way round. */
static bool find_by_session(px_app *app, const char *token, px_session_kind kind, px_principal *who,
                            px_error *err) {
    char hash[PX_SHA256_HEX];
    px_session session;
    bool found = false;
    px_token_hash(token, hash);
    if (!px_store_find_session(app->store, hash, &session, &who->user, &found, err))
        return false;
    if (found && session.kind == kind) {
        who->by = kind == PX_SESSION_COOKIE ? PX_BY_COOKIE : PX_BY_TOKEN;
        who->scopes = SESSION_SCOPES | (who->user.role == PX_ROLE_ADMIN ? PX_SCOPE_ADMIN : 0u);
        who->session_id = session.id;
    }
    return true;
}

/* Afterwards who->by tells whether there is anybody; a failed search leaves nobody. */
static bool find_principal(px_app *app, px_request *request, const char *token,
                           px_session_kind kind, px_reply *reply) {
    const size_t prefix = sizeof PX_KEY_PREFIX - 1;
    px_principal who = {0};
    px_error err = {0};
    bool ok = true;
    if (strncmp(token, PX_KEY_PREFIX, prefix) == 0 && is_token(token + prefix))
        ok = kind == PX_SESSION_COOKIE || find_by_key(app, token, &who, &err);
    else if (is_token(token))
        ok = find_by_session(app, token, kind, &who, &err);
    if (!ok)
        px_reply_error(reply, request, &err);
    else if (who.by != PX_BY_NOTHING)
        request->who = who;
    return ok;
}

/* ---- Headers ---- */

static bool refuse(const px_request *request, px_reply *reply, const char *sentence) {
    bool old = px_request_is_old(request);
    px_reply_fail(reply, request, 401, "%s", sentence);
    px_reply_add_header(reply, "WWW-Authenticate", "%s",
                        old ? "Token" : "Bearer error=\"invalid_token\"");
    return false;
}

/* The words of a header; the third stands for all further ones. */
typedef struct header_words {
    const char *word[3];
    size_t size[3];
    int count;
} header_words;

static header_words split(const char *header) {
    header_words words = {0};
    for (const char *at = header; words.count < 3; words.count++) {
        at += strspn(at, BLANKS);
        if (*at == '\0')
            break;
        words.word[words.count] = at;
        words.size[words.count] = strcspn(at, BLANKS);
        at += words.size[words.count];
    }
    return words;
}

static bool is_scheme(const header_words *words, const char *scheme) {
    return words->count > 0 && words->size[0] == strlen(scheme) &&
           strncasecmp(words->word[0], scheme, words->size[0]) == 0;
}

/* The sentences are those of Django REST Framework's TokenAuthentication. */
static bool use_header(px_app *app, px_request *request, const header_words *words,
                       px_reply *reply) {
    char token[PX_KEY_SIZE];
    if (words->count == 1)
        return refuse(request, reply, "Invalid token header. No credentials provided.");
    if (words->count > 2)
        return refuse(request, reply,
                      "Invalid token header. Token string should not contain spaces.");
    if (!px_text_is_utf8(words->word[1]))
        return refuse(request, reply,
                      "Invalid token header. Token string should not contain invalid characters.");
    copy_token(token, sizeof token, words->word[1], words->size[1]);
    if (!find_principal(app, request, token, PX_SESSION_TOKEN, reply))
        return false;
    return request->who.by != PX_BY_NOTHING || refuse(request, reply, "Invalid token.");
}

/* ---- Cookies ---- */

static const char *cookie_name(const px_request *request) {
    return request->secure ? "__Host-" PX_COOKIE_NAME : PX_COOKIE_NAME;
}

/* The session's cookie. Of several with its name none is believed: somebody put one there. */
static bool find_cookie(const px_request *request, char token[PX_TOKEN_HEX]) {
    const char *value = NULL;
    size_t size = 0;
    if (px_cookie_find(request->cookie, cookie_name(request), &value, &size) != 1)
        return false;
    copy_token(token, PX_TOKEN_HEX, value, size);
    return true;
}

static bool use_cookie(px_app *app, px_request *request, px_reply *reply) {
    char token[PX_TOKEN_HEX];
    if (!find_cookie(request, token))
        return true;
    if (!find_principal(app, request, token, PX_SESSION_COOKIE, reply))
        return false;
    if (request->who.by == PX_BY_NOTHING || px_request_is_own_page(request))
        return true;
    px_reply_fail(reply, request, 403,
                  "With a session's cookie this takes a page of this server: the request must have "
                  "its Origin, or Sec-Fetch-Site: same-origin.");
    return false;
}

bool px_authenticate(px_app *app, px_request *request, px_reply *reply) {
    bool old = px_request_is_old(request);
    header_words words = split(request->authorization ? request->authorization : "");
    request->who = (px_principal){0};
    if (is_scheme(&words, "Token") || (!old && is_scheme(&words, "Bearer")))
        return use_header(app, request, &words, reply);
    if (old)
        return true;
    if (request->authorization)
        return refuse(request, reply, "Authorization must be Bearer, and a token or an API key.");
    return use_cookie(app, request, reply);
}

/* ---- Sessions ---- */

bool px_session_begin(px_app *app, const px_request *request, const px_user *user,
                      px_session_kind kind, const char *client, px_new_session *session,
                      px_error *err) {
    int hours = kind == PX_SESSION_COOKIE ? app->options->session_hours : app->options->token_hours;
    px_actor actor = {.user_id = user->id, .request_id = request->id};
    px_session made = {
        .user_id = user->id, .kind = kind, .expires = px_store_now() + hours * PX_HOUR};
    char token[PX_TOKEN_HEX], hash[PX_SHA256_HEX];
    if (!px_token_new(token, err))
        return false;
    px_token_hash(token, hash);
    snprintf(made.client, sizeof made.client, "%s", client);
    if (!px_store_add_session(app->store, &actor, &made, user->password_hash, hash, err))
        return false;
    if (made.id == 0)
        return px_fail(err, PX_ERR_BUSY, "session", "the account was changed while it logged in");
    memcpy(session->token, token, sizeof token);
    session->expires = made.expires;
    return true;
}

static void add_cookie(const px_request *request, const char *value, int seconds, px_reply *reply) {
    px_reply_add_header(reply, "Set-Cookie", "%s=%s; Path=/; Max-Age=%d; HttpOnly; SameSite=Lax%s",
                        cookie_name(request), value, seconds, request->secure ? "; Secure" : "");
}

void px_session_set_cookie(const px_app *app, const px_request *request,
                           const px_new_session *session, px_reply *reply) {
    add_cookie(request, session->token, app->options->session_hours * 3600, reply);
}

void px_session_forget_cookie(const px_request *request, px_reply *reply) {
    add_cookie(request, "", 0, reply);
}
