/* Which image each row of a label table is about. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "label_parts.h"

typedef struct matching {
    px_label_table *table;
    const px_image_source *source;
    uint8_t *claims;  /* [entries] rows that mean this image: 0, 1, or 2 and more */
    uint8_t *by_stem; /* [rows] */
    uint8_t *dropped; /* [rows] */
} matching;

/* Neither lies in another patient's folder than the other. Without a path's first folders, one
 * patient's study1/view1.jpg would else be the only one of that name when the other's is missing.
 */
static bool is_same_patient(const char *path, const char *entry) {
    size_t unused;
    const char *a = px_label_find_patient(path, &unused);
    const char *b = px_label_find_patient(entry, &unused);
    const size_t length = a ? strcspn(a, "/") : 0;
    return !a || !b || (strcspn(b, "/") == length && memcmp(a, b, length) == 0);
}

static void match_rows(matching *m) {
    for (int64_t i = 0; i < m->table->n_rows; i++) {
        bool by_stem;
        const char *path = m->table->rows[i].path;
        int64_t entry = px_image_source_match(m->source, path, &by_stem);
        if (entry >= 0 && !is_same_patient(path, px_image_source_name(m->source, entry)))
            entry = PX_ENTRY_NONE;
        m->table->rows[i].image = entry;
        m->by_stem[i] = by_stem;
        if (entry >= 0 && m->claims[entry] < 2)
            m->claims[entry]++;
    }
}

static bool judge_row(matching *m, int64_t i, px_error *err) {
    const px_label_row *row = &m->table->rows[i];
    px_note_kind kind = PX_NOTE_IMAGE_BY_STEM;
    if (row->image == PX_ENTRY_NONE)
        kind = PX_NOTE_IMAGE_MISSING;
    else if (row->image == PX_ENTRY_AMBIGUOUS || m->claims[row->image] > 1)
        kind = PX_NOTE_IMAGE_AMBIGUOUS;
    else if (!m->by_stem[i])
        return true;
    m->dropped[i] = kind != PX_NOTE_IMAGE_BY_STEM;
    return px_notes_add(&m->table->notes, kind, row->line, err, "%s", row->path);
}

static bool note_unlabelled_images(matching *m, px_error *err) {
    bool ok = true;
    for (int64_t e = 0; ok && e < px_image_source_count(m->source); e++) {
        if (m->claims[e] == 0)
            ok = px_notes_add(&m->table->notes, PX_NOTE_IMAGE_UNLABELLED, 0, err, "%s",
                              px_image_source_name(m->source, e));
    }
    return ok;
}

bool px_label_table_find_images(px_label_table *table, const px_image_source *source,
                                px_error *err) {
    matching m = {.table = table, .source = source};
    m.claims = px_alloc((size_t)px_image_source_count(source), 1, err);
    m.by_stem = px_alloc((size_t)table->n_rows, 1, err);
    m.dropped = px_alloc((size_t)table->n_rows, 1, err);
    bool ok = m.claims && m.by_stem && m.dropped;
    if (ok)
        match_rows(&m);
    for (int64_t i = 0; ok && i < table->n_rows; i++)
        ok = judge_row(&m, i, err);
    ok = ok && note_unlabelled_images(&m, err);
    if (ok) {
        const int64_t rows = table->n_rows;
        const bool is_there = rows > 0 && table->rows[0].image != PX_ENTRY_NONE;
        px_label_drop_rows(table, m.dropped);
        if (table->n_rows == 0)
            ok = px_fail(
                err, PX_ERR_INPUT, px_image_source_path(source),
                "none of the table's %lld images is there%s (the first would be line %lld's)",
                (long long)rows, is_there ? " for one row alone" : "",
                (long long)table->rows[0].line);
    }
    free(m.claims);
    free(m.by_stem);
    free(m.dropped);
    return ok;
}
