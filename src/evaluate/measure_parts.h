/* What the files of measuring share. */
#ifndef PX_EVALUATE_MEASURE_PARTS_H
#define PX_EVALUATE_MEASURE_PARTS_H

#include "measure.h"

/** The rows of one finding and scorer that have a label and a score, without gaps. */
typedef struct px_measure_rows {
    size_t n, positives;
    int64_t missing;  /**< rows with a label, but without a score */
    double *scores;   /**< [n] room for input->n */
    uint8_t *labels;  /**< [n] */
    uint32_t *images; /**< [n] their rows in the input */
} px_measure_rows;

bool px_measure_rows_make(px_measure_rows *rows, int64_t room, px_error *err);
void px_measure_rows_free(px_measure_rows *rows);
/** Collect the rows of a finding and scorer. */
void px_measure_rows_collect(const px_measure_input *input, int finding, int scorer,
                             px_measure_rows *rows);

/** A finding's label in a row: 0, 1 or PX_MEASURE_NO_LABEL. */
int px_measure_label(const px_measure_input *input, int64_t row, int finding);
/** A column of scores. */
const double *px_measure_column_of(const px_measure_input *input, int finding, int scorer);

/** The same after calibration, where the scorer is the ensemble and has one; else NULL. */
const double *px_measure_probabilities_of(const px_measure_input *input, int finding, int scorer);

/** All figures of one scorer at one finding that need no rounds, or the reason why there are none.
 *  @param measure  zeroed. */
bool px_measure_one(const px_measure_input *input, int finding, int scorer, px_measure_rows *rows,
                    px_evaluation_measure *measure, px_error *err);

/** Decisions against labels as the report has them.
 *  @param prevalence  NaN: none. */
bool px_measure_rates(const px_measure_rows *rows, double threshold, double prevalence,
                      double level, px_evaluation_rates *rates, px_error *err);

/** Bootstrap intervals of one scorer's measures, and its mean AUC. */
bool px_measure_rounds(const px_measure_input *input, int scorer, px_evaluation_scorer *out,
                       px_error *err);

/** Rows' clusters for the bootstrap: patients, each image without one by itself. NULL and no error
 *  where patients are not known. */
bool px_measure_clusters(const px_measure_input *input, uint32_t **clusters, int64_t *patients,
                         px_error *err);

#endif
