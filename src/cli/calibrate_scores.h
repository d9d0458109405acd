/* What calibrate fits to: a label table with scores for its rows, and one finding's part of it. */
#ifndef PX_CLI_CALIBRATE_SCORES_H
#define PX_CLI_CALIBRATE_SCORES_H

#include "../dataset/label_table.h"
#include "../evaluate/predictions.h"
#include "../evaluate/site_ensemble.h"

/** Scores and labels of the rows that count for a finding. Zeroed, released with
 *  px_calibrate_rows_clear. */
typedef struct px_calibrate_rows {
    px_site_data site;
    double *block; /**< members' scores, then the ensemble's */
    const double **columns;
    uint8_t *labels;
    uint32_t *groups;
    double *weights;
} px_calibrate_rows;

/**
 * The rows that have a label (0 or 1) and a score of the ensemble.
 *
 * Where members have scores, the ensemble's are computed from them and its weights. Scores that the
 * table gives for the ensemble must agree with that: it would be another ensemble's.
 *
 * @param finding  of the ensemble, and as many of the table.
 * @param weigh    weights will be fitted: scores of every member that has the finding are needed.
 * @param rows     set on success; out->fit.reason says why there is nothing to fit with, if so.
 * @param err      PX_ERR_MISMATCH: scores of another ensemble; PX_ERR_MEMORY.
 */
bool px_calibrate_rows_take(const px_ensemble *ensemble, int finding, const px_label_table *table,
                            const px_predictions *predictions, bool weigh, px_calibrate_rows *rows,
                            px_site_finding *out, px_error *err);
void px_calibrate_rows_clear(px_calibrate_rows *rows);

#endif
