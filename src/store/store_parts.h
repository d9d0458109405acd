/* What the store's files share: its parts, transactions with an audit entry, rows read in one way.
 */
#ifndef PX_STORE_STORE_PARTS_H
#define PX_STORE_STORE_PARTS_H

#include <pthread.h>

#include "../base/secret.h"
#include "sql.h"
#include "store.h"

#define PX_STORE_DATABASE "perxeptron.db" /* in the data folder */

#define PX_IDEMPOTENCY_LASTS PX_DAY

#define PX_STORE_DOUBTFUL 256

struct px_store {
    px_sql *sql;
    px_blobs *blobs;
    bool alone;  /* no other process writes to this store */
    bool beside; /* another process may: nothing is mended or made */
    unsigned char link_key[PX_SECRET_KEY_BYTES];
    pthread_mutex_t mutex;
    int64_t doubtful[PX_STORE_DOUBTFUL]; /* under mutex: blobs whose upload failed, to be settled */
    int n_doubtful;
};

/* ---- Rows (store_rows.c) ---- */

/** Step to the next row; unlike px_sql_next, an end and a failure are told apart without `err`. */
bool px_rows_step(px_sql_rows *rows, bool *more, px_error *err);

/** Fill `item` from the current row. */
typedef bool px_row_reader(const px_sql_rows *rows, void *item, px_error *err);

/** Run a statement and read its first row, if there is one; all of it is run in any case. */
bool px_rows_find(px_sql_link *link, const char *text, const px_sql_value *values, int n_values,
                  px_row_reader *read, void *item, bool *found, px_error *err);
/** Read at most `room` rows into an array of items of `size` bytes. */
bool px_rows_list(px_sql_link *link, const char *text, const px_sql_value *values, int n_values,
                  px_row_reader *read, void *items, size_t size, int room, int *count,
                  px_error *err);
/** The same, each in a transaction of its own that changes nothing. */
bool px_store_find_row(px_store *store, const char *text, const px_sql_value *values, int n_values,
                       px_row_reader *read, void *item, bool *found, px_error *err);
bool px_store_list_rows(px_store *store, const char *text, const px_sql_value *values, int n_values,
                        px_row_reader *read, void *items, size_t size, int room, int *count,
                        px_error *err);
/** A statement that gives no rows, in a transaction of its own. */
bool px_store_run(px_store *store, px_sql_mode mode, const char *text, const px_sql_value *values,
                  int n_values, px_error *err);

/** Reads one integer: an int64_t. */
px_row_reader px_read_integer;
/** A blob's columns: "id, sha256, size, sealed". */
px_row_reader px_read_blob;
void px_get_blob(const px_sql_rows *rows, int column, px_blob *blob);
/** LIKE's pattern for texts, their ASCII made small, that contain this one whatever its case; '!'
 *  escapes. NULL: any. To be freed. */
char *px_make_pattern(const char *text, px_error *err);
/** Copies a text column into the caller's array, cutting what does not fit. */
void px_get_text(const px_sql_rows *rows, int column, char *text, size_t size);

/** Columns of a user, table "u", and their reader from a column on. */
#define PX_USER_COLUMNS                                                                            \
    "u.id, u.username, u.password_hash, u.role, u.disabled, u.created, u.last_login"
void px_get_user(const px_sql_rows *rows, int column, px_user *user);

/* ---- Transactions ---- */

/** Commit when all went well, else undo. */
bool px_store_end(px_sql_link *link, bool ok, px_error *err);
/** End a transaction that only read: what was read stays good. Returns `ok`. */
bool px_store_end_reading(px_sql_link *link, bool ok);

/** Start a transaction that ends with entries in the audit trail. One at a time has that right,
 * from its first statement on: two that took it last could wait for each other's rows. */
px_sql_link *px_store_begin_audited(px_store *store, px_sql_mode mode, px_error *err);
/** Add the entry "ACTION" on "KIND:ID". */
bool px_store_add_audit(px_sql_link *link, const px_actor *actor, const char *action,
                        const char *kind, int64_t id, px_error *err);

/* ---- Blobs and their rows (store_sweep.c) ---- */

/** Give up blobs that no X-ray has (any more): their rows in state 'gone' stand for files still to
 * be deleted. Deletes the file, then the row. */
bool px_store_discard_blob(px_store *store, const px_blob *blob, px_error *err);
/** The same for all rows in that state. */
bool px_store_discard_gone(px_store *store, px_error *err);
/** Settle a blob whose upload failed, now or, when the database cannot be asked, with the next
 * sweep. Whether the last transaction was kept need not be known: a blob that still waits was not.
 */
void px_store_give_up_blob(px_store *store, const px_blob *blob, bool now);
/** What an earlier process left half-done, besides what px_store_sweep does. */
bool px_store_recover(px_store *store, px_error *err);

/* ---- Pieces used in more than one transaction ---- */

bool px_store_count_use(px_sql_link *link, int64_t user_id, int64_t requests, int64_t readings,
                        int64_t bytes, px_error *err);
/** Every X-ray has at least these columns, tables "x" and "b" (its blob). */
#define PX_XRAY_COLUMNS                                                                            \
    "x.id, x.user_id, x.created, x.updated, x.expires, x.title, x.patient_reference, x.consent, "  \
    "x.status, x.failure, x.sha256, x.media_type, x.width, x.height, x.bytes, x.reading, "         \
    "b.id, b.sha256, b.size, b.sealed"
#define PX_XRAY_N_COLUMNS 20
#define PX_XRAY_TABLES "xrays x JOIN blobs b ON b.id = x.blob_id"
/** Reads a px_xray, which is zeroed before and cleared on failure; without its reviews. */
px_row_reader px_read_xray;
/** Add their reviews to X-rays, all by one statement (store_reviews.c). */
bool px_store_add_reviews(px_sql_link *link, px_xray *xrays, int n_xrays, px_error *err);

#endif
