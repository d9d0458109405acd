/* The results of fitting findings to a site, written into an ensemble and told as JSON. */
#ifndef PX_EVALUATE_SITE_ENSEMBLE_H
#define PX_EVALUATE_SITE_ENSEMBLE_H

#include "site_fit.h"

/** A finding's fit, and which members it is about. */
typedef struct px_site_finding {
    int n_members;
    int members[PX_ENSEMBLE_MAX_MEMBERS]; /**< [n_members] index in the ensemble of each */
    px_site_fit fit;
} px_site_finding;

/** Where the numbers come from. Borrowed. */
typedef struct px_site_origin {
    const char *data;   /**< the label table's file name, without folders */
    const char *sha256; /**< of its bytes */
    const char *rule;   /**< of the operating points, as the user said it: "sensitivity=0.9" */
    int64_t images;     /**< with labels and scores */
    int64_t patients;   /**< among them; 0: not known */
} px_site_origin;

/** Whether weights, threshold or calibration of a finding are new. */
bool px_site_is_fitted(const px_site_finding *finding);

/**
 * The whole result as JSON: {"labels", "labels_sha256", "images", "patients", "operating_point",
 * "calibration", "weights", "folds", "seed", "findings": [{"id", "name", "images",
 * "positives", "negatives", "kept" (the reason, or null), "weights": {"before", "after"}, "before",
 * "after", "cross_validation"}]}.
 *
 * @param ensemble  as it was.
 * @param findings  [ensemble->n_findings]
 * @return a new reference, or NULL and PX_ERR_MEMORY.
 */
json_t *px_site_to_json(const px_ensemble *ensemble, const px_site_finding *findings,
                        const px_site_plan *plan, const px_site_origin *origin, px_error *err);

/**
 * Put the new weights, operating points and calibration into an ensemble, with the hashes of the
 * members that they were measured with, and the result into its card as "site_calibration". A
 * finding that stays as it is keeps what it has. Without calibration in the plan, findings keep the
 * one they have, but for those whose weights changed: their scores are others now.
 *
 * @param ensemble  for px_ensemble_save; half changed on failure.
 * @param findings  [ensemble->n_findings]
 * @param result    of px_site_to_json.
 * @param err       PX_ERR_MEMORY.
 */
bool px_site_apply(px_ensemble *ensemble, const px_site_finding *findings, const px_site_plan *plan,
                   const px_site_origin *origin, json_t *result, px_error *err);

#endif
