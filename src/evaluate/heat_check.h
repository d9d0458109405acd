/* Where heat maps point, against boxes that people drew. */
#ifndef PX_EVALUATE_HEAT_CHECK_H
#define PX_EVALUATE_HEAT_CHECK_H

#include "evaluation.h"
#include "predictions.h"

/** A box drawn around a finding, in shares of the image's width and height. */
typedef struct px_heat_box {
    int64_t image;
    int finding;
    double box[4]; /**< x, y, width, height in [0, 1] */
} px_heat_box;

/**
 * The pointing game (Zhang et al. 2018, Top-down neural attention by excitation backprop) without
 * its margin, and the overlap of boxes, per finding.
 *
 * @param heat           [n_findings] of the evaluation: maps of [n images], or NULL for a finding
 *                       without any.
 * @param boxes          [n_boxes] in any order; several of one image and finding: the nearest
 * counts.
 * @param iou_threshold  in (0, 1]: from which on two boxes overlap.
 * @param evaluation     with findings and level; its heat_checks and iou_threshold are set.
 * @param err            PX_ERR_USAGE: the threshold; PX_ERR_MEMORY.
 */
bool px_heat_check(const px_prediction_heat *const *heat, const px_heat_box *boxes, int64_t n_boxes,
                   double iou_threshold, px_evaluation *evaluation, px_error *err);

/** Intersection over union of two boxes x, y, width, height; 0 where neither has an area. */
double px_heat_iou(const double a[4], const double b[4]);

#endif
