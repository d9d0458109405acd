/* The radiographs that predict was asked to read: files, folders, lists. */
#ifndef PX_CLI_PREDICT_INPUTS_H
#define PX_CLI_PREDICT_INPUTS_H

#include "perxeptron.h"

/** One file. */
typedef struct px_predict_input {
    char *path; /**< "-" is stdin */
    bool found; /**< met in a folder: skipped when it is no image */
} px_predict_input;

/** Files in the order they are to be read. Set up zeroed. */
typedef struct px_predict_inputs {
    int64_t count, room;
    px_predict_input *items;
} px_predict_inputs;

/**
 * Add what an operand stands for: a folder's regular files, also in folders below, sorted by name
 * (linked folders are not entered); the lines of a .txt file (paths from the current folder; blank
 * lines and lines that begin with # are skipped); or the file itself, whether it exists or not.
 *
 * A folder below that cannot be listed is added as if it were a file: reading it fails alone.
 *
 * @param err  PX_ERR_IO, PX_ERR_INPUT: a folder or list that cannot be read; PX_ERR_MEMORY.
 */
bool px_predict_inputs_add(px_predict_inputs *inputs, const char *operand, px_error *err);
void px_predict_inputs_clear(px_predict_inputs *inputs);

#endif
