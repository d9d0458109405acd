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
#include "../base/sha256.h"
#include "perxeptron.h"

#define PX_BLOB_TEMPORARY 33 /**< name of a temporary file: 32 hexadecimal digits and a zero */

/** A data folder, held by one process at a time. Safe for concurrent calls. */
typedef struct px_blobs px_blobs;

/**
 * Open or make DIR/blobs and DIR/tmp (private to their user), and empty tmp/.
 *
 * @param key_file  NULL: files are stored as they are; else what px_seal_read_key reads: new files
 *                  are encrypted, both kinds can be read.
 * @param err       PX_ERR_IO: it cannot be made, or another server holds it; PX_ERR_INPUT: no key.
 */
px_blobs *px_blobs_open(const char *folder, const char *key_file, px_error *err);
void px_blobs_close(px_blobs *blobs);

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
/** Delete the file and sync its folder; one that is not there is fine. */
bool px_blobs_remove(px_blobs *blobs, const px_blob *blob, px_error *err);

/** Call `visit` for each file below blobs/, with its path there; for px_store_check. A name that is
 *  no blob's has blob NULL. */
bool px_blobs_visit(px_blobs *blobs,
                    bool (*visit)(void *context, const char *path, const px_blob *blob,
                                  px_error *err),
                    void *context, px_error *err);

/** Bytes free to this user where blobs lie. */
bool px_blobs_free_space(px_blobs *blobs, uint64_t *bytes, px_error *err);

#endif
