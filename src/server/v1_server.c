/* GET /api/v1/server: what a client must know of this server before it logs in. */
#include "handlers.h"

void px_handle_server(px_app *app, px_request *request, px_reply *reply) {
    static const char *const anonymous[] = {
        [PX_ANONYMOUS_OFF] = "off", [PX_ANONYMOUS_READ] = "read", [PX_ANONYMOUS_STORE] = "store"};
    const px_server_options *options = app->options;
    (void)request;
    px_reply_take_json(reply, 200,
                       json_pack("{ss sb ss si si sI}", "version", px_version(), "sign_up",
                                 options->sign_up, "anonymous", anonymous[options->anonymous],
                                 "anonymous_hours", options->anonymous_hours, "password_least",
                                 options->password_least, "max_upload_bytes",
                                 (json_int_t)options->max_upload));
}
