/* Security headers of every reply (OWASP Secure Headers Project). */
#include "protect.h"

#include <string.h>

static bool has_header(const px_reply *reply, const char *name) {
    for (int i = 0; i < reply->n_headers; i++)
        if (strcmp(reply->headers[i].name, name) == 0)
            return true;
    return false;
}

void px_protect_reply(const px_request *request, px_reply *reply) {
    static const struct {
        const char *name, *value;
    } usual[] = {
        {"Content-Security-Policy", "default-src 'none'; base-uri 'none'; form-action 'none'; "
                                    "frame-ancestors 'none'"},
        {"X-Content-Type-Options", "nosniff"},
        {"X-Frame-Options", "DENY"},
        {"Referrer-Policy", "no-referrer"},
        {"Cross-Origin-Opener-Policy", "same-origin"},
        {"Cross-Origin-Resource-Policy", "same-origin"},
        {"Permissions-Policy", "camera=(), display-capture=(), geolocation=(), microphone=(), "
                               "payment=(), usb=()"},
        {"Cache-Control", "no-store"},
    };
    for (size_t i = 0; i < sizeof usual / sizeof *usual; i++)
        if (!has_header(reply, usual[i].name))
            px_reply_add_header(reply, usual[i].name, "%s", usual[i].value);
    if (request->secure)
        px_reply_add_header(reply, "Strict-Transport-Security", "max-age=31536000");
}
