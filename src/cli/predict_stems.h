/* Names of files that are made for radiographs. */
#ifndef PX_CLI_PREDICT_STEMS_H
#define PX_CLI_PREDICT_STEMS_H

#include <jansson.h>

#include "perxeptron.h"

/** Beginnings of names in use in one folder. Zeroed before use. */
typedef struct px_stems {
    json_t *used; /**< each with the last number tried after it */
} px_stems;

/** A radiograph's file name without folder and ending, with letters, digits, '-', '_' and '.' only,
 *  and a number where several share it: "/a/Mr X.png" gives "Mr_X". To be freed; NULL with
 *  PX_ERR_MEMORY. */
char *px_stems_claim(px_stems *stems, const char *file, px_error *err);
void px_stems_clear(px_stems *stems);

#endif
