/* The submission file of evaluate, from the table and its predictions. */
#ifndef PX_CLI_EVALUATE_SUBMISSION_H
#define PX_CLI_EVALUATE_SUBMISSION_H

#include "../dataset/label_table.h"
#include "../evaluate/predictions.h"

/**
 * Write it: findings of which the ensemble has scores, under CheXpert's names where it has them.
 * A row's study is what the table tells, else the folder of its path, else the path.
 *
 * @param err  PX_ERR_INPUT: no scores of an ensemble; PX_ERR_IO, PX_ERR_MEMORY.
 */
bool px_evaluate_write_submission(const px_label_table *table, const px_predictions *predictions,
                                  const char *path, px_error *err);

#endif
