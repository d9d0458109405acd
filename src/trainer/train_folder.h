/* A training's output folder: its files' names, and the lock that keeps others out. */
#ifndef PX_TRAINER_TRAIN_FOLDER_H
#define PX_TRAINER_TRAIN_FOLDER_H

#include "perxeptron.h"

/** Paths are owned. Zeroed before use. */
typedef struct px_train_folder {
    char *checkpoint, *best, *model, *history, *report;
    int lock; /**< descriptor + 1; 0: none */
} px_train_folder;

/**
 * Make the folder, lock it until px_train_folder_close, and clear away what a process that was
 * killed had not finished writing.
 *
 * @param lock  false: neither made nor locked: another process of the training does that.
 * @param err   PX_ERR_BUSY: another process trains into it; PX_ERR_IO.
 */
bool px_train_folder_open(px_train_folder *folder, const char *path, bool lock, px_error *err);
void px_train_folder_close(px_train_folder *folder);

bool px_train_folder_has_checkpoint(const px_train_folder *folder);
/** Remove what an earlier training left. PX_ERR_IO. */
bool px_train_folder_empty(const px_train_folder *folder, px_error *err);

#endif
