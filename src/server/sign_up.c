/* Sign-up in two steps: checks that cost little, then the hash, in its own place. */
#include "sign_up.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "login.h"
#include "usernames.h"

const char *px_username_problem(const char *username) {
    return px_username_is_valid(username)
               ? NULL
               : "Enter a valid username. This value may contain only letters, numbers, and "
                 "@/./+/-/_ characters.";
}

bool px_sign_up_is_taken(px_app *app, const char *username, bool *taken, px_error *err) {
    px_user user;
    return px_store_find_user(app->store, username, &user, taken, err);
}

static void wipe(void *state) {
    px_sign_up *asked = state;
    px_secret_wipe(asked->password, asked->password_size);
    free(asked);
}

bool px_sign_up_continue(px_request *request, const char *username, const char *password,
                         px_handler *next, px_error *err) {
    size_t size = strlen(password);
    px_sign_up *asked = px_alloc(1, sizeof *asked + size + 1, err);
    if (!asked)
        return false;
    memcpy(asked->username, username, strnlen(username, PX_USERNAME_BYTES - 1));
    memcpy(asked->password, password, size);
    asked->password_size = size;
    request->state = asked;
    request->free_state = wipe;
    px_request_continue(request, PX_RUN_PASSWORD, next);
    return true;
}

bool px_sign_up_add(px_app *app, const px_request *request, px_user *user, bool *added,
                    px_error *err) {
    const px_sign_up *asked = request->state;
    const px_actor actor = px_request_actor(request);
    char hash[PX_PASSWORD_HASH];
    int64_t id;
    *added = false;
    if (!px_login_hash(app, asked->password, asked->password_size, hash, err) ||
        !px_store_add_user(app->store, &actor, asked->username, hash, PX_ROLE_USER, &id, err))
        return false;
    return id == 0 || px_store_get_user(app->store, id, user, added, err);
}
