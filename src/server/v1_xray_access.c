/* Whose X-ray it is: somebody else's is not there. */
#include "private_file.h"
#include "routes.h"
#include "v1_xrays.h"

static bool find_by_capability(px_app *app, const char *capability, int64_t id, px_xray *xray,
                               bool *found, px_error *err) {
    char hash[PX_SHA256_HEX];
    px_token_hash(capability, hash);
    if (!px_store_find_capability(app->store, hash, xray, found, err))
        return false;
    if (*found && xray->id != id) {
        px_xray_clear(xray);
        *found = false;
    }
    return true;
}

static bool find_own(px_app *app, int64_t user_id, int64_t id, px_xray *xray, bool *found,
                     px_error *err) {
    if (!px_store_get_xray(app->store, id, xray, found, err))
        return false;
    if (*found && xray->user_id != user_id) {
        px_xray_clear(xray);
        *found = false;
    }
    return true;
}

bool px_v1_find_xray(px_app *app, const px_request *request, px_reply *reply, px_xray *xray) {
    /* It opens what strangers may do, and nothing else: also to somebody who is logged in. */
    const char *capability =
        request->route->anonymous ? px_request_query(request, "capability") : NULL;
    int64_t user_id = request->who.user.id, id = 0;
    px_error err = {0};
    bool ok = true, found = false;
    if (!capability && user_id == 0) {
        px_reply_unknown_client(reply, request);
        return false;
    }
    *xray = (px_xray){0};
    if (px_request_number(request, 0, &id))
        ok = capability ? find_by_capability(app, capability, id, xray, &found, &err)
                        : find_own(app, user_id, id, xray, &found, &err);
    if (!ok)
        px_reply_error(reply, request, &err);
    else if (!found)
        px_reply_fail(reply, request, 404, "There is no such X-ray.");
    return ok && found;
}

bool px_v1_see_xray(px_app *app, const px_request *request, px_reply *reply, const char *action,
                    px_xray *xray) {
    if (!px_v1_find_xray(app, request, reply, xray))
        return false;
    if (px_note_seen(app, request, reply, action, xray))
        return true;
    px_xray_clear(xray);
    return false;
}
