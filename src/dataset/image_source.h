/* Radiographs of a folder or a ZIP archive: listed, looked up by name, read. */
#ifndef PX_DATASET_IMAGE_SOURCE_H
#define PX_DATASET_IMAGE_SOURCE_H

#include "../base/buffer.h"
#include "notes.h"
#include "perxeptron.h"

/** All images (.png, .jpg, .jpeg) below a root. Safe for any number of threads; in a ZIP, reads
 *  take turns. */
typedef struct px_image_source px_image_source;

enum { PX_SOURCE_MAX_ENTRIES = 10000000, PX_SOURCE_MAX_DEPTH = 32 };

/**
 * Open a folder, or a .zip file as it was downloaded, and list its images.
 *
 * Nothing outside the root is ever opened: links are not followed, and of an archive, entries are
 * passed over that are links, encrypted, or named with "..", a leading "/", a drive or control
 * characters. Those are counted in the notes.
 *
 * @param err  PX_ERR_IO: not there or not readable; PX_ERR_INPUT: neither folder nor ZIP, or a
 *             damaged one; PX_ERR_LIMIT: more files than the limits; PX_ERR_MEMORY.
 * @return freed by px_image_source_free, or NULL.
 */
px_image_source *px_image_source_open(const char *path, px_error *err);
void px_image_source_free(px_image_source *source);

/** Path of the root, as given. */
const char *px_image_source_path(const px_image_source *source);
/** The same without links and detours: one name for one root. */
const char *px_image_source_real_path(const px_image_source *source);
int64_t px_image_source_count(const px_image_source *source);
/** Path of an entry below the root, with "/"; in the order of strcmp. */
const char *px_image_source_name(const px_image_source *source, int64_t entry);
/** What was passed over. */
const px_notes *px_image_source_notes(const px_image_source *source);

/** Result of a look-up that is no entry. */
enum { PX_ENTRY_NONE = -1, PX_ENTRY_AMBIGUOUS = -2 };

/** The entry of exactly this path, or PX_ENTRY_NONE. */
int64_t px_image_source_find(const px_image_source *source, const char *name);
/**
 * The entry that a label table's path means, by the rule of px_label_table_find_images.
 *
 * @param by_stem  nullable; set to whether the entry has another extension.
 * @return an entry, PX_ENTRY_NONE or PX_ENTRY_AMBIGUOUS.
 */
int64_t px_image_source_match(const px_image_source *source, const char *path, bool *by_stem);

/**
 * Append an entry's bytes to a buffer, at most to its cap.
 *
 * @param err  names the entry. PX_ERR_LIMIT: larger than the cap, whatever the archive claims;
 *             PX_ERR_INPUT: damaged; PX_ERR_UNSUPPORTED: a kind of compression that is not known;
 *             PX_ERR_IO, PX_ERR_MEMORY. The buffer's content is then undefined.
 */
bool px_image_source_read(const px_image_source *source, int64_t entry, px_buffer *out,
                          px_error *err);

#endif
