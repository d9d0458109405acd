/* What is computed is written down at once: a file of one line an image, to go on from after a
 * stop, a crash or a power cut. */
#ifndef PX_EVALUATE_JOURNAL_H
#define PX_EVALUATE_JOURNAL_H

#include "../base/sha256.h"
#include "../reader/ensemble.h"
#include "perxeptron.h"

/** Values that a finding's heat map takes in a line: its box and its hottest point. */
enum { PX_JOURNAL_HEAT_VALUES = 6 };

/** Whose scores a journal holds: nobody else's are taken from it. */
typedef struct px_journal_owner {
    const char *ensemble; /**< its version, borrowed */
    int n_findings, n_members;
} px_journal_owner;

/** One image. */
typedef struct px_journal_entry {
    char file[PX_SHA256_HEX]; /**< of its bytes */
    double *scores;           /**< [n_findings][n_members + 1] in [0, 1], or NaN; ensemble last */
    double *heat; /**< [n_findings][PX_JOURNAL_HEAT_VALUES] in [0, 1], or NULL: without heat maps */
} px_journal_entry;

/** An open journal. One thread at a time. */
typedef struct px_journal px_journal;

/**
 * Open a journal, or make it where it is missing. A journal of another owner, of another version of
 * this program or of another tier of kernels, whose scores may differ in their last bit, is renamed
 * to PATH.old. From the first damaged line on, the file is cut off: a crash leaves a torn one.
 *
 * @param tell  nullable: gets a sentence for people when a journal was set aside or cut.
 * @param err   PX_ERR_BUSY: another process has it open; PX_ERR_IO; PX_ERR_MEMORY.
 * @return closed by px_journal_close, or NULL.
 */
px_journal *px_journal_open(const char *path, const px_journal_owner *owner,
                            void (*tell)(void *context, const char *text), void *context,
                            px_error *err);

/** The last line of an image, by the path it had then; NULL for none. Lives with the journal. */
const px_journal_entry *px_journal_find(const px_journal *journal, const char *path);

/** Add a line. It is handed to the system at once and synced every few seconds. PX_ERR_IO. */
bool px_journal_add(px_journal *journal, const char *path, const px_journal_entry *entry,
                    px_error *err);

/** Sync and close; frees it in every case. NULL is fine. PX_ERR_IO. */
bool px_journal_close(px_journal *journal, px_error *err);

#endif
