/* The labels of a row: a cell a finding, or NIH's words. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "label_parts.h"

typedef enum { CELL_BLANK, CELL_NO, CELL_YES, CELL_UNCERTAIN, CELL_BAD } cell;

/* "1", "1.0", "-1.0", … Empty, and what statistics programs write for that, is blank. */
static cell parse_cell(const char *text) {
    text += strspn(text, " \t");
    if (*text == '\0')
        return CELL_BLANK;
    char *end;
    const double value = strtod(text, &end);
    const bool number = end > text && end[strspn(end, " \t")] == '\0';
    if (number && (value == 0 || value == 1 || value == -1))
        return value == 0 ? CELL_NO : value == 1 ? CELL_YES : CELL_UNCERTAIN;
    return (number && isnan(value)) || strcasecmp(text, "na") == 0 ? CELL_BLANK : CELL_BAD;
}

static void set_label(px_label_reader *reader, int finding, cell value) {
    static const int8_t of_policy[] = {[PX_UNCERTAIN_IGNORE] = PX_LABEL_MISSING,
                                       [PX_UNCERTAIN_ZEROS] = 0,
                                       [PX_UNCERTAIN_ONES] = 1};
    int8_t label = value == CELL_YES;
    if (value == CELL_BLANK)
        label = reader->blank == PX_BLANK_ZERO ? 0 : PX_LABEL_MISSING;
    else if (value == CELL_UNCERTAIN)
        label = of_policy[reader->policies[finding]];
    reader->row_labels[finding] = label;
    reader->row_uncertain[finding] = value == CELL_UNCERTAIN;
}

static bool read_cells(px_label_reader *reader, const px_csv_row *row, px_error *err) {
    for (int i = 0; i < reader->width; i++) {
        if (reader->uses[i].role != PX_ROLE_FINDING)
            continue;
        const cell value = parse_cell(row->fields[i]);
        if (value == CELL_BAD)
            return px_csv_fail(reader->csv, row->line, err,
                               "column \"%.60s\": \"%.20s\" is no label (0, 1, -1 or empty)",
                               reader->headers[i], row->fields[i]);
        set_label(reader, reader->uses[i].index, value);
    }
    return true;
}

/* A new word gets its finding. */
static bool learn_word(px_label_reader *reader, const char *word, px_error *err) {
    if (reader->words.count > reader->word_room) {
        void *findings = reader->word_finding, *rows = reader->word_rows;
        const int32_t room = reader->words.room;
        bool ok = px_realloc(&findings, (size_t)room, sizeof *reader->word_finding, err);
        reader->word_finding = findings;
        ok = ok && px_realloc(&rows, (size_t)room, sizeof *reader->word_rows, err);
        reader->word_rows = rows;
        if (!ok)
            return false;
        reader->word_room = room;
    }
    int finding;
    bool is_finding;
    if (!px_label_find_meaning(reader, word, &finding, &is_finding, err))
        return false;
    if (finding >= 0)
        reader->whole->has_finding[finding] = true;
    reader->word_finding[reader->words.count - 1] = finding;
    reader->word_rows[reader->words.count - 1] = 0;
    return true;
}

static bool read_word(px_label_reader *reader, const char *text, size_t length, int64_t line,
                      px_error *err) {
    char word[128];
    while (length > 0 && strchr(" \t", text[length - 1]))
        length--;
    if (length == 0)
        return true;
    if (length >= sizeof word)
        return px_csv_fail(reader->csv, line, err, "Finding Labels holds a word of %zu bytes",
                           length);
    memcpy(word, text, length);
    word[length] = '\0';
    bool added;
    const int32_t number = px_names_add(&reader->words, word, &added, err);
    if (number < 0 || (added && !learn_word(reader, word, err)))
        return false;
    if (number >= PX_LABEL_MAX_FINDINGS)
        return px_fail(err, PX_ERR_LIMIT, reader->name, "more than %d different Finding Labels",
                       PX_LABEL_MAX_FINDINGS);
    reader->word_rows[number]++;
    if (reader->word_finding[number] >= 0)
        reader->row_labels[reader->word_finding[number]] = 1;
    return true;
}

/* "Mass|Nodule", "No Finding"; what is not named is not there. */
static bool read_words(px_label_reader *reader, const px_csv_row *row, px_error *err) {
    const size_t count = (size_t)reader->whole->table.n_findings;
    const char *text = row->fields[reader->of_role[PX_ROLE_WORDS]];
    text += strspn(text, " \t|");
    memset(reader->row_labels, *text ? 0 : PX_LABEL_MISSING, count);
    bool ok = true;
    while (ok && *text) {
        const size_t length = strcspn(text, "|");
        ok = read_word(reader, text, length, row->line, err);
        text += length;
        text += strspn(text, " \t|");
    }
    return ok;
}

bool px_label_read_labels(px_label_reader *reader, const px_csv_row *row, px_error *err) {
    const size_t count = (size_t)reader->whole->table.n_findings;
    memset(reader->row_labels, PX_LABEL_MISSING, count);
    memset(reader->row_uncertain, 0, count);
    if (reader->whole->table.format == PX_FORMAT_NIH && !read_words(reader, row, err))
        return false;
    return read_cells(reader, row, err);
}

static void make_missing(px_label_table *table, int finding) {
    for (int64_t row = 0; row < table->n_rows; row++)
        table->labels[row * table->n_findings + finding] = PX_LABEL_MISSING;
}

bool px_label_finish_words(px_label_reader *reader, px_error *err) {
    px_label_table *table = &reader->whole->table;
    for (int f = 0; f < table->n_findings; f++) {
        if (!table->has_finding[f])
            make_missing(table, f);
    }
    bool ok = true;
    for (int32_t i = 0; ok && i < reader->words.count; i++) {
        if (reader->word_finding[i] < 0 && !px_finding_same(reader->words.texts[i], "no_finding"))
            ok = px_notes_add(&table->notes, PX_NOTE_FINDING_EXTRA, 0, err, "%s (%lld rows)",
                              reader->words.texts[i], (long long)reader->word_rows[i]);
    }
    return ok;
}
