/* Log-ins: the same work for every account, whether it is there or not. */
#include "login.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/log.h"

#define SUBJECT (PX_USERNAME_BYTES + 32)
/* Failures in a row before it must wait. Behind one address may be a whole clinic, whose people log
 * in at the same time. */
#define FREE_OF_ACCOUNT 3
#define FREE_OF_ADDRESS 20

static void observe_since(const px_app *app, double start) {
    px_metrics_observe(app->metrics, PX_METRIC_PASSWORD_S, px_clock_s() - start);
}

bool px_login_hash(px_app *app, const char *password, size_t size, char hash[PX_PASSWORD_HASH],
                   px_error *err) {
    const double start = px_clock_s();
    const bool ok = px_password_hash(password, size, app->options->password_cost, hash, err);
    observe_since(app, start);
    return ok;
}

static bool verify(const px_app *app, const char *hash, const char *password, size_t size) {
    const double start = px_clock_s();
    const bool ok = px_password_verify(hash, password, size);
    observe_since(app, start);
    return ok;
}

bool px_login_prepare(px_app *app, px_error *err) {
    char password[PX_TOKEN_HEX];
    return px_token_new(password, err) &&
           px_password_hash(password, strlen(password), app->options->password_cost,
                            app->nobodys_password, err);
}

/* What is counted: the account, under any spelling that finds it, and the address. */
typedef struct subjects {
    char account[SUBJECT], address[SUBJECT];
    px_login_subject list[2];
    int count; /* 0 where log-ins are not limited */
} subjects;

static void name_subjects(subjects *of, const px_app *app, const px_request *request,
                          const char *username) {
    snprintf(of->account, sizeof of->account, "login:%s", username);
    for (char *c = of->account; *c; c++)
        *c = (char)tolower((unsigned char)*c);
    snprintf(of->address, sizeof of->address, "login-address:%s", request->address);
    of->list[0] = (px_login_subject){of->account, FREE_OF_ACCOUNT};
    of->list[1] = (px_login_subject){of->address, FREE_OF_ADDRESS};
    of->count = app->options->limits.logins_per_minute > 0 ? 2 : 0;
}

/* A password that was hashed at another cost is hashed anew; where that fails, at another time. */
static void refresh(px_app *app, const px_request *request, px_user *user, const char *password,
                    size_t size) {
    char hash[PX_PASSWORD_HASH];
    px_error err = {0};
    if (!px_password_is_outdated(user->password_hash, app->options->password_cost))
        return;
    if (px_login_hash(app, password, size, hash, &err) &&
        px_store_refresh_password(app->store, user->id, user->password_hash, hash, &err))
        memcpy(user->password_hash, hash, sizeof hash);
    else
        px_log(PX_LOG_WARNING, "server", request->id, "a password keeps its old hash: %s",
               err.message);
}

px_login_result px_login_check(px_app *app, const px_request *request, const char *username,
                               const char *password, size_t size, px_user *user, int *wait_s,
                               px_error *err) {
    px_user found;
    bool known;
    if (!px_store_find_user(app->store, username, &found, &known, err))
        return PX_LOGIN_FAILED;
    subjects counted;
    name_subjects(&counted, app, request, username);
    const int wait = px_limits_login_begin(app->limits, counted.list, counted.count, px_clock_ms());
    if (wait > 0) {
        *wait_s = wait;
        return PX_LOGIN_WAIT;
    }
    known = known && !found.disabled && found.id != PX_USER_ANONYMOUS;
    const char *hash = known ? found.password_hash : app->nobodys_password;
    if (!verify(app, hash, password, size) || !known)
        return PX_LOGIN_WRONG;
    px_limits_login_succeeded(app->limits, counted.list, counted.count);
    refresh(app, request, &found, password, size);
    *user = found;
    return PX_LOGIN_OK;
}
