/* Tables of boxes around findings. */
#include "box_table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/csv.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "finding_names.h"
#include "names.h"
#include "row_index.h"

enum { NIH_SIDE = 1024, MAX_BOXES = 5000000, MAX_PIXELS = 100000, FIELDS = 6 };

typedef struct box_reader {
    px_csv *csv;
    const char *name;
    const px_label_table *table;
    px_row_index *index;
    px_box_table *boxes;
    int64_t room;
    int reference_side;
    px_names extra;      /* findings that the label table has not */
    int64_t *extra_rows; /* [extra.room] boxes of each */
    int32_t extra_room;
} box_reader;

void px_box_table_free(px_box_table *table) {
    if (!table)
        return;
    px_notes_clear(&table->notes);
    free(table->boxes);
    free(table);
}

/* "path,finding,x,y,width,height", or NIH's "Image Index,Finding Label" and four columns that it
 * names in several ways. */
static bool read_header(box_reader *reader, px_error *err) {
    static const char *const plain[FIELDS] = {"path", "finding", "x", "y", "width", "height"};
    px_csv_row row;
    char id[PX_FINDING_ID];
    if (!px_csv_next(reader->csv, &row, err))
        return false;
    int same = 0, nih = 0;
    for (int i = 0; row.count >= FIELDS && i < FIELDS; i++) {
        px_finding_spelling(row.fields[i], id);
        if (strcmp(id, plain[i]) == 0)
            same++;
        else if (i < 2 && strcmp(id, i == 0 ? "image_index" : "finding_label") == 0)
            nih++;
    }
    reader->reference_side = nih == 2 ? NIH_SIDE : 0;
    if (same == FIELDS || nih == 2)
        return true;
    return px_fail(err, PX_ERR_INPUT, reader->name,
                   "line 1: not a table of boxes: path,finding,x,y,width,height or NIH's Image "
                   "Index,Finding Label,…");
}

static bool read_number(box_reader *reader, const px_csv_row *row, int field, double *value,
                        px_error *err) {
    char *end;
    *value = strtod(row->fields[field], &end);
    if (end == row->fields[field] || end[strspn(end, " \t")] != '\0' || !isfinite(*value))
        return px_csv_fail(reader->csv, row->line, err, "field %d is no number", field + 1);
    if (fabs(*value) > MAX_PIXELS)
        return px_csv_fail(reader->csv, row->line, err, "field %d is more than %d pixels",
                           field + 1, MAX_PIXELS);
    return true;
}

static bool count_extra(box_reader *reader, const char *finding, px_error *err) {
    bool added;
    const int32_t number = px_names_add(&reader->extra, finding, &added, err);
    if (number < 0)
        return false;
    if (reader->extra.room > reader->extra_room) {
        void *rows = reader->extra_rows;
        if (!px_realloc(&rows, (size_t)reader->extra.room, sizeof *reader->extra_rows, err))
            return false;
        reader->extra_rows = rows;
        reader->extra_room = reader->extra.room;
    }
    reader->extra_rows[number] = added ? 1 : reader->extra_rows[number] + 1;
    return true;
}

static bool append_box(box_reader *reader, const px_label_box *box, px_error *err) {
    px_box_table *table = reader->boxes;
    if (table->n_boxes == MAX_BOXES)
        return px_fail(err, PX_ERR_LIMIT, reader->name, "more than %d boxes", MAX_BOXES);
    if (table->n_boxes == reader->room) {
        void *boxes = table->boxes;
        const int64_t room = reader->room ? reader->room * 2 : 64;
        if (!px_realloc(&boxes, (size_t)room, sizeof *table->boxes, err))
            return false;
        table->boxes = boxes;
        reader->room = room;
    }
    table->boxes[table->n_boxes++] = *box;
    return true;
}

static bool take_box(box_reader *reader, const px_csv_row *row, px_error *err) {
    px_label_box box = {.line = row->line, .reference_side = reader->reference_side};
    if (row->count < FIELDS)
        return px_csv_fail(reader->csv, row->line, err, "%d fields, where a box has %d", row->count,
                           FIELDS);
    if (!read_number(reader, row, 2, &box.x, err) || !read_number(reader, row, 3, &box.y, err) ||
        !read_number(reader, row, 4, &box.width, err) ||
        !read_number(reader, row, 5, &box.height, err))
        return false;
    if (box.width < 0 || box.height < 0)
        return px_csv_fail(reader->csv, row->line, err, "a side below 0");
    box.finding = px_label_table_finding(reader->table, row->fields[1]);
    if (box.finding < 0)
        return count_extra(reader, row->fields[1], err);
    box.row = px_row_index_find(reader->index, row->fields[0]);
    if (box.row < 0)
        return px_notes_add(&reader->boxes->notes, PX_NOTE_BOX_UNMATCHED, row->line, err, "%s",
                            row->fields[0]);
    /* Where the image's size is not known yet, it is taken for as large as images can be. */
    double fractions[4];
    const int side = box.reference_side ? box.reference_side : MAX_PIXELS;
    if (!px_label_box_fractions(&box, side, side, fractions))
        return px_notes_add(&reader->boxes->notes, PX_NOTE_BOX_OUTSIDE, row->line, err, "%s",
                            row->fields[0]);
    return append_box(reader, &box, err);
}

static bool read_boxes(box_reader *reader, px_error *err) {
    px_csv_row row;
    bool ok = read_header(reader, err);
    while (ok && (ok = px_csv_next(reader->csv, &row, err)) && row.count > 0) {
        reader->boxes->rows_read++;
        ok = take_box(reader, &row, err);
    }
    for (int32_t i = 0; ok && i < reader->extra.count; i++)
        ok = px_notes_add(&reader->boxes->notes, PX_NOTE_FINDING_EXTRA, 0, err, "%s (%lld boxes)",
                          reader->extra.texts[i], (long long)reader->extra_rows[i]);
    return ok;
}

static int by_row(const void *a, const void *b) {
    const px_label_box *first = a, *second = b;
    if (first->row != second->row)
        return first->row < second->row ? -1 : 1;
    return (first->line > second->line) - (first->line < second->line);
}

/* Takes `csv`; NULL being a failure that is recorded already. */
static px_box_table *read_table(px_csv *csv, const char *name, const px_label_table *table,
                                int notes_cap, px_error *err) {
    box_reader reader = {.csv = csv, .name = name, .table = table};
    px_box_table *boxes = csv ? px_alloc(1, sizeof *boxes, err) : NULL;
    bool ok = boxes != NULL;
    if (ok) {
        px_notes_init(&boxes->notes, notes_cap);
        reader.boxes = boxes;
        reader.index = px_row_index_new(table, err);
        ok = reader.index && read_boxes(&reader, err);
    }
    if (ok && boxes->n_boxes > 0)
        qsort(boxes->boxes, (size_t)boxes->n_boxes, sizeof *boxes->boxes, by_row);
    px_names_clear(&reader.extra);
    free(reader.extra_rows);
    px_row_index_free(reader.index);
    px_csv_free(csv);
    if (ok)
        return boxes;
    px_box_table_free(boxes);
    return NULL;
}

px_box_table *px_box_table_read(const char *path, const px_label_table *table, int notes_cap,
                                px_error *err) {
    return read_table(px_csv_open(path, err), path, table, notes_cap, err);
}

px_box_table *px_box_table_parse(const void *bytes, size_t size, const char *name,
                                 const px_label_table *table, int notes_cap, px_error *err) {
    return read_table(px_csv_open_bytes(bytes, size, name, err), name, table, notes_cap, err);
}

/* Begin and length of a side, in fractions of the image's. */
static bool cut_side(double at, double length, double whole, double *begin, double *part) {
    const double first = at > 0 ? at : 0;
    const double last = at + length < whole ? at + length : whole;
    if (!(last > first))
        return false;
    *begin = first / whole;
    *part = (last - first) / whole;
    return true;
}

bool px_label_box_fractions(const px_label_box *box, int width, int height, double fractions[4]) {
    const double across = box->reference_side ? box->reference_side : width;
    const double down = box->reference_side ? box->reference_side : height;
    double f[4];
    if (!cut_side(box->x, box->width, across, &f[0], &f[2]) ||
        !cut_side(box->y, box->height, down, &f[1], &f[3]))
        return false;
    memcpy(fractions, f, sizeof f);
    return true;
}
