/* px_error: filling it, and the names of its codes. */
#include "error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "text.h"

const char *px_error_code_name(px_error_code code) {
    switch (code) {
    case PX_OK:
        return "ok";
    case PX_ERR_USAGE:
        return "usage";
    case PX_ERR_INPUT:
        return "input";
    case PX_ERR_UNSUPPORTED:
        return "unsupported";
    case PX_ERR_LIMIT:
        return "limit";
    case PX_ERR_MISMATCH:
        return "mismatch";
    case PX_ERR_IO:
        return "io";
    case PX_ERR_MEMORY:
        return "memory";
    case PX_ERR_CANCELLED:
        return "cancelled";
    case PX_ERR_BUSY:
        return "busy";
    }
    return "unknown";
}

/* Names of subjects may come from hostile files and folders, and end on terminals and in logs. */
static void set_subject(px_error *err, const char *subject) {
    snprintf(err->subject, sizeof err->subject, "%s", subject ? subject : "");
    px_text_make_plain(err->subject);
}

bool px_fail(px_error *err, px_error_code code, const char *subject, const char *format, ...) {
    if (!err || err->code != PX_OK)
        return false;
    err->code = code;
    set_subject(err, subject);
    va_list args;
    va_start(args, format);
    vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    px_text_make_plain(err->message);
    return false;
}

bool px_fail_errno(px_error *err, const char *subject, const char *action) {
    int number = errno;
    char buffer[128];
    const char *text = strerror_r(number, buffer, sizeof buffer); /* GNU: thread-safe */
    return px_fail(err, number == ENOMEM ? PX_ERR_MEMORY : PX_ERR_IO, subject, "%s: %s", action,
                   text);
}

bool px_fail_memory(px_error *err) {
    return px_fail(err, PX_ERR_MEMORY, NULL, "out of memory");
}

void px_error_set_subject(px_error *err, const char *subject) {
    if (err && err->code != PX_OK && err->subject[0] == '\0')
        set_subject(err, subject);
}

void px_error_add_whole(px_error *err, const char *whole) {
    if (!err || err->code == PX_OK)
        return;
    const px_error part = *err;
    set_subject(err, whole);
    if (part.subject[0] == '\0' || strcmp(part.subject, err->subject) == 0)
        return;
    char message[sizeof part.message + sizeof part.subject + 2];
    snprintf(message, sizeof message, "%s: %s", part.subject, part.message);
    message[sizeof err->message - 1] = '\0';
    memcpy(err->message, message, sizeof err->message);
}
