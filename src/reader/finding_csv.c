/* Small CSV files of one number a finding. */
#include "finding_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../model/model.h"

enum { MAX_FILE_BYTES = 1 << 20 };

void px_finding_values_clear(px_finding_values *values) {
    for (int i = 0; i < values->count; i++)
        free(values->ids[i]);
    free(values->ids);
    free(values->values);
    *values = (px_finding_values){0};
}

int px_finding_values_find(const px_finding_values *values, const char *id) {
    for (int i = 0; i < values->count; i++) {
        if (strcmp(values->ids[i], id) == 0)
            return i;
    }
    return -1;
}

static bool take_value(px_finding_values *values, char *id, double value, px_error *err) {
    void *ids = values->ids, *numbers = values->values;
    size_t count = (size_t)values->count + 1;
    bool ok = px_realloc(&ids, count, sizeof *values->ids, err);
    values->ids = ids;
    ok = ok && px_realloc(&numbers, count, sizeof *values->values, err);
    values->values = numbers;
    if (!ok) {
        free(id);
        return false;
    }
    values->ids[values->count] = id;
    values->values[values->count++] = value;
    return true;
}

/* The number after the last comma of a line; false when there is none. */
static bool find_number(const char *line, size_t length, const char **comma, double *value) {
    *comma = memrchr(line, ',', length);
    if (!*comma)
        return false;
    const char *end = line + length;
    char *after;
    *value = strtod(*comma + 1, &after);
    if (after == *comma + 1 || after > end)
        return false;
    while (after < end && (*after == ' ' || *after == '\t' || *after == '\r'))
        after++;
    return after == end && isfinite(*value);
}

static bool parse_line(const char *line, size_t length, int number, px_finding_values *values,
                       px_error *err) {
    const char *comma;
    double value;
    if (!find_number(line, length, &comma, &value)) {
        if (comma && number == 1)
            return true; /* a header */
        return px_fail(err, PX_ERR_INPUT, NULL, "line %d is not \"finding,number\"", number);
    }
    char *id = px_model_make_label_id(line, (size_t)(comma - line), err);
    if (!id)
        return false;
    if (id[0] != '\0' && px_finding_values_find(values, id) < 0)
        return take_value(values, id, value, err);
    px_fail(err, PX_ERR_INPUT, NULL, "line %d: %s", number,
            id[0] ? "its finding is there twice" : "no finding");
    free(id);
    return false;
}

static bool is_blank(const char *line, size_t length) {
    size_t space = strspn(line, " \t\r");
    return space >= length || line[space] == '#';
}

bool px_finding_csv_parse(const char *text, px_finding_values *values, px_error *err) {
    px_finding_values parsed = {0};
    if (strncmp(text, "\xef\xbb\xbf", 3) == 0) /* a spreadsheet's byte order mark */
        text += 3;
    bool ok = true;
    for (int number = 1; ok && *text; number++) {
        size_t length = strcspn(text, "\n");
        ok = is_blank(text, length) || parse_line(text, length, number, &parsed, err);
        text += length + (text[length] == '\n');
    }
    if (ok && parsed.count == 0)
        ok = px_fail(err, PX_ERR_INPUT, NULL, "no line of \"finding,number\"");
    if (ok)
        *values = parsed;
    else
        px_finding_values_clear(&parsed);
    return ok;
}

bool px_finding_csv_read(const char *path, px_finding_values *values, px_error *err) {
    px_buffer text;
    px_buffer_init(&text, MAX_FILE_BYTES);
    bool ok = px_file_read(path, &text, err);
    if (ok && (text.size == 0 || memchr(text.data, 0, text.size)))
        ok = px_fail(err, PX_ERR_INPUT, path, "not a text of \"finding,number\" lines");
    ok = ok && px_finding_csv_parse((const char *)text.data, values, err);
    if (!ok)
        px_error_set_subject(err, path);
    px_buffer_clear(&text);
    return ok;
}
