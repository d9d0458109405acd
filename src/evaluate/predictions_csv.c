/* Tables of scores as CSV: both forms read into one list of entries, from which the table is made.
 */
#include "predictions_csv.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/csv.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "../dataset/finding_names.h"
#include "name_table.h"

enum {
    NO_COLUMN = -1,
    MAX_NAME = 200,
    MAX_PATH = 4096,
    LEAST_SHARE = 64,      /* at least one in so many cells of a table must be filled, … */
    ALWAYS_CELLS = 1 << 20 /* … unless it is as small as this */
};

/* One score as a line tells it. */
typedef struct entry {
    double score;
    int64_t line;
    int32_t image;
    int16_t finding, member;
} entry;

/* Names in the order of their first line. */
typedef struct name_list {
    char **names;
    int64_t count, room;
    px_name_table *table;
} name_list;

typedef struct reading {
    px_csv *csv;
    name_list paths, findings, members;
    entry *entries;
    int64_t n_entries, room;
    int path_column;
    int member_column, finding_column, score_column; /* long form */
    int16_t *column_finding;                         /* wide form: [columns] */
} reading;

/* ---- Names ------------------------------------------------------------------------------------
 */

static void clear_names(name_list *list) {
    for (int64_t i = 0; i < list->count; i++)
        free(list->names[i]);
    free(list->names);
    px_name_table_free(list->table);
}

/* A new name at the end; its number, or -1. */
static int64_t add_name(name_list *list, const char *name, px_error *err) {
    if (list->count == list->room) {
        void *names = list->names;
        int64_t room = list->room ? 2 * list->room : 64;
        bool ok = px_realloc(&names, (size_t)room, sizeof *list->names, err);
        list->names = names;
        if (!ok)
            return -1;
        list->room = room;
    }
    char *copy = px_strdup(name, err);
    int64_t *number = copy ? px_name_table_put(list->table, copy, err) : NULL;
    if (!number) {
        free(copy);
        return -1;
    }
    list->names[list->count] = copy;
    *number = list->count;
    return list->count++;
}

/* The number of a name, which is added when it is new; -1 and an error past `most`. */
static int64_t intern(reading *r, name_list *list, const char *name, int64_t most, const char *what,
                      int64_t line, px_error *err) {
    int64_t number = px_name_table_find(list->table, name);
    if (number >= 0)
        return number;
    if (list->count < most)
        return add_name(list, name, err);
    px_error full = {0};
    px_csv_fail(r->csv, line, &full, "more than %lld %s", (long long)most, what);
    px_fail(err, PX_ERR_LIMIT, full.subject, "%s", full.message);
    return -1;
}

static bool check_name(const reading *r, const char *name, size_t most, const char *what,
                       int64_t line, px_error *err) {
    size_t length = strlen(name);
    if (length == 0 || length > most)
        return px_csv_fail(r->csv, line, err, "the %s is empty or longer than %zu bytes", what,
                           most);
    return px_text_is_plain(name) ||
           px_csv_fail(r->csv, line, err, "the %s holds a control character", what);
}

/* A finding by any of its names. */
static int64_t intern_finding(reading *r, const char *name, int64_t line, px_error *err) {
    int64_t number = px_name_table_find(r->findings.table, name);
    if (number >= 0)
        return number;
    for (int64_t i = 0; i < r->findings.count; i++) {
        if (px_finding_same(r->findings.names[i], name))
            return i;
    }
    char id[PX_FINDING_ID];
    px_finding_canonical(name, id);
    if (!px_ensemble_id_ok(id)) {
        px_csv_fail(r->csv, line, err, "a finding needs a name of letters and digits, at most 64");
        return -1;
    }
    return intern(r, &r->findings, px_ensemble_id_ok(name) ? name : id, PX_ENSEMBLE_MAX_FINDINGS,
                  "findings", line, err);
}

static int64_t intern_member(reading *r, const char *name, int64_t line, px_error *err) {
    return check_name(r, name, MAX_NAME, "member", line, err)
               ? intern(r, &r->members, name, PX_ENSEMBLE_MAX_MEMBERS, "members", line, err)
               : -1;
}

static int64_t intern_path(reading *r, const char *path, int64_t line, px_error *err) {
    return check_name(r, path, MAX_PATH, "path", line, err)
               ? intern(r, &r->paths, path, PX_PREDICTIONS_MAX_IMAGES, "images", line, err)
               : -1;
}

/* ---- Lines ------------------------------------------------------------------------------------
 */

/* A score, NaN for an empty field. */
static bool parse_score(const reading *r, const char *text, const char *what, int64_t line,
                        double *score, px_error *err) {
    *score = NAN;
    text += strspn(text, " \t");
    if (*text == '\0')
        return true;
    char *end;
    *score = strtod(text, &end);
    end += strspn(end, " \t");
    return (end != text && *end == '\0' && *score >= 0 && *score <= 1) ||
           px_csv_fail(r->csv, line, err, "the score of %.80s is not a number from 0 to 1", what);
}

static bool add_entry(reading *r, const entry *new, px_error *err) {
    if (r->n_entries == r->room) {
        void *entries = r->entries;
        int64_t room = r->room ? 2 * r->room : 256;
        bool ok = px_realloc(&entries, (size_t)room, sizeof *r->entries, err);
        r->entries = entries;
        if (!ok)
            return false;
        r->room = room;
    }
    r->entries[r->n_entries++] = *new;
    return true;
}

static bool take_long_row(reading *r, const px_csv_row *row, px_error *err) {
    const char *member = row->fields[r->member_column];
    int64_t image = intern_path(r, row->fields[r->path_column], row->line, err);
    int64_t finding =
        image >= 0 ? intern_finding(r, row->fields[r->finding_column], row->line, err) : -1;
    int64_t number = PX_PREDICTIONS_ENSEMBLE;
    if (finding >= 0 && strcmp(member, PX_PREDICTIONS_ENSEMBLE_NAME) != 0) {
        number = intern_member(r, member, row->line, err);
        if (number < 0)
            return false;
    }
    double score;
    if (finding < 0 || !parse_score(r, row->fields[r->score_column], r->findings.names[finding],
                                    row->line, &score, err))
        return false;
    const entry new = {score, row->line, (int32_t)image, (int16_t)finding, (int16_t)number};
    return isnan(score) || add_entry(r, &new, err);
}

static bool take_wide_row(reading *r, const px_csv_row *row, px_error *err) {
    int64_t before = r->paths.count;
    int64_t image = intern_path(r, row->fields[r->path_column], row->line, err);
    if (image < 0)
        return false;
    if (image < before)
        return px_csv_fail(r->csv, row->line, err, "its path is there twice");
    for (int c = 0; c < row->count; c++) {
        double score;
        int16_t finding = r->column_finding[c];
        if (c == r->path_column)
            continue;
        if (!parse_score(r, row->fields[c], r->findings.names[finding], row->line, &score, err))
            return false;
        const entry new = {score, row->line, (int32_t)image, finding, PX_PREDICTIONS_ENSEMBLE};
        if (!isnan(score) && !add_entry(r, &new, err))
            return false;
    }
    return true;
}

/* ---- Heading ----------------------------------------------------------------------------------
 */

static int find_column(const px_csv_row *row, const char *const *names) {
    for (int c = 0; c < row->count; c++) {
        for (int i = 0; names[i]; i++) {
            if (strcasecmp(row->fields[c], names[i]) == 0)
                return c;
        }
    }
    return NO_COLUMN;
}

/* Every column but the path's is a finding. */
static bool take_wide_heading(reading *r, const px_csv_row *row, px_error *err) {
    r->column_finding = px_alloc((size_t)row->count, sizeof *r->column_finding, err);
    for (int c = 0; r->column_finding && c < row->count; c++) {
        if (c == r->path_column)
            continue;
        int64_t before = r->findings.count;
        int64_t finding = intern_finding(r, row->fields[c], row->line, err);
        if (finding < 0)
            return false;
        if (finding < before)
            return px_csv_fail(r->csv, row->line, err, "the finding %.80s has two columns",
                               row->fields[c]);
        r->column_finding[c] = (int16_t)finding;
    }
    return r->column_finding != NULL;
}

static bool take_heading(reading *r, const px_csv_row *row, px_error *err) {
    static const char *const path_names[] = {"path",     "file",        "image",
                                             "filename", "image index", NULL};
    static const char *const member_names[] = {"member", NULL};
    static const char *const finding_names[] = {"finding", NULL};
    static const char *const score_names[] = {"score", NULL};
    r->path_column = find_column(row, path_names);
    r->member_column = find_column(row, member_names);
    r->finding_column = find_column(row, finding_names);
    r->score_column = find_column(row, score_names);
    if (row->count == 0)
        return px_csv_fail(r->csv, 1, err, "it is empty");
    if (r->path_column < 0 || row->count < 2)
        return px_csv_fail(r->csv, row->line, err,
                           "a table of scores begins with \"path,member,finding,score\", or with "
                           "\"path\" and a column for each finding");
    bool is_long =
        row->count == 4 && r->member_column >= 0 && r->finding_column >= 0 && r->score_column >= 0;
    return is_long || take_wide_heading(r, row, err);
}

/* ---- Table ------------------------------------------------------------------------------------
 */

static bool take_rows(reading *r, px_error *err) {
    px_csv_row row;
    if (!px_csv_next(r->csv, &row, err) || !take_heading(r, &row, err))
        return false;
    int columns = row.count;
    for (;;) {
        if (!px_csv_next(r->csv, &row, err))
            return false;
        if (row.count == 0)
            return true;
        if (row.count != columns)
            return px_csv_fail(r->csv, row.line, err, "%d fields, the heading has %d", row.count,
                               columns);
        if (!(r->column_finding ? take_wide_row : take_long_row)(r, &row, err))
            return false;
    }
}

/* A few lines of ever new names would make a table that no memory holds. */
static bool check_density(const reading *r, px_error *err) {
    double cells =
        (double)r->paths.count * (double)r->findings.count * (double)(r->members.count + 1);
    if (cells <= ALWAYS_CELLS || cells <= (double)LEAST_SHARE * (double)r->n_entries)
        return true;
    px_error where = {0};
    px_csv_fail(r->csv, 1, &where, " ");
    return px_fail(err, PX_ERR_LIMIT, where.subject,
                   "%lld images, %lld findings and %lld members, but only %lld scores",
                   (long long)r->paths.count, (long long)r->findings.count,
                   (long long)r->members.count, (long long)r->n_entries);
}

static bool make_table(const reading *r, px_predictions *made, px_error *err) {
    if (r->n_entries == 0)
        return px_csv_fail(r->csv, 1, err, "no score in it");
    if (!check_density(r, err) ||
        !px_predictions_make(made, r->paths.count, (const char *const *)r->paths.names,
                             (int)r->findings.count, (const char *const *)r->findings.names,
                             (int)r->members.count, (const char *const *)r->members.names, false,
                             err))
        return false;
    for (int64_t i = 0; i < r->n_entries; i++) {
        const entry *e = &r->entries[i];
        double *score = px_predictions_column(made, e->finding, e->member) + e->image;
        if (!isnan(*score))
            return px_csv_fail(r->csv, e->line, err, "its score is there twice");
        *score = e->score;
        made->scored[e->image] = true;
    }
    return true;
}

/* Takes the CSV. */
static bool read_csv(px_csv *csv, px_predictions *predictions, px_error *err) {
    reading r = {.csv = csv};
    px_predictions made;
    px_predictions_init(&made);
    bool ok = csv && (r.paths.table = px_name_table_new(err)) &&
              (r.findings.table = px_name_table_new(err)) &&
              (r.members.table = px_name_table_new(err)) && take_rows(&r, err) &&
              make_table(&r, &made, err);
    if (ok)
        *predictions = made;
    else
        px_predictions_clear(&made);
    clear_names(&r.paths);
    clear_names(&r.findings);
    clear_names(&r.members);
    free(r.entries);
    free(r.column_finding);
    px_csv_free(csv);
    return ok;
}

bool px_predictions_parse(const char *text, size_t size, px_predictions *predictions,
                          px_error *err) {
    return read_csv(px_csv_open_bytes(text, size, "predictions", err), predictions, err);
}

bool px_predictions_read(const char *path, px_predictions *predictions, px_error *err) {
    return read_csv(px_csv_open(path, err), predictions, err);
}

/* ---- Writing ----------------------------------------------------------------------------------
 */

static bool print_line(const px_predictions *p, int64_t image, int finding, int member,
                       px_buffer *text, px_error *err) {
    double score = px_predictions_column(p, finding, member)[image];
    const char *name =
        member == PX_PREDICTIONS_ENSEMBLE ? PX_PREDICTIONS_ENSEMBLE_NAME : p->members[member];
    return isnan(score) ||
           (px_csv_print_text(text, p->paths[image], err) && px_buffer_print(text, err, ",") &&
            px_csv_print_text(text, name, err) &&
            px_buffer_print(text, err, ",%s,", p->findings[finding]) &&
            px_csv_print_number(text, score, err) && px_buffer_print(text, err, "\n"));
}

static bool write_image(const px_predictions *p, int64_t image, px_buffer *text,
                        px_file_writer *writer, px_error *err) {
    bool ok = true;
    text->size = 0;
    for (int f = 0; ok && f < p->n_findings; f++) {
        for (int m = 0; ok && m < p->n_members; m++)
            ok = print_line(p, image, f, m, text, err);
        ok = ok && print_line(p, image, f, PX_PREDICTIONS_ENSEMBLE, text, err);
    }
    return ok && px_file_writer_write(writer, text->data, text->size, err);
}

bool px_predictions_write(const px_predictions *predictions, const char *path, px_error *err) {
    static const char heading[] = "path,member,finding,score\n";
    px_file_writer *writer = px_file_writer_open(path, err);
    if (!writer)
        return false;
    px_buffer text;
    px_buffer_init(&text, (size_t)1 << 30);
    bool ok = px_file_writer_write(writer, heading, sizeof heading - 1, err);
    for (int64_t i = 0; ok && i < predictions->n_images; i++)
        ok = write_image(predictions, i, &text, writer, err);
    px_buffer_clear(&text);
    if (ok)
        return px_file_writer_commit(writer, err);
    px_file_writer_abandon(writer);
    return false;
}
