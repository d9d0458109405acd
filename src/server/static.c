/* What is served as it is: the web app's files and the program's own, and a sign of life. */
#include "handlers.h"
#include "web.h"
#include "web_files.h"

/* Names with a hash are another file when they change; all others are asked for each time. */
static void add_headers(px_reply *reply, const px_web_file *file, px_coding coding) {
    px_reply_add_header(reply, "ETag", "\"%s\"", file->codings[coding].etag);
    px_reply_add_header(reply, "Cache-Control", "%s",
                        file->lasting ? "public, max-age=31536000, immutable" : "no-cache");
    if (file->codings[PX_CODING_GZIP].bytes || file->codings[PX_CODING_BR].bytes)
        px_reply_add_header(reply, "Vary", "Accept-Encoding");
    if (file->policy)
        px_reply_add_header(reply, "Content-Security-Policy", "%s", file->policy);
}

static px_coding choose_coding(const px_request *request, const px_web_file *file) {
    unsigned available = 0;
    for (int i = 0; i < PX_CODINGS; i++)
        available |= file->codings[i].bytes ? 1u << i : 0;
    return px_accept_coding(request->accept_encoding, available);
}

void px_handle_file(px_app *app, px_request *request, px_reply *reply) {
    const px_web_file *file = px_web_files_find(app->web, request->path);
    px_coding coding = choose_coding(request, file);
    const px_web_bytes *bytes = &file->codings[coding];
    add_headers(reply, file, coding);
    reply->status = px_request_has_version(request, bytes->etag) ? 304 : 200;
    if (reply->status == 304)
        return;
    reply->type = file->type;
    reply->bytes = bytes->bytes;
    reply->n_bytes = bytes->size;
    if (coding != PX_CODING_IDENTITY)
        px_reply_add_header(reply, "Content-Encoding", "%s", px_coding_name(coding));
}

void px_handle_health(px_app *app, px_request *request, px_reply *reply) {
    (void)app, (void)request;
    static const char alive[] = "ok\n";
    reply->status = 200;
    reply->type = "text/plain; charset=utf-8";
    reply->bytes = alive;
    reply->n_bytes = sizeof alive - 1;
    px_reply_add_header(reply, "Cache-Control", "no-cache");
}
