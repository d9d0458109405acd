/* Label tables: rows read one by one, those of one path merged or left out. */
#include "label_table.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "label_parts.h"

#define MAX_LABELS ((int64_t)1 << 30) /* rows x findings */

const char *px_label_format_name(px_label_format format) {
    static const char *const names[] = {"automatic", "CheXpert", "NIH", "plain"};
    return names[format];
}

int px_label_table_finding(const px_label_table *table, const char *name) {
    for (int i = 0; i < table->n_findings; i++) {
        if (px_finding_same(table->findings[i], name))
            return i;
    }
    return -1;
}

void px_label_table_free(px_label_table *table) {
    px_whole_table *whole = (px_whole_table *)table;
    if (!whole)
        return;
    for (int i = 0; i < table->n_columns; i++) {
        free(table->columns[i].value);
        free(table->columns[i].number);
    }
    for (int i = 0; i < PX_LABEL_MAX_COLUMNS; i++) {
        px_names_clear(&whole->values[i]);
        free(whole->column_names[i]);
    }
    px_names_clear(&whole->findings);
    px_names_clear(&whole->paths);
    px_names_clear(&whole->patients);
    px_names_clear(&whole->studies);
    px_notes_clear(&table->notes);
    free(whole->has_finding);
    free(table->columns);
    free(table->uncertain);
    free(table->labels);
    free(table->rows);
    free(whole);
}

static void clear_reader(px_label_reader *reader) {
    for (int i = 0; reader->headers && i < reader->width; i++)
        free(reader->headers[i]);
    px_names_clear(&reader->words);
    free(reader->headers);
    free(reader->uses);
    free(reader->rename_used);
    free(reader->policies);
    free(reader->word_finding);
    free(reader->word_rows);
    free(reader->dropped);
    free(reader->row_labels);
    free(reader->row_uncertain);
}

/* Set one array of the table or reader to a new size. */
#define RESIZE(array, count, err) resize((void **)&(array), (size_t)(count), sizeof *(array), err)

static bool resize(void **items, size_t count, size_t size, px_error *err) {
    return px_realloc(items, count, size, err);
}

static bool make_room(px_label_reader *reader, px_error *err) {
    px_label_table *table = &reader->whole->table;
    if (table->n_rows < reader->room)
        return true;
    const int64_t most = MAX_LABELS / table->n_findings;
    if (table->n_rows >= PX_LABEL_MAX_ROWS || table->n_rows >= most)
        return px_fail(err, PX_ERR_LIMIT, reader->name, "more than %lld rows",
                       (long long)table->n_rows);
    int64_t room = reader->room ? reader->room * 2 : 256;
    room = room > PX_LABEL_MAX_ROWS ? PX_LABEL_MAX_ROWS : room;
    room = room > most ? most : room;
    if (!RESIZE(table->rows, room, err) || !RESIZE(table->labels, room * table->n_findings, err) ||
        !RESIZE(table->uncertain, room * table->n_findings, err) ||
        !RESIZE(reader->dropped, room, err) || !px_label_grow_columns(table, room, err))
        return false;
    reader->room = room;
    return true;
}

/* As many fields as the header, or more that are empty. */
static bool check_width(const px_label_reader *reader, const px_csv_row *row, px_error *err) {
    int count = row->count;
    while (count > reader->width && row->fields[count - 1][0] == '\0')
        count--;
    return count == reader->width ||
           px_csv_fail(reader->csv, row->line, err, "%d fields, where the header has %d",
                       row->count, reader->width);
}

static const char *field_of(const px_label_reader *reader, const px_csv_row *row,
                            px_column_role role) {
    const int column = reader->of_role[role];
    return column >= 0 ? row->fields[column] : "";
}

/* Does a part of a path read "patient00001" or "study1"? */
static bool is_numbered(const char *part, const char *word) {
    const size_t length = strlen(word);
    return strncmp(part, word, length) == 0 && isdigit((unsigned char)part[length]);
}

const char *px_label_find_patient(const char *path, size_t *to_study) {
    for (const char *part = path; part; part = strchr(part, '/')) {
        part += *part == '/';
        const char *next = strchr(part, '/');
        if (next && is_numbered(part, "patient")) {
            *to_study = is_numbered(next + 1, "study")
                            ? (size_t)(next + 1 - path) + strcspn(next + 1, "/")
                            : 0;
            return part;
        }
    }
    return NULL;
}

/* Number of a text of `length` bytes, or -1 for none. */
static bool number_of(px_names *names, const char *text, size_t length, int32_t *number,
                      px_error *err) {
    *number = -1;
    if (length == 0)
        return true;
    char *copy = px_format(err, "%.*s", (int)length, text);
    *number = copy ? px_names_add(names, copy, NULL, err) : -1;
    free(copy);
    return *number >= 0;
}

/* Studies are told apart within patients, where there are any. */
static bool number_study(px_label_reader *reader, const char *study, px_label_row *row,
                         px_error *err) {
    px_whole_table *whole = reader->whole;
    if (!study[0] || row->patient < 0)
        return number_of(&whole->studies, study, strlen(study), &row->study, err);
    char *both = px_format(err, "%s/%s", whole->patients.texts[row->patient], study);
    const bool ok = both && number_of(&whole->studies, both, strlen(both), &row->study, err);
    free(both);
    return ok;
}

static bool read_patient(px_label_reader *reader, const px_csv_row *fields, px_label_row *row,
                         px_error *err) {
    px_whole_table *whole = reader->whole;
    const char *patient = field_of(reader, fields, PX_ROLE_PATIENT);
    const char *study = field_of(reader, fields, PX_ROLE_STUDY);
    const char *path = field_of(reader, fields, PX_ROLE_PATH), *folder = NULL;
    size_t to_study = 0;
    if (whole->table.format == PX_FORMAT_CHEXPERT)
        folder = px_label_find_patient(path, &to_study);
    const bool by_path = !patient[0] && folder;
    if (!number_of(&whole->patients, by_path ? folder : patient,
                   by_path ? strcspn(folder, "/") : strlen(patient), &row->patient, err))
        return false;
    return study[0] || to_study == 0 ? number_study(reader, study, row, err)
                                     : number_of(&whole->studies, path, to_study, &row->study, err);
}

/* A path that an earlier row has: the same labels and patient, or a contradiction. */
static bool meet_again(px_label_reader *reader, int64_t at, const px_label_row *again,
                       px_error *err) {
    px_label_table *table = &reader->whole->table;
    const size_t count = (size_t)table->n_findings;
    px_label_row *row = &table->rows[at];
    if (row->patient == again->patient &&
        memcmp(table->labels + (size_t)at * count, reader->row_labels, count) == 0 &&
        memcmp(table->uncertain + (size_t)at * count, reader->row_uncertain, count) == 0)
        return px_notes_add(&table->notes, PX_NOTE_ROW_DUPLICATE, again->line, err,
                            "%s (as in line %lld)", row->path, (long long)row->line);
    if (!reader->dropped[at] &&
        !px_notes_add(&table->notes, PX_NOTE_ROW_CONTRADICTORY, row->line, err, "%s", row->path))
        return false;
    reader->dropped[at] = 1;
    return px_notes_add(&table->notes, PX_NOTE_ROW_CONTRADICTORY, again->line, err, "%s",
                        row->path);
}

/* The row at hand becomes the table's last. */
static bool append_row(px_label_reader *reader, const px_csv_row *fields, const px_label_row *row,
                       px_error *err) {
    px_label_table *table = &reader->whole->table;
    const size_t count = (size_t)table->n_findings, at = (size_t)table->n_rows;
    table->rows[at] = *row;
    memcpy(table->labels + at * count, reader->row_labels, count);
    memcpy(table->uncertain + at * count, reader->row_uncertain, count);
    if (!px_label_read_columns(reader, fields, table->n_rows, err))
        return false;
    reader->dropped[at] = 0;
    table->n_rows++;
    if (px_label_view_passes(reader, table->n_rows - 1))
        return true;
    reader->dropped[at] = 1;
    return px_notes_add(&table->notes, PX_NOTE_ROW_FILTERED, row->line, err, "%s", row->path);
}

static bool take_row(px_label_reader *reader, const px_csv_row *fields, px_error *err) {
    px_label_table *table = &reader->whole->table;
    const char *path = field_of(reader, fields, PX_ROLE_PATH);
    px_label_row row = {.line = fields->line, .image = -1};
    table->rows_read++;
    if (!check_width(reader, fields, err))
        return false;
    if (!path[0])
        return px_csv_fail(reader->csv, fields->line, err, "no path of an image");
    if (!make_room(reader, err) || !px_label_read_labels(reader, fields, err) ||
        !read_patient(reader, fields, &row, err))
        return false;
    bool added;
    const int32_t at = px_names_add(&reader->whole->paths, path, &added, err);
    if (at < 0)
        return false;
    row.path = reader->whole->paths.texts[at];
    return added ? append_row(reader, fields, &row, err) : meet_again(reader, at, &row, err);
}

void px_label_drop_rows(px_label_table *table, const uint8_t *dropped) {
    const size_t count = (size_t)table->n_findings;
    size_t kept = 0;
    for (size_t i = 0; i < (size_t)table->n_rows; i++) {
        if (dropped[i])
            continue;
        table->rows[kept] = table->rows[i];
        memmove(table->labels + kept * count, table->labels + i * count, count);
        memmove(table->uncertain + kept * count, table->uncertain + i * count, count);
        for (int c = 0; c < table->n_columns; c++) {
            if (table->columns[c].value)
                table->columns[c].value[kept] = table->columns[c].value[i];
            if (table->columns[c].number)
                table->columns[c].number[kept] = table->columns[c].number[i];
        }
        kept++;
    }
    table->n_rows = (int64_t)kept;
}

static bool note_unlabelled(px_label_table *table, px_error *err) {
    bool ok = true;
    for (int64_t i = 0; ok && i < table->n_rows; i++) {
        int f = 0;
        while (f < table->n_findings && table->labels[i * table->n_findings + f] < 0)
            f++;
        if (f == table->n_findings)
            ok = px_notes_add(&table->notes, PX_NOTE_ROW_UNLABELLED, table->rows[i].line, err, "%s",
                              table->rows[i].path);
    }
    return ok;
}

static bool note_missing(px_label_reader *reader, px_error *err) {
    px_label_table *table = &reader->whole->table;
    int found = 0;
    for (int f = 0; f < table->n_findings; f++) {
        found += table->has_finding[f];
        if (!table->has_finding[f] &&
            !px_notes_add(&table->notes, PX_NOTE_FINDING_MISSING, 0, err, "%s", table->findings[f]))
            return false;
    }
    return found > 0 || px_fail(err, PX_ERR_INPUT, reader->name,
                                "the table labels none of the findings asked for");
}

/* What can be told when all rows were read. */
static bool finish(px_label_reader *reader, px_error *err) {
    px_whole_table *whole = reader->whole;
    px_label_table *table = &whole->table;
    for (int i = 0; i < reader->options->n_renames; i++) {
        if (!reader->rename_used[i])
            return px_fail(err, PX_ERR_USAGE, "renames", "%s has nothing called \"%s\"",
                           reader->name, reader->options->renames[i].column);
    }
    if (!px_label_finish_words(reader, err) || !note_missing(reader, err) ||
        !px_label_finish_columns(reader, err))
        return false;
    if (reader->dropped)
        px_label_drop_rows(table, reader->dropped);
    if (table->n_rows == 0)
        return px_fail(err, PX_ERR_INPUT, reader->name, "no row is left of %lld read",
                       (long long)table->rows_read);
    table->n_patients = whole->patients.count;
    table->patients = (const char *const *)whole->patients.texts;
    table->n_studies = whole->studies.count;
    table->studies = (const char *const *)whole->studies.texts;
    return note_unlabelled(table, err);
}

static bool read_rows(px_label_reader *reader, px_error *err) {
    px_csv_row row;
    if (!px_csv_next(reader->csv, &row, err))
        return false;
    if (row.count == 0)
        return px_fail(err, PX_ERR_INPUT, reader->name, "empty: not a label table");
    if (!px_label_read_header(reader, &row, err))
        return false;
    for (;;) {
        if (!px_csv_next(reader->csv, &row, err))
            return false;
        if (row.count == 0)
            return finish(reader, err);
        if (!take_row(reader, &row, err))
            return false;
    }
}

/* Takes `csv`; NULL being a failure that is recorded already. */
static px_label_table *read_table(px_csv *csv, const char *name, const px_label_options *options,
                                  px_error *err) {
    static const px_label_options defaults = {0};
    px_label_reader reader = {.csv = csv, .name = name, .options = options ? options : &defaults};
    bool ok = false;
    px_whole_table *whole = csv ? px_alloc(1, sizeof *whole, err) : NULL;
    if (whole) {
        px_notes_init(&whole->table.notes, reader.options->notes_cap);
        reader.whole = whole;
        ok = read_rows(&reader, err);
    }
    clear_reader(&reader);
    px_csv_free(csv);
    if (ok)
        return &whole->table;
    px_label_table_free(whole ? &whole->table : NULL);
    return NULL;
}

px_label_table *px_label_table_read(const char *path, const px_label_options *options,
                                    px_error *err) {
    return read_table(px_csv_open(path, err), path, options, err);
}

px_label_table *px_label_table_parse(const void *bytes, size_t size, const char *name,
                                     const px_label_options *options, px_error *err) {
    return read_table(px_csv_open_bytes(bytes, size, name, err), name, options, err);
}
