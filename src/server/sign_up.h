/* Making an account, for both interfaces: what was asked for waits for its turn to be hashed. */
#ifndef PX_SERVER_SIGN_UP_H
#define PX_SERVER_SIGN_UP_H

#include "exchange.h"

/** What was asked for. */
typedef struct px_sign_up {
    char username[PX_USERNAME_BYTES];
    size_t password_size;
    char password[]; /**< wiped when the request ends */
} px_sign_up;

/** What is wrong with a chosen name, length aside? NULL: nothing. */
const char *px_username_problem(const char *username);
/** Is the name somebody's? */
bool px_sign_up_is_taken(px_app *app, const char *username, bool *taken, px_error *err);

/** Keep name and password (as long as their rules allow) in request->state, and go on with `next`
 *  where passwords are hashed. PX_ERR_MEMORY. */
bool px_sign_up_continue(px_request *request, const char *username, const char *password,
                         px_handler *next, px_error *err);

/** In `next`: hash the password and add the account; `added` is false when somebody else was faster
 *  with its name. */
bool px_sign_up_add(px_app *app, const px_request *request, px_user *user, bool *added,
                    px_error *err);

#endif
