/* A training's history as CSV, written and read back. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/csv.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "history.h"

#define AUC "auc "

enum { MAX_FINDINGS = 1000, MAX_NAME = 200 };

/* The columns before those of the findings, in their order. */
static const char *const columns[] = {
    "epoch",      "steps",      "size",
    "rate",       "train_loss", "gradient",
    "valid_loss", "mean_auc",   "images_per_second",
    "seconds",    "best",       "restarted",
};
enum { COLUMNS = sizeof columns / sizeof *columns };

/* ---- Writing ----------------------------------------------------------------------------------
 */

static bool write_heading(const px_history *history, px_buffer *out, px_error *err) {
    bool ok = true;
    for (int c = 0; ok && c < COLUMNS; c++)
        ok = px_buffer_print(out, err, "%s%s", c > 0 ? "," : "", columns[c]);
    for (int f = 0; ok && f < history->n_findings; f++) {
        char *name = px_format(err, AUC "%s", history->findings[f]);
        ok = name && px_buffer_print(out, err, ",") && px_csv_print_text(out, name, err);
        free(name);
    }
    return ok && px_buffer_print(out, err, "\n");
}

static bool write_row(const px_history *history, const px_history_row *row, px_buffer *out,
                      px_error *err) {
    const double numbers[] = {row->rate,     row->train_loss,        row->gradient, row->valid_loss,
                              row->mean_auc, row->images_per_second, row->seconds};
    bool ok = px_buffer_print(out, err, "%d,%" PRId64 ",%d", row->epoch, row->steps, row->size);
    for (size_t i = 0; ok && i < sizeof numbers / sizeof *numbers; i++)
        ok = px_buffer_print(out, err, ",") && px_csv_print_number(out, numbers[i], err);
    ok = ok && px_buffer_print(out, err, ",%d,%d", row->best, row->restarted);
    for (int f = 0; ok && f < history->n_findings; f++)
        ok = px_buffer_print(out, err, ",") && px_csv_print_number(out, row->auc[f], err);
    return ok && px_buffer_print(out, err, "\n");
}

bool px_history_write(const px_history *history, px_buffer *out, px_error *err) {
    size_t before = out->size;
    bool ok = write_heading(history, out, err);
    for (int i = 0; ok && i < history->n_rows; i++)
        ok = write_row(history, &history->rows[i], out, err);
    if (!ok)
        out->size = before;
    return ok;
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

static bool fail_field(const px_csv *csv, const px_csv_row *row, int column, px_error *err,
                       const char *what) {
    return px_csv_fail(csv, row->line, err, "%.40s is not %s",
                       column < COLUMNS ? columns[column] : "an AUC", what);
}

static bool parse_count(const px_csv *csv, const px_csv_row *row, int column, int64_t most,
                        int64_t *value, px_error *err) {
    const char *text = row->fields[column];
    char *end;
    errno = 0;
    *value = strtoll(text, &end, 10);
    bool ok = *text >= '0' && *text <= '9' && *end == '\0' && errno == 0 && *value <= most;
    return ok || fail_field(csv, row, column, err, "a whole number in its range");
}

/* An empty field is NaN. */
static bool parse_number(const px_csv *csv, const px_csv_row *row, int column, double *value,
                         px_error *err) {
    const char *text = row->fields[column];
    char *end;
    *value = *text ? strtod(text, &end) : NAN;
    bool ok = !*text || (!isnan(*value) && end != text && *end == '\0' &&
                         strspn(text, "+-.0123456789einf") == strlen(text));
    return ok || fail_field(csv, row, column, err, "a number");
}

static bool parse_row(const px_csv *csv, const px_csv_row *fields, px_history *history,
                      px_history_row *row, px_error *err) {
    double *const numbers[] = {&row->rate,       &row->train_loss, &row->gradient,
                               &row->valid_loss, &row->mean_auc,   &row->images_per_second,
                               &row->seconds};
    int64_t epoch, size, best, restarted;
    bool ok = parse_count(csv, fields, 0, INT_MAX, &epoch, err) &&
              parse_count(csv, fields, 1, INT64_MAX, &row->steps, err) &&
              parse_count(csv, fields, 2, INT_MAX, &size, err);
    int column = 3;
    for (size_t i = 0; ok && i < sizeof numbers / sizeof *numbers; i++)
        ok = parse_number(csv, fields, column++, numbers[i], err);
    ok = ok && parse_count(csv, fields, column, 1, &best, err) &&
         parse_count(csv, fields, column + 1, 1, &restarted, err);
    for (int f = 0; ok && f < history->n_findings; f++)
        ok = parse_number(csv, fields, COLUMNS + f, &row->auc[f], err);
    if (!ok)
        return false;
    row->epoch = (int)epoch;
    row->size = (int)size;
    row->best = best == 1;
    row->restarted = restarted == 1;
    return true;
}

static bool check_heading(const px_csv *csv, const px_csv_row *row, px_error *err) {
    if (row->count < COLUMNS || row->count > COLUMNS + MAX_FINDINGS)
        return px_csv_fail(csv, row->count ? row->line : 1, err,
                           "a history has %d columns and one for each finding", COLUMNS);
    for (int c = 0; c < COLUMNS; c++)
        if (strcmp(row->fields[c], columns[c]) != 0)
            return px_csv_fail(csv, row->line, err, "column %d is not \"%s\"", c + 1, columns[c]);
    for (int c = COLUMNS; c < row->count; c++) {
        const char *name = row->fields[c];
        size_t length = strlen(name);
        if (strncmp(name, AUC, strlen(AUC)) != 0 || length == strlen(AUC) || length > MAX_NAME ||
            !px_text_is_plain(name))
            return px_csv_fail(csv, row->line, err, "column %d is not \"" AUC "FINDING\"", c + 1);
    }
    return true;
}

static bool take_heading(px_csv *csv, px_history *made, px_error *err) {
    px_csv_row row;
    if (!px_csv_next(csv, &row, err) || !check_heading(csv, &row, err))
        return false;
    int count = row.count - COLUMNS;
    const char **names = px_alloc((size_t)count, sizeof *names, err);
    for (int f = 0; names && f < count; f++)
        names[f] = row.fields[COLUMNS + f] + strlen(AUC);
    bool ok = names && px_history_init(made, count, names, err);
    free(names);
    return ok;
}

static bool take_rows(px_csv *csv, px_history *made, double *auc, px_error *err) {
    px_csv_row fields;
    while (px_csv_next(csv, &fields, err)) {
        px_history_row row = {.auc = auc};
        if (fields.count == 0)
            return true;
        if (fields.count != COLUMNS + made->n_findings)
            return px_csv_fail(csv, fields.line, err, "%d fields, the heading has %d", fields.count,
                               COLUMNS + made->n_findings);
        if (!parse_row(csv, &fields, made, &row, err) || !px_history_add(made, &row, err))
            return false;
    }
    return false;
}

bool px_history_parse(const char *text, size_t size, px_history *history, px_error *err) {
    px_history made = {0};
    px_csv *csv = px_csv_open_bytes(text, size, "history", err);
    bool ok = csv && take_heading(csv, &made, err);
    double *auc = ok ? px_alloc((size_t)made.n_findings, sizeof *auc, err) : NULL;
    ok = auc && take_rows(csv, &made, auc, err);
    if (ok)
        *history = made;
    else
        px_history_clear(&made);
    free(auc);
    px_csv_free(csv);
    return ok;
}
