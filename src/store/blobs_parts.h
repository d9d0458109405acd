/* What the two halves of the data folder share: its descriptors, and names within it. */
#ifndef PX_STORE_BLOBS_PARTS_H
#define PX_STORE_BLOBS_PARTS_H

#include "../base/sealed.h"
#include "blobs.h"

struct px_blobs {
    char *folder;
    int root; /* descriptor of the folder */
    int lock; /* of DIR/lock, held; -1 beside others */
    bool has_key;
    unsigned char key[PX_SECRET_KEY_BYTES];
    uint64_t least_free;
};

/** "tmp/NAME", "blobs/ab/cd/SHA256-ID": always from our own parts, none longer than this. */
typedef struct blob_path {
    char text[112];
} blob_path;

/** @param depth  2: the file; 1 and 0: the folders above it, "blobs/ab/cd" and "blobs/ab". */
blob_path px_blob_path_at(const px_blob *blob, int depth);

/** Open a folder of the data folder; -1 and PX_ERR_IO when it cannot be. */
int px_blobs_open_folder(px_blobs *blobs, const char *path, px_error *err);
/** Make the folders that a blob's file lies in. */
bool px_blobs_make_folders(px_blobs *blobs, const px_blob *blob, px_error *err);

#endif
