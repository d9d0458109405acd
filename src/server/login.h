/* Passwords as both interfaces use them: checked in the same time whoever it is, throttled, hashed
 * at the configured cost. To be called where PX_RUN_PASSWORD is. */
#ifndef PX_SERVER_LOGIN_H
#define PX_SERVER_LOGIN_H

#include "exchange.h"

/** Make the hash that stands for accounts that are not there; once, before the first check. */
bool px_login_prepare(px_app *app, px_error *err);

typedef enum {
    PX_LOGIN_OK,
    PX_LOGIN_WRONG, /**< no such user, a disabled one, or not the password: never say which */
    PX_LOGIN_WAIT,  /**< too many failures of this account or address */
    PX_LOGIN_FAILED /**< the store cannot be asked */
} px_login_result;

/**
 * Is this the user's password? To find out takes one hash of the configured cost, whoever is asked
 * for; of an older one for an account that has not logged in since the cost was changed.
 *
 * @param username  UTF-8, capitals and small letters of ASCII alike.
 * @param user      set on PX_LOGIN_OK; its password_hash is the one to begin a session with.
 * @param wait_s    set on PX_LOGIN_WAIT: for Retry-After.
 * @param err       filled in on PX_LOGIN_FAILED.
 */
px_login_result px_login_check(px_app *app, const px_request *request, const char *username,
                               const char *password, size_t size, px_user *user, int *wait_s,
                               px_error *err);

/** Hash a new password, which px_password_problem found fit. PX_ERR_MEMORY. */
bool px_login_hash(px_app *app, const char *password, size_t size, char hash[PX_PASSWORD_HASH],
                   px_error *err);

#endif
