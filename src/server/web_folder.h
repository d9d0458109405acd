/* A folder read whole into memory, with the folders in it. */
#ifndef PX_SERVER_WEB_FOLDER_H
#define PX_SERVER_WEB_FOLDER_H

#include "perxeptron.h"

#define PX_FOLDER_FILES 4096                /**< most files */
#define PX_FOLDER_BYTES ((size_t)128 << 20) /**< most bytes of all together */

typedef struct px_folder_file {
    char *name; /**< "/en/index.html": the path below the folder */
    uint8_t *bytes;
    size_t size;
} px_folder_file;

typedef struct px_folder {
    px_folder_file *files; /**< [count], in no order */
    size_t count, bytes;
} px_folder;

/**
 * Read every file that is wanted. Links, what is neither file nor folder, and names that begin with
 * a dot are passed over.
 *
 * @param wanted  by the file's name, without its folder.
 * @param folder  zeroed; to be cleared, also on failure.
 * @param err     PX_ERR_IO; PX_ERR_LIMIT: more than the most, or folders too deep in each other;
 *                PX_ERR_MEMORY.
 */
bool px_folder_read(const char *path, bool (*wanted)(const char *name), px_folder *folder,
                    px_error *err);
void px_folder_clear(px_folder *folder);

#endif
