/* Predictions as the CheXpert competition takes them: a line a study. */
#ifndef PX_EVALUATE_SUBMISSION_H
#define PX_EVALUATE_SUBMISSION_H

#include "perxeptron.h"

/** Scores of the ensemble, image by image. Borrowed. */
typedef struct px_submission {
    int64_t n;
    const char *const *studies; /**< [n] "CheXpert-v1.0/valid/patient64541/study1"; images of equal
                                     studies are views of one */
    int n_findings;
    const char *const *titles;   /**< [n_findings] "Pleural Effusion" */
    const double *const *scores; /**< [n_findings] columns of [n]; NaN: none */
} px_submission;

/**
 * Write "Study,TITLE,TITLE…": for each study, in the order of their first images, the largest score
 * of its views (Irvin et al. 2019, CheXpert, section 5). Studies without any score are left out; a
 * single missing score is an empty field. The file appears whole or not at all; "-" is stdout.
 *
 * @param written, left_out  nullable: studies.
 * @param err                PX_ERR_IO, PX_ERR_MEMORY.
 */
bool px_submission_write(const px_submission *submission, const char *path, int64_t *written,
                         int64_t *left_out, px_error *err);

#endif
