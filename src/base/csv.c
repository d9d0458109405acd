/* Comma-separated values (RFC 4180): read row by row, and fields written. */
#include "csv.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "memory.h"
#include "text.h"

enum { PIECE_BYTES = 1 << 16, MAX_ROW_BYTES = 16 << 20 };
enum { AT_END = -1, FAILED = -2 }; /* of peek */

struct px_csv {
    int fd; /* -1: bytes in memory, all of them between at and end */
    char *name;
    uint8_t *piece;
    const uint8_t *at, *end;
    int64_t bytes;  /* read so far */
    int64_t line;   /* of `at` */
    px_buffer text; /* the row's fields, each with its closing zero */
    size_t *starts; /* [room] of the fields, in text */
    const char **fields;
    int count, room;
};

static px_csv *new_csv(const char *name, px_error *err) {
    px_csv *csv = px_alloc(1, sizeof *csv, err);
    if (!csv)
        return NULL;
    csv->fd = -1;
    csv->line = 1;
    px_buffer_init(&csv->text, MAX_ROW_BYTES);
    csv->name = px_strdup(name, err);
    if (csv->name)
        return csv;
    px_csv_free(csv);
    return NULL;
}

px_csv *px_csv_open(const char *path, px_error *err) {
    px_csv *csv = new_csv(path, err);
    if (!csv)
        return NULL;
    csv->piece = px_alloc(PIECE_BYTES, 1, err);
    bool ok = csv->piece != NULL;
    if (ok) {
        csv->fd = strcmp(path, "-") == 0 ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
        ok = csv->fd >= 0 || px_fail_errno(err, path, "cannot open");
    }
    if (ok)
        return csv;
    px_csv_free(csv);
    return NULL;
}

px_csv *px_csv_open_bytes(const void *bytes, size_t size, const char *name, px_error *err) {
    px_csv *csv = new_csv(name, err);
    if (csv) {
        csv->at = bytes;
        csv->end = csv->at + size;
    }
    return csv;
}

void px_csv_free(px_csv *csv) {
    if (!csv)
        return;
    if (csv->fd > STDIN_FILENO)
        close(csv->fd);
    px_buffer_clear(&csv->text);
    free(csv->fields);
    free(csv->starts);
    free(csv->piece);
    free(csv->name);
    free(csv);
}

static bool fail_at(const px_csv *csv, px_error_code code, int64_t line, px_error *err,
                    const char *what) {
    return px_fail(err, code, csv->name, "line %lld: %s", (long long)line, what);
}

bool px_csv_fail(const px_csv *csv, int64_t line, px_error *err, const char *format, ...) {
    char what[400];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    return fail_at(csv, PX_ERR_INPUT, line, err, what);
}

/* The next piece of the file; leaves nothing between at and end when there is none. */
static bool fill(px_csv *csv, px_error *err) {
    if (csv->fd < 0)
        return true;
    size_t size = 0;
    for (ssize_t n = 1; n > 0 && size < PIECE_BYTES; size += (size_t)n) {
        do
            n = read(csv->fd, csv->piece + size, PIECE_BYTES - size);
        while (n < 0 && errno == EINTR);
        if (n < 0)
            return px_fail_errno(err, csv->name, "cannot read");
    }
    csv->bytes += (int64_t)size;
    if (csv->bytes > PX_CSV_MAX_BYTES)
        return px_fail(err, PX_ERR_LIMIT, csv->name, "more than the %lld bytes allowed",
                       (long long)PX_CSV_MAX_BYTES);
    csv->at = csv->piece;
    csv->end = csv->piece + size;
    return true;
}

/* The next byte, which stays; AT_END or FAILED. */
static int peek(px_csv *csv, px_error *err) {
    if (csv->at == csv->end && !fill(csv, err))
        return FAILED;
    return csv->at == csv->end ? AT_END : *csv->at;
}

/* Pass over a line's end: LF, CRLF or CR. */
static bool pass_line_end(px_csv *csv, px_error *err) {
    bool carriage = *csv->at++ == '\r';
    csv->line++;
    int next = carriage ? peek(csv, err) : AT_END;
    csv->at += next == '\n';
    return next != FAILED;
}

static bool start_field(px_csv *csv, px_error *err) {
    if (csv->count == PX_CSV_MAX_FIELDS)
        return fail_at(csv, PX_ERR_LIMIT, csv->line, err, "more than 10000 fields");
    if (csv->count == csv->room) {
        void *starts = csv->starts, *fields = csv->fields;
        int room = csv->room ? csv->room * 2 : 32;
        bool ok = px_realloc(&starts, (size_t)room, sizeof *csv->starts, err);
        csv->starts = starts;
        ok = ok && px_realloc(&fields, (size_t)room, sizeof *csv->fields, err);
        csv->fields = fields;
        if (!ok)
            return false;
        csv->room = room;
    }
    csv->starts[csv->count++] = csv->text.size;
    return true;
}

static bool add(px_csv *csv, const void *bytes, size_t size, px_error *err) {
    size_t field = csv->text.size - csv->starts[csv->count - 1];
    if (field + size > PX_CSV_MAX_FIELD)
        return fail_at(csv, PX_ERR_LIMIT, csv->line, err, "a field of more than 1 MiB");
    if (csv->text.size + size >= MAX_ROW_BYTES)
        return fail_at(csv, PX_ERR_LIMIT, csv->line, err, "a row of more than 16 MiB");
    if (memchr(bytes, 0, size))
        return fail_at(csv, PX_ERR_INPUT, csv->line, err, "a zero byte: this is not a CSV file");
    return px_buffer_append(&csv->text, bytes, size, err);
}

static bool is_special(uint8_t c) {
    return c == ',' || c == '"' || c == '\n' || c == '\r';
}

/* A field without quotes, up to the comma or line end behind it. */
static bool read_plain(px_csv *csv, px_error *err) {
    int next;
    while ((next = peek(csv, err)) >= 0 && !is_special((uint8_t)next)) {
        const uint8_t *start = csv->at;
        while (csv->at < csv->end && !is_special(*csv->at))
            csv->at++;
        if (!add(csv, start, (size_t)(csv->at - start), err))
            return false;
    }
    if (next == '"')
        return fail_at(csv, PX_ERR_INPUT, csv->line, err,
                       "a quote inside a field that does not begin with one");
    return next != FAILED;
}

/* What is behind the quote that begins a field, up to its closing quote, which is passed. */
static bool read_quoted(px_csv *csv, px_error *err) {
    const int64_t first = csv->line;
    for (;;) {
        int next = peek(csv, err);
        if (next == FAILED)
            return false;
        if (next == AT_END)
            return fail_at(csv, PX_ERR_INPUT, first, err, "a quote that is never closed");
        if (next == '\n' || next == '\r') {
            if (!add(csv, "\n", 1, err) || !pass_line_end(csv, err))
                return false;
        } else if (next == '"') {
            csv->at++;
            next = peek(csv, err);
            if (next != '"')
                return next != FAILED;
            csv->at++;
            if (!add(csv, "\"", 1, err))
                return false;
        } else {
            const uint8_t *start = csv->at;
            while (csv->at < csv->end && (!is_special(*csv->at) || *csv->at == ','))
                csv->at++;
            if (!add(csv, start, (size_t)(csv->at - start), err))
                return false;
        }
    }
}

static bool end_field(px_csv *csv, px_error *err) {
    if (!px_buffer_append(&csv->text, "", 1, err))
        return false;
    const char *field = (const char *)csv->text.data + csv->starts[csv->count - 1];
    return px_text_is_utf8(field) ||
           fail_at(csv, PX_ERR_INPUT, csv->line, err, "not UTF-8: save the table in that coding");
}

/* One field and what ends it. */
static bool read_field(px_csv *csv, bool *more, px_error *err) {
    if (!start_field(csv, err))
        return false;
    int next = peek(csv, err);
    csv->at += next == '"';
    if (next == FAILED || !(next == '"' ? read_quoted(csv, err) : read_plain(csv, err)) ||
        !end_field(csv, err))
        return false;
    next = peek(csv, err);
    *more = next == ',';
    if (*more) {
        csv->at++;
        return true;
    }
    if (next == '\n' || next == '\r')
        return pass_line_end(csv, err);
    return next == AT_END || (next != FAILED && fail_at(csv, PX_ERR_INPUT, csv->line, err,
                                                        "text behind a closing quote"));
}

/* A byte order mark, and lines without a character. */
static bool pass_nothing(px_csv *csv, px_error *err) {
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    int next = peek(csv, err);
    if (csv->line == 1 && next == mark[0] && csv->end - csv->at >= 3 &&
        memcmp(csv->at, mark, 3) == 0) {
        csv->at += 3;
        next = peek(csv, err);
    }
    while (next == '\n' || next == '\r') {
        if (!pass_line_end(csv, err))
            return false;
        next = peek(csv, err);
    }
    return next != FAILED;
}

bool px_csv_next(px_csv *csv, px_csv_row *row, px_error *err) {
    csv->count = 0;
    csv->text.size = 0;
    if (!pass_nothing(csv, err))
        return false;
    const int64_t line = csv->line;
    for (bool more = csv->at < csv->end; more;) {
        if (!read_field(csv, &more, err))
            return false;
    }
    for (int i = 0; i < csv->count; i++)
        csv->fields[i] = (const char *)csv->text.data + csv->starts[i];
    *row = (px_csv_row){line, csv->count, csv->fields};
    return true;
}

bool px_csv_print_text(px_buffer *text, const char *value, px_error *err) {
    if (!strpbrk(value, ",\"\r\n"))
        return px_buffer_print(text, err, "%s", value);
    bool ok = px_buffer_print(text, err, "\"");
    for (const char *p = value; ok && *p; p++)
        ok = (*p != '"' || px_buffer_print(text, err, "\"")) && px_buffer_append(text, p, 1, err);
    return ok && px_buffer_print(text, err, "\"");
}

bool px_csv_print_number(px_buffer *text, double value, px_error *err) {
    char number[40] = "";
    int digits = 6;
    do
        snprintf(number, sizeof number, "%.*g", digits, value);
    while (strtod(number, NULL) != value && ++digits <= 17);
    return px_buffer_print(text, err, "%s", isnan(value) ? "" : number);
}
