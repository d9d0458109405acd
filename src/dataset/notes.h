/* What of a data set was not used, or not as it stands: counted, and listed up to a cap. */
#ifndef PX_DATASET_NOTES_H
#define PX_DATASET_NOTES_H

#include "../base/buffer.h"
#include "perxeptron.h"

typedef enum {
    PX_NOTE_COLUMN_UNUSED,     /**< columns that nothing is known of, or of too many values */
    PX_NOTE_FINDING_MISSING,   /**< asked for, not in the table */
    PX_NOTE_FINDING_EXTRA,     /**< in the table, not asked for */
    PX_NOTE_ROW_DUPLICATE,     /**< same path and labels as an earlier row: merged with it */
    PX_NOTE_ROW_CONTRADICTORY, /**< same path, other labels or patient: all of these left out */
    PX_NOTE_ROW_FILTERED,      /**< left out: another view than asked for */
    PX_NOTE_ROW_UNLABELLED,    /**< kept, but without a label of any finding asked for */
    PX_NOTE_VALUE_ODD,         /**< an age, sex or view that makes no sense: taken as unknown */
    PX_NOTE_IMAGE_MISSING,     /**< rows left out: no such image */
    PX_NOTE_IMAGE_AMBIGUOUS,   /**< rows left out: several images could be meant, or one image by
                                    several rows */
    PX_NOTE_IMAGE_BY_STEM,     /**< rows whose image has another extension than the table says */
    PX_NOTE_IMAGE_UNLABELLED,  /**< images that no row is about */
    PX_NOTE_ENTRY_UNSAFE,  /**< files of a folder or ZIP passed over: links, bad names, encrypted */
    PX_NOTE_BOX_UNMATCHED, /**< boxes of images that are not in the table */
    PX_NOTE_BOX_OUTSIDE,   /**< boxes left out: without area, or not in the image at all */
    PX_NOTE_KINDS
} px_note_kind;

/** One thing: where, and what. */
typedef struct px_note {
    int64_t line; /**< of the table; 0 for what has none */
    char *text;   /**< a path, a column, a finding */
} px_note;

typedef struct px_note_list {
    int64_t count; /**< all that there are */
    int listed;    /**< of these in items: the first ones, at most `cap` of px_notes */
    px_note *items;
} px_note_list;

/** Set up with px_notes_init, released with px_notes_clear. */
typedef struct px_notes {
    int cap; /**< most listed of each kind */
    px_note_list kinds[PX_NOTE_KINDS];
} px_notes;

enum { PX_NOTES_DEFAULT_CAP = 20 };

/** @param cap  most listed of each kind; below 1: PX_NOTES_DEFAULT_CAP. */
void px_notes_init(px_notes *notes, int cap);
void px_notes_clear(px_notes *notes);
/** Count one, and list it while the cap allows. Control characters become '?'. PX_ERR_MEMORY. */
bool px_notes_add(px_notes *notes, px_note_kind kind, int64_t line, px_error *err,
                  const char *format, ...) PX_PRINTF(5, 6);

/** "row_duplicate": for JSON; static storage. */
const char *px_note_name(px_note_kind kind);
/** "rows merged with an earlier one of the same path and labels": what a count is of; static. */
const char *px_note_title(px_note_kind kind);

/** Add text for people: for each kind that there is, "COUNT TITLE" and its list, indented, ending
 *  in "… and N more" where it is longer. PX_ERR_LIMIT past the buffer's cap. */
bool px_notes_print(const px_notes *notes, px_buffer *text, px_error *err);

#endif
