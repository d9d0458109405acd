/* What of a data set was not used, or not as it stands: counted, and listed up to a cap. */
#include "notes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/text.h"

static const struct {
    const char *name, *title;
} kinds[PX_NOTE_KINDS] = {
    [PX_NOTE_COLUMN_UNUSED] = {"column_unused", "columns not used"},
    [PX_NOTE_FINDING_MISSING] = {"finding_missing", "findings that the table does not label"},
    [PX_NOTE_FINDING_EXTRA] = {"finding_extra", "findings of the table that were not asked for"},
    [PX_NOTE_ROW_DUPLICATE] = {"row_duplicate",
                               "rows merged with an earlier one of the same path and labels"},
    [PX_NOTE_ROW_CONTRADICTORY] = {"row_contradictory",
                                   "rows left out: the same path with other labels"},
    [PX_NOTE_ROW_FILTERED] = {"row_filtered", "rows left out: another view"},
    [PX_NOTE_ROW_UNLABELLED] = {"row_unlabelled", "rows without a label of these findings"},
    [PX_NOTE_VALUE_ODD] = {"value_odd", "values that make no sense, taken as unknown"},
    [PX_NOTE_IMAGE_MISSING] = {"image_missing", "rows left out: their image is missing"},
    [PX_NOTE_IMAGE_AMBIGUOUS] = {"image_ambiguous",
                                 "rows left out: which image they mean is not clear"},
    [PX_NOTE_IMAGE_BY_STEM] = {"image_by_stem",
                               "rows whose image has another extension than the table says"},
    [PX_NOTE_IMAGE_UNLABELLED] = {"image_unlabelled", "images that no row is about"},
    [PX_NOTE_ENTRY_UNSAFE] = {"entry_unsafe", "files passed over"},
    [PX_NOTE_BOX_UNMATCHED] = {"box_unmatched", "boxes of images that are not in the table"},
    [PX_NOTE_BOX_OUTSIDE] = {"box_outside", "boxes left out: nothing of them lies in an image"},
};

void px_notes_init(px_notes *notes, int cap) {
    *notes = (px_notes){.cap = cap < 1 ? PX_NOTES_DEFAULT_CAP : cap};
}

void px_notes_clear(px_notes *notes) {
    for (int kind = 0; kind < PX_NOTE_KINDS; kind++) {
        for (int i = 0; i < notes->kinds[kind].listed; i++)
            free(notes->kinds[kind].items[i].text);
        free(notes->kinds[kind].items);
    }
    *notes = (px_notes){.cap = notes->cap};
}

bool px_notes_add(px_notes *notes, px_note_kind kind, int64_t line, px_error *err,
                  const char *format, ...) {
    px_note_list *list = &notes->kinds[kind];
    if (list->listed == notes->cap) {
        list->count++;
        return true;
    }
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    px_text_make_plain(text);
    void *items = list->items;
    if (!px_realloc(&items, (size_t)list->listed + 1, sizeof *list->items, err))
        return false;
    list->items = items;
    char *copy = px_strdup(text, err);
    if (!copy)
        return false;
    list->items[list->listed++] = (px_note){line, copy};
    list->count++;
    return true;
}

const char *px_note_name(px_note_kind kind) {
    return kinds[kind].name;
}

const char *px_note_title(px_note_kind kind) {
    return kinds[kind].title;
}

static bool print_list(const px_note_list *list, px_buffer *text, px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < list->listed; i++) {
        const px_note *note = &list->items[i];
        ok = note->line > 0 ? px_buffer_print(text, err, "  line %lld: %s\n", (long long)note->line,
                                              note->text)
                            : px_buffer_print(text, err, "  %s\n", note->text);
    }
    const long long more = (long long)(list->count - list->listed);
    return ok && (more == 0 || px_buffer_print(text, err, "  … and %lld more\n", more));
}

bool px_notes_print(const px_notes *notes, px_buffer *text, px_error *err) {
    bool ok = true;
    for (int kind = 0; ok && kind < PX_NOTE_KINDS; kind++) {
        const px_note_list *list = &notes->kinds[kind];
        if (list->count > 0)
            ok = px_buffer_print(text, err, "%lld %s\n", (long long)list->count,
                                 kinds[kind].title) &&
                 print_list(list, text, err);
    }
    return ok;
}
