/* From a label table and scores of its images to an evaluation: which findings are measured, who
 * scores, what splits the patients, and what was left out. */
#ifndef PX_EVALUATE_EVALUATE_TABLE_H
#define PX_EVALUATE_EVALUATE_TABLE_H

#include "../base/buffer.h"
#include "../dataset/label_table.h"
#include "heat_check.h"
#include "measure.h"
#include "predictions.h"

/** A prevalence for predictive values elsewhere. */
typedef struct px_prevalence {
    const char *finding; /**< any of its names */
    double value;        /**< in (0, 1) */
} px_prevalence;

/** All borrowed. */
typedef struct px_table_evaluation {
    const px_label_table *table;
    const px_label_options *labels;    /**< it was read with: for the policies' names */
    const px_predictions *predictions; /**< row for row the table's; its findings are those the
                                          table was asked for, in the same order */
    const px_ensemble *ensemble;       /**< NULL: scores from a CSV */
    const px_prevalence *prevalences;  /**< [n_prevalences] */
    int n_prevalences;
    const char *const
        *columns; /**< [n_columns] that split the patients, beside sex, age and view */
    int n_columns;
    const px_heat_box *boxes; /**< [n_boxes] finding: of the table; image: row. NULL: no check */
    int64_t n_boxes;
    double iou_threshold;
    double level;
    int rounds;
    uint64_t seed;
    px_pool *pool; /**< nullable */
    bool (*carry_on)(void *context, int64_t done);
    void *context;
} px_table_evaluation;

/** How often carry_on is called with done = 1, at most. */
int64_t px_table_steps(const px_table_evaluation *of);

/**
 * Evaluate.
 *
 * Findings are those that both the table and the scores have. Scorers are the ensemble, where it
 * has scores, and every member. Ages are put in bands: 0-19, 20-39, 40-59, 60-79, 80 and above.
 *
 * @param evaluation  initialised; what it holds after a failure can only be cleared.
 * @param err         PX_ERR_INPUT: no finding in common, no scores at all, a prevalence of a
 * finding that is not measured; PX_ERR_USAGE: a column that the table lacks, naming those that it
 * has; otherwise as px_measure_scorers.
 */
bool px_evaluate_table(const px_table_evaluation *of, px_evaluation *evaluation, px_error *err);

/** Count the rows with scores and the patients among them: each row without one by itself; 0 where
 *  the table has no patients. PX_ERR_MEMORY. */
bool px_table_count_scored(const px_label_table *table, const px_predictions *predictions,
                           int64_t *images, int64_t *patients, px_error *err);

/** Add what is counted in notes to what was left out or changed.
 *  @param evaluation  its list grows. */
bool px_evaluation_add_notes(px_evaluation *evaluation, const px_notes *notes, px_error *err);
/** Add the images that have no scores because they cannot be read. */
bool px_evaluation_add_failures(px_evaluation *evaluation, const px_predictions *predictions,
                                px_error *err);
/** Add one thing, without examples. Nothing for count 0. */
bool px_evaluation_add_left_out(px_evaluation *evaluation, const char *what, int64_t count,
                                px_error *err);

/** Add a list for people: "COUNT WHAT", and its examples, indented. PX_ERR_LIMIT, PX_ERR_MEMORY. */
bool px_evaluation_print_left_out(const px_evaluation *evaluation, px_buffer *text, px_error *err);

#endif
