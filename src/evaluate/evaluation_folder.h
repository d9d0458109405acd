/* The folder of an evaluation: whose it is, and all that is written there. */
#ifndef PX_EVALUATE_EVALUATION_FOLDER_H
#define PX_EVALUATE_EVALUATION_FOLDER_H

#include "evaluation.h"
#include "predictions.h"

/** Names the labels and the scores that a folder is about, so that no two evaluations mix. */
#define PX_EVALUATION_MARKER "evaluation.json"

/**
 * Take a folder for an evaluation: it is made where it is missing; one that is there must be empty
 * or hold an evaluation of the same labels and scores, which may be an unfinished one.
 *
 * @param labels_sha256  of the label table's bytes.
 * @param scores         what scores: "ensemble 0123456789abcdef", or "predictions " and a SHA-256.
 * @param err            PX_ERR_MISMATCH: it holds something else; PX_ERR_IO; PX_ERR_MEMORY.
 */
bool px_evaluation_folder_claim(const char *folder, const char *labels_sha256, const char *scores,
                                px_error *err);

/**
 * Write predictions.csv, curves.csv, report.html and plots/, and metrics.json last: it is there
 * when everything is. Files of an earlier run go first. Each file appears whole or not at all.
 *
 * @param folder  claimed.
 * @param err     PX_ERR_IO, PX_ERR_LIMIT, PX_ERR_MEMORY.
 */
bool px_evaluation_folder_write(const px_evaluation *evaluation, const px_predictions *predictions,
                                const char *folder, px_error *err);

#endif
