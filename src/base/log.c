/* Log lines on stderr: one write(2) a line, so that threads and processes never mix them. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "text.h"

#define MESSAGE_CAP 1024

typedef struct line {
    char text[6 * MESSAGE_CAP + 512]; /* every character escaped, and the fields before it */
    size_t size;
} line;

static px_log_level lowest_level = PX_LOG_INFO;
static bool as_json;

void px_log_configure(px_log_level lowest, bool json) {
    lowest_level = lowest;
    as_json = json;
}

static void add(line *out, const char *text) {
    size_t room = sizeof out->text - out->size;
    size_t size = strlen(text);
    size = size < room ? size : room;
    memcpy(out->text + out->size, text, size);
    out->size += size;
}

/* Control characters are escaped in both formats: what is logged cannot forge a line. So is what
 * lies beyond ASCII in no UTF-8, which would spoil its line for whoever parses it. */
static void add_escaped(line *out, const char *text) {
    const bool is_utf8 = px_text_is_utf8(text);
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        char escaped[8] = {(char)c, 0};
        if (c < 0x20 || c == 0x7f || (c > 0x7f && !is_utf8))
            snprintf(escaped, sizeof escaped, "\\u%04x", c);
        else if (as_json && (c == '"' || c == '\\'))
            snprintf(escaped, sizeof escaped, "\\%c", c);
        add(out, escaped);
    }
}

static void add_time(line *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    struct tm parts;
    gmtime_r(&now.tv_sec, &parts);
    char text[40];
    size_t size = strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(text + size, sizeof text - size, ".%03ldZ", now.tv_nsec / 1000000);
    add(out, text);
}

static void add_field(line *out, const char *before, const char *value, const char *after) {
    add(out, before);
    add_escaped(out, value);
    add(out, after);
}

void px_log(px_log_level level, const char *topic, const char *request_id, const char *format,
            ...) {
    static const char *const names[] = {"debug", "info", "warning", "error"};
    if (level < lowest_level)
        return;
    char message[MESSAGE_CAP];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    line out = {.size = 0};
    add(&out, as_json ? "{\"time\":\"" : "");
    add_time(&out);
    add_field(&out, as_json ? "\",\"level\":\"" : " ", names[level], as_json ? "\"" : "");
    add_field(&out, as_json ? ",\"topic\":\"" : " ", topic, as_json ? "\"" : "");
    if (request_id)
        add_field(&out, as_json ? ",\"request\":\"" : " [", request_id, as_json ? "\"" : "]");
    add_field(&out, as_json ? ",\"message\":\"" : ": ", message, as_json ? "\"}\n" : "\n");
    if (write(STDERR_FILENO, out.text, out.size) < 0)
        return; /* nowhere left to say so */
}
