/* Quoting fields of comma-separated values. */
#include "csv_text.h"

#include <string.h>

bool px_csv_print_text(px_buffer *text, const char *value, px_error *err) {
    if (!strpbrk(value, ",\"\r\n"))
        return px_buffer_print(text, err, "%s", value);
    bool ok = px_buffer_print(text, err, "\"");
    for (const char *p = value; ok && *p; p++)
        ok = (*p != '"' || px_buffer_print(text, err, "\"")) && px_buffer_append(text, p, 1, err);
    return ok && px_buffer_print(text, err, "\"");
}
