/* The handlers behind the routes, and what they share. */
#ifndef PX_SERVER_HANDLERS_H
#define PX_SERVER_HANDLERS_H

#include "exchange.h"
#include "v1_fields.h"

/** The 2020 interface: POST upload/, anonupload/ and xray/ below /api/chexray/, and the signed
 * links below /media/ in its answers. */
px_handler px_handle_old_upload, px_handle_old_anonupload, px_handle_old_xray, px_handle_media;

/** /api/v1: GET server: what to know before logging in. GET models: what reads here. POST predict:
 *  read one image, store nothing. */
px_handler px_handle_server, px_handle_models, px_handle_predict;

/** /api/v1/xrays: POST and GET; /xrays/{id}: GET, PATCH, DELETE; and what is below it. */
px_handler px_handle_xray_upload, px_handle_xrays, px_handle_xray, px_handle_xray_change,
    px_handle_xray_delete, px_handle_xray_reading, px_handle_xray_image, px_handle_xray_heatmap,
    px_handle_xray_report, px_handle_xray_thumbnail, px_handle_review, px_handle_review_delete;

/** GET: a file as it is (web_files.h has it under the path), a page of the web app, and /healthz.
 */
px_handler px_handle_file, px_handle_page, px_handle_health;

/** GET /readyz: 503 when an upload would fail. GET /metrics: for this machine and administrators.
 */
px_handler px_handle_ready, px_handle_metrics;

/** GET /phantom.png?seed=N&size=PIXELS: a synthetic radiograph to try. */
px_handler px_handle_phantom;

/** Accounts of the 2020 interface: POST signup/, POST login/, GET user/. */
px_handler px_handle_old_sign_up, px_handle_old_log_in, px_handle_old_user;

/** Accounts of the new one: /users, /session, /sessions, /me, /api-keys, /usage, /admin. */
px_handler px_handle_sign_up, px_handle_log_in, px_handle_log_out, px_handle_list_sessions,
    px_handle_end_session, px_handle_me, px_handle_change_me, px_handle_delete_me,
    px_handle_list_keys, px_handle_add_key, px_handle_revoke_key, px_handle_usage,
    px_handle_list_users, px_handle_change_user, px_handle_reset_password, px_handle_audit,
    px_handle_state;

/** An account as the new interface shows it. */
json_t *px_v1_describe_user(const px_user *user);
/** Refuse a new password that its rules do not allow; `password` and `username` may be NULL. */
void px_v1_check_new_password(px_v1_fields *fields, const px_app *app, const char *field,
                              const char *password, const char *username);
/** Is this the account's password? Answers 429, 503 or `wrong_status` (401, 403) when not. */
bool px_v1_check_password(px_app *app, const px_request *request, const char *username,
                          const char *password, px_user *user, int wrong_status, px_reply *reply);

/** Refuse a body that cannot be used; true when there was nothing to refuse. */
bool px_check_body(const px_request *request, px_reply *reply);

#endif
