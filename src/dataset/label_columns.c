/* Columns that tell subgroups apart: sex, age, view and any others. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "label_parts.h"

enum { MAX_GROUP_BYTES = 200, MAX_AGE = 120 };

int px_label_add_column(px_whole_table *whole, px_column_kind kind, const char *name,
                        px_error *err) {
    px_label_table *table = &whole->table;
    void *columns = table->columns;
    if (!px_realloc(&columns, (size_t)table->n_columns + 1, sizeof *table->columns, err))
        return -1;
    table->columns = columns;
    const int index = table->n_columns;
    whole->column_names[index] = px_strdup(name, err);
    if (!whole->column_names[index])
        return -1;
    table->columns[index] = (px_label_column){.name = whole->column_names[index], .kind = kind};
    table->n_columns++;
    return index;
}

bool px_label_grow_columns(px_label_table *table, int64_t room, px_error *err) {
    for (int i = 0; i < table->n_columns; i++) {
        px_label_column *column = &table->columns[i];
        const bool age = column->kind == PX_COLUMN_AGE;
        void *items = age ? (void *)column->number : (void *)column->value;
        if (!px_realloc(&items, (size_t)room, age ? sizeof(float) : sizeof(int32_t), err))
            return false;
        if (age)
            column->number = items;
        else
            column->value = items;
    }
    return true;
}

/* A spelling and what it means; NULL: said to be unknown. */
typedef struct meaning {
    const char *spelling, *value;
} meaning;

static const meaning sexes[] = {
    {"f", "female"},  {"female", "female"}, {"w", "female"}, {"woman", "female"}, {"m", "male"},
    {"male", "male"}, {"man", "male"},      {"u", NULL},     {"o", NULL},         {"other", NULL},
    {"na", NULL},     {"unknown", NULL},    {NULL, NULL}};

static const meaning views[] = {
    {"pa", "PA"},           {"ap", "AP"},          {"ap_erect", "AP"},
    {"ap_supine", "AP"},    {"ap_portable", "AP"}, {"frontal", "frontal"},
    {"lateral", "lateral"}, {"l", "lateral"},      {"ll", "lateral"},
    {"rl", "lateral"},      {"lat", "lateral"},    {"left_lateral", "lateral"},
    {"na", NULL},           {"unknown", NULL},     {NULL, NULL}};

/* False when the text makes no sense; empty is unknown. */
static bool look_up(const meaning *table, const char *text, const char **value) {
    char spelling[PX_FINDING_ID];
    *value = NULL;
    px_finding_spelling(text, spelling);
    if (!spelling[0])
        return text[strspn(text, " \t")] == '\0';
    for (; table->spelling; table++) {
        if (strcmp(table->spelling, spelling) == 0) {
            *value = table->value;
            return true;
        }
    }
    return false;
}

static bool note_odd(px_label_reader *reader, const px_csv_row *row, int field, px_error *err) {
    return px_notes_add(&reader->whole->table.notes, PX_NOTE_VALUE_ODD, row->line, err,
                        "%.60s \"%.40s\"", reader->headers[field], row->fields[field]);
}

static bool set_value(px_whole_table *whole, int index, int64_t at, const char *value,
                      px_error *err) {
    int32_t number = -1;
    if (value && (number = px_names_add(&whole->values[index], value, NULL, err)) < 0)
        return false;
    whole->table.columns[index].value[at] = number;
    return true;
}

static int find_column(const px_label_table *table, px_column_kind kind) {
    int i = 0;
    while (i < table->n_columns && table->columns[i].kind != kind)
        i++;
    return i < table->n_columns ? i : -1;
}

static bool read_sex(px_label_reader *reader, const px_csv_row *row, int64_t at, px_error *err) {
    const int field = reader->of_role[PX_ROLE_SEX];
    const char *value;
    if (field < 0)
        return true;
    if (!look_up(sexes, row->fields[field], &value) && !note_odd(reader, row, field, err))
        return false;
    return set_value(reader->whole, find_column(&reader->whole->table, PX_COLUMN_SEX), at, value,
                     err);
}

/* Years: "57", "057Y", and DICOM's months, weeks and days. */
static bool parse_age(const char *text, float *age) {
    char *end;
    *age = NAN;
    text += strspn(text, " \t");
    if (*text == '\0')
        return true;
    double value = strtod(text, &end);
    if (end == text)
        return false;
    switch (*end) {
    case 'Y':
        end++;
        break;
    case 'M':
        value /= 12, end++;
        break;
    case 'W':
        value /= 52.1775, end++;
        break;
    case 'D':
        value /= 365.2425, end++;
        break;
    default:
        break;
    }
    if (end[strspn(end, " \t")] != '\0' || !(value >= 0 && value <= MAX_AGE))
        return false;
    *age = (float)value;
    return true;
}

static bool read_age(px_label_reader *reader, const px_csv_row *row, int64_t at, px_error *err) {
    const int field = reader->of_role[PX_ROLE_AGE];
    if (field < 0)
        return true;
    px_label_table *table = &reader->whole->table;
    float *age = &table->columns[find_column(table, PX_COLUMN_AGE)].number[at];
    return parse_age(row->fields[field], age) || note_odd(reader, row, field, err);
}

/* CheXpert tells frontal or lateral, and in another column which frontal one. */
static bool read_view(px_label_reader *reader, const px_csv_row *row, int64_t at, px_error *err) {
    const int view = reader->of_role[PX_ROLE_VIEW],
              projection = reader->of_role[PX_ROLE_PROJECTION];
    const char *value = NULL, *frontal = NULL;
    if (view < 0 && projection < 0)
        return true;
    if (view >= 0 && !look_up(views, row->fields[view], &value) &&
        !note_odd(reader, row, view, err))
        return false;
    if (projection >= 0 && !look_up(views, row->fields[projection], &frontal) &&
        !note_odd(reader, row, projection, err))
        return false;
    if (frontal && (!value || strcmp(value, "frontal") == 0))
        value = frontal;
    return set_value(reader->whole, find_column(&reader->whole->table, PX_COLUMN_VIEW), at, value,
                     err);
}

static bool read_group(px_label_reader *reader, int index, int64_t at, const char *text,
                       px_error *err) {
    px_whole_table *whole = reader->whole;
    text += strspn(text, " \t");
    px_names *values = &whole->values[index];
    if (*text && (strlen(text) > MAX_GROUP_BYTES ||
                  (values->count == PX_LABEL_MAX_GROUPS && px_names_find(values, text) < 0)))
        whole->crowded[index] = true;
    return set_value(whole, index, at, *text && !whole->crowded[index] ? text : NULL, err);
}

bool px_label_read_columns(px_label_reader *reader, const px_csv_row *row, int64_t at,
                           px_error *err) {
    bool ok = read_sex(reader, row, at, err) && read_age(reader, row, at, err) &&
              read_view(reader, row, at, err);
    for (int i = 0; ok && i < reader->width; i++) {
        if (reader->uses[i].role == PX_ROLE_GROUP)
            ok = read_group(reader, reader->uses[i].index, at, row->fields[i], err);
    }
    return ok;
}

bool px_label_view_passes(const px_label_reader *reader, int64_t at) {
    const px_label_table *table = &reader->whole->table;
    const int index = find_column(table, PX_COLUMN_VIEW);
    const int32_t number = index >= 0 ? table->columns[index].value[at] : -1;
    if (number < 0 || reader->options->views == PX_VIEWS_ALL)
        return true;
    const bool lateral = strcmp(reader->whole->values[index].texts[number], "lateral") == 0;
    return lateral == (reader->options->views == PX_VIEWS_LATERAL);
}

static void move_column(px_whole_table *whole, int from, int to) {
    if (from == to)
        return;
    whole->table.columns[to] = whole->table.columns[from];
    whole->values[to] = whole->values[from];
    whole->column_names[to] = whole->column_names[from];
    whole->values[from] = (px_names){0};
    whole->column_names[from] = NULL;
    whole->table.columns[from] = (px_label_column){0};
}

static bool note_and_free(px_whole_table *whole, int index, const char *why, px_error *err) {
    const bool ok = px_notes_add(&whole->table.notes, PX_NOTE_COLUMN_UNUSED, 0, err, "%.200s: %s",
                                 whole->column_names[index], why);
    free(whole->table.columns[index].value);
    whole->table.columns[index].value = NULL;
    free(whole->column_names[index]);
    whole->column_names[index] = NULL;
    px_names_clear(&whole->values[index]);
    return ok;
}

bool px_label_finish_columns(px_label_reader *reader, px_error *err) {
    px_whole_table *whole = reader->whole;
    px_label_table *table = &whole->table;
    int kept = 0;
    bool ok = true;
    for (int i = 0; i < table->n_columns; i++) {
        const bool other = table->columns[i].kind == PX_COLUMN_OTHER;
        if (other && (whole->crowded[i] || whole->values[i].count == 0))
            ok =
                note_and_free(whole, i, whole->crowded[i] ? "too many values" : "empty", err) && ok;
        else
            move_column(whole, i, kept++);
    }
    for (int i = kept; i < table->n_columns; i++)
        table->columns[i] = (px_label_column){0};
    table->n_columns = kept;
    for (int i = 0; i < kept; i++) {
        table->columns[i].n_values = whole->values[i].count;
        if (table->columns[i].kind != PX_COLUMN_AGE)
            table->columns[i].values = (const char *const *)whole->values[i].texts;
    }
    return ok;
}
