/* Files of the data folder: uploads under way in tmp/, stored images and heat maps in media/.
 *
 * Names are 128 random bits: nobody can guess one, and no part of a name comes from a client.
 */
#ifndef PX_SERVER_MEDIA_H
#define PX_SERVER_MEDIA_H

#include "perxeptron.h"

#define PX_MEDIA_NAME 33 /**< 32 hexadecimal digits and the closing zero */

/** A data folder, held by one process at a time. Safe for concurrent calls. */
typedef struct px_media px_media;

/** Open or make a data folder (private to its user) and remove what a crash left in tmp/.
 *  PX_ERR_IO: it cannot be made, or another server holds it. */
px_media *px_media_open(const char *folder, px_error *err);
void px_media_close(px_media *media);

/** A new name. False when the system has no random numbers to give. */
bool px_media_new_name(char name[PX_MEDIA_NAME], px_error *err);

/** Start a file in tmp/; returns a descriptor for writing, or -1. */
int px_media_create_temporary(px_media *media, const char *name, px_error *err);
/** The path of a temporary file, to be freed. */
char *px_media_temporary_path(px_media *media, const char *name, px_error *err);
void px_media_remove_temporary(px_media *media, const char *name);

/**
 * Keep an uploaded image with its heat map: media/images/NAME.SUFFIX,
 * media/heatmaps/heatmap_NAME.jpg.
 *
 * @param name       of the upload in tmp/, which is moved.
 * @param suffix     ".jpg" or ".png".
 * @param heat_map   a JPEG file's content.
 * @param id         set to the number of this pair, one more than any before in this folder.
 * @param err        PX_ERR_IO; nothing is kept then.
 */
bool px_media_keep(px_media *media, const char *name, const char *suffix, const void *heat_map,
                   size_t heat_map_size, int64_t *id, px_error *err);

/** Open media/PATH for reading when PATH is one that px_media_keep makes, and nothing else.
 *  @return a descriptor and the file's size, or -1. */
int px_media_open_file(px_media *media, const char *path, uint64_t *size);

#endif
