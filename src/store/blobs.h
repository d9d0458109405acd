/* Images on disk: written under a temporary name, synced, renamed to BLOBS/ab/cd/SHA256-ID.
 *
 * The name is the SHA-256 of the bytes on disk and the number of the blob's row: two blobs never
 * share a file, so deleting one cannot take another's. The row is there before the file is, and
 * goes after it: a file without a row, or a kept row without a file, never happens, whatever is
 * interrupted.
 */
#ifndef PX_STORE_BLOBS_H
#define PX_STORE_BLOBS_H

#include "../base/buffer.h"
#include "../base/secret.h"
#include "../base/sha256.h"
#include "perxeptron.h"

#define PX_BLOB_TEMPORARY 33 /**< name of a temporary file: 32 hexadecimal digits and a zero */

/** A data folder. Safe for concurrent calls. */
typedef struct px_blobs px_blobs;

/** Who else may use the folder (DIR/lock is held accordingly). */
typedef enum {
    PX_BLOBS_ALONE,  /**< nobody: tmp/ is emptied */
    PX_BLOBS_SHARED, /**< servers that share a database: only what is old is removed from tmp/ */
    PX_BLOBS_BESIDE, /**< to look, beside whoever runs: nothing is made, locked or removed */
} px_blobs_mode;

/**
 * Open or make DIR/blobs and DIR/tmp (private to their user), and clean tmp/.
 *
 * @param key_file  NULL: files are stored as they are; else what px_seal_read_key reads: new files
 *                  are encrypted, both kinds can be read.
 * @param err       PX_ERR_IO: it cannot be made, or another server holds it; PX_ERR_INPUT: no key.
 */
px_blobs *px_blobs_open(const char *folder, const char *key_file, px_blobs_mode mode,
                        px_error *err);
void px_blobs_close(px_blobs *blobs);

/** What tells the key from others, without telling the key. False: there is none. */
bool px_blobs_mark_key(const px_blobs *blobs, char mark[PX_MAC_HEX]);

/** Start a file in tmp/ under a random name; returns a descriptor for writing, or -1. */
int px_blobs_create_temporary(px_blobs *blobs, char name[PX_BLOB_TEMPORARY], px_error *err);
/** Path of a temporary file, to be freed. */
char *px_blobs_temporary_path(px_blobs *blobs, const char *name, px_error *err);
void px_blobs_remove_temporary(px_blobs *blobs, const char *name);

/** A blob as its row has it. */
typedef struct px_blob {
    int64_t id;
    char sha256[PX_SHA256_HEX]; /**< of the bytes on disk */
    int64_t size;               /**< bytes on disk */
    bool sealed;
} px_blob;

/** Make a temporary file ready to be kept: encrypt it where a key is set (under the same name),
 *  sync it, and fill in sha256, size and sealed. PX_ERR_IO. */
bool px_blobs_prepare(px_blobs *blobs, const char *temporary, px_blob *blob, px_error *err);
/** Move a prepared file to its place and sync the folders. The row must exist. PX_ERR_IO. */
bool px_blobs_keep(px_blobs *blobs, const char *temporary, const px_blob *blob, px_error *err);
/** Append a blob's content, decrypted, checking its SHA-256. PX_ERR_IO: not there;
 *  PX_ERR_MISMATCH: damaged; PX_ERR_INPUT: another key. */
bool px_blobs_read(px_blobs *blobs, const px_blob *blob, px_buffer *out, px_error *err);
/** Open a blob that is not sealed, its SHA-256 checked, at its start; -1 with errors as above. */
int px_blobs_open_plain(px_blobs *blobs, const px_blob *blob, px_error *err);
/** Delete the file and sync its folder; one that is not there is fine. PX_ERR_BUSY while removal is
 *  held off: try again later. */
bool px_blobs_remove(px_blobs *blobs, const px_blob *blob, px_error *err);

/** Is the file there? PX_ERR_IO when that cannot be said. */
bool px_blobs_exists(px_blobs *blobs, const px_blob *blob, bool *exists, px_error *err);

/** Hold off removal, by any process, until the lock that is returned is closed; -1 on failure.
 *  Waits for removals under way. */
int px_blobs_hold_removal(px_blobs *blobs, px_error *err);
/** Link a file into another data folder, or copy it where links cannot be made. PX_ERR_MISMATCH: it
 *  has another size than its row says. On disk only after px_blobs_sync. */
bool px_blobs_copy(px_blobs *blobs, px_blobs *to, const px_blob *blob, px_error *err);
/** Write out everything in this data folder. */
bool px_blobs_sync(px_blobs *blobs, px_error *err);

/** Call `visit` for each file below blobs/, with its path there; for px_store_check. A name that is
 *  no blob's has blob NULL; `sealed` is not known from a file. */
bool px_blobs_visit(px_blobs *blobs,
                    bool (*visit)(void *context, const char *path, const px_blob *blob,
                                  px_error *err),
                    void *context, px_error *err);

/** Bytes free to this user where blobs lie. */
bool px_blobs_free_space(px_blobs *blobs, uint64_t *bytes, px_error *err);
/** How many bytes px_blobs_has_room leaves free; at first 0. Not while others use the blobs. */
void px_blobs_keep_free(px_blobs *blobs, uint64_t bytes);
/** Is there more free than is to be kept free? PX_ERR_IO: no. */
bool px_blobs_has_room(px_blobs *blobs, px_error *err);

#endif
