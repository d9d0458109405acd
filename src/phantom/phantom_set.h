/* A folder of phantoms with tables of what they show. */
#ifndef PX_PHANTOM_PHANTOM_SET_H
#define PX_PHANTOM_PHANTOM_SET_H

#include "phantom.h"

typedef enum { PX_PHANTOM_PNG, PX_PHANTOM_JPEG } px_phantom_format;

typedef struct px_phantom_set {
    px_phantom_options options;
    uint64_t seed;
    int64_t count;            /**< images, 1 to 10,000,000: indices 1 to count of the seed */
    px_phantom_format format; /**< JPEG: depth 8 only; quality 95 */
    const char *folder;       /**< made if missing; borrowed */
    int threads;              /**< 0: every processor this process may use */
    /** Nullable; called now and then, by the calling thread, with the number of images finished
     *  since the last call; false stops. */
    bool (*carry_on)(void *context, int64_t finished);
    void *context;
} px_phantom_set;

/**
 * Write FOLDER/phantom_00001.png and on, then labels.csv and boxes.csv. Each file is replaced
 * whole. labels.csv: `path` and a column of 0 or 1 for each finding; boxes.csv:
 * `path,finding,x,y,width,height` in pixels, one row a box. Paths are relative to the folder. What
 * an image shows depends on the options, the seed and its number, not on the count or the threads.
 *
 * @param err  PX_ERR_USAGE: an option out of range, nothing was written. PX_ERR_CANCELLED: stopped
 *             by carry_on; PX_ERR_IO, PX_ERR_MEMORY: failed part of the way. Then both tables
 *             tell of the images that were finished, if they can still be written.
 */
bool px_phantom_write_set(const px_phantom_set *set, px_error *err);

#endif
