/* Allocation that reports failure and never overflows a size. */
#ifndef PX_BASE_MEMORY_H
#define PX_BASE_MEMORY_H

#include "perxeptron.h"

/** Zeroed array of `count` items of `size` bytes; NULL and an error when it cannot be had.
 *  Never NULL for count 0. Release with free(). */
void *px_alloc(size_t count, size_t size, px_error *err);

/** Grow or shrink an array made by px_alloc; on failure the old one stays valid and is returned
 *  untouched in *items. */
bool px_realloc(void **items, size_t count, size_t size, px_error *err);

/** Uninitialised memory on a 64-byte boundary, padded to a multiple of 64 bytes. Release with
 *  free(). */
void *px_alloc_aligned(size_t bytes, px_error *err);

/** Ask for large pages for what lies in whole small ones: a wish, small pages do as well. */
void px_wish_large_pages(void *memory, size_t bytes);

/** Copy of a string, or NULL and an error. NULL gives NULL without one. */
char *px_strdup(const char *text, px_error *err);

/** printf into a new string, or NULL and an error. Release with free(). */
char *px_format(px_error *err, const char *format, ...) PX_PRINTF(2, 3);

#endif
