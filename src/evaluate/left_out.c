/* What an evaluation did not use, or not as it stands. */
#include <stdlib.h>

#include "../base/memory.h"
#include "evaluate_table.h"

/* A new entry at the end, or NULL. */
static px_evaluation_left_out *add(px_evaluation *e, const char *what, int64_t count,
                                   px_error *err) {
    void *items = e->left_out;
    const bool grown = px_realloc(&items, (size_t)e->n_left_out + 1, sizeof *e->left_out, err);
    e->left_out = items;
    char *copy = grown ? px_strdup(what, err) : NULL;
    if (!copy)
        return NULL;
    px_evaluation_left_out *item = &e->left_out[e->n_left_out++];
    *item = (px_evaluation_left_out){.what = copy, .count = count};
    return item;
}

static bool add_example(px_evaluation_left_out *item, char *text) {
    if (text)
        item->examples[item->n_examples++] = text;
    return text != NULL;
}

bool px_evaluation_add_left_out(px_evaluation *e, const char *what, int64_t count, px_error *err) {
    return count <= 0 || add(e, what, count, err);
}

static bool add_list(px_evaluation *e, const char *what, const px_note_list *list, px_error *err) {
    px_evaluation_left_out *item = add(e, what, list->count, err);
    bool ok = item != NULL;
    for (int i = 0; ok && i < list->listed && i < PX_EVALUATION_EXAMPLES; i++) {
        const px_note *note = &list->items[i];
        ok = add_example(item, note->line > 0 ? px_format(err, "line %lld: %s",
                                                          (long long)note->line, note->text)
                                              : px_strdup(note->text, err));
    }
    return ok;
}

bool px_evaluation_add_notes(px_evaluation *e, const px_notes *notes, px_error *err) {
    bool ok = true;
    for (int k = 0; ok && k < PX_NOTE_KINDS; k++)
        if (notes->kinds[k].count > 0)
            ok = add_list(e, px_note_title((px_note_kind)k), &notes->kinds[k], err);
    return ok;
}

bool px_evaluation_add_failures(px_evaluation *e, const px_predictions *predictions,
                                px_error *err) {
    if (predictions->n_failures == 0)
        return true;
    px_evaluation_left_out *item =
        add(e, "images that cannot be read", predictions->n_failures, err);
    bool ok = item != NULL;
    for (int i = 0; ok && i < predictions->n_failures && i < PX_EVALUATION_EXAMPLES; i++) {
        const px_prediction_failure *f = &predictions->failures[i];
        ok = add_example(item,
                         px_format(err, "%s: %s", predictions->paths[f->image], f->error.message));
    }
    return ok;
}

bool px_evaluation_add_unscored(px_evaluation *e, const px_label_table *table,
                                const px_predictions *predictions, px_error *err) {
    px_evaluation_left_out *item = NULL;
    for (int64_t i = 0; i < table->n_rows; i++) {
        const px_label_row *row = &table->rows[i];
        if (predictions->scored[i])
            continue;
        if (!item && !(item = add(e, "rows without predictions", 0, err)))
            return false;
        item->count++;
        if (item->n_examples < PX_EVALUATION_EXAMPLES &&
            !add_example(item, px_format(err, "line %lld: %s", (long long)row->line, row->path)))
            return false;
    }
    return true;
}

bool px_evaluation_print_left_out(const px_evaluation *e, px_buffer *text, px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < e->n_left_out; i++) {
        const px_evaluation_left_out *l = &e->left_out[i];
        ok = px_buffer_print(text, err, "%lld %s\n", (long long)l->count, l->what);
        for (int k = 0; ok && k < l->n_examples; k++)
            ok = px_buffer_print(text, err, "    %s\n", l->examples[k]);
        if (l->n_examples && l->count > l->n_examples)
            ok = ok && px_buffer_print(text, err, "    and %lld more\n",
                                       (long long)(l->count - l->n_examples));
    }
    return ok;
}
