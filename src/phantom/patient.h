/* One made-up patient: habitus, pose and the outlines that follow from them. */
#ifndef PX_PHANTOM_PATIENT_H
#define PX_PHANTOM_PATIENT_H

#include "../base/random.h"
#include "curve.h"

/** Index of the patient's sides; the right one is on the image's left. */
enum { PX_RIGHT = 0, PX_LEFT = 1 };

static inline float px_side_sign(int side) {
    return side == PX_RIGHT ? -1.0f : 1.0f;
}

static inline float px_draw_range(px_random *random, float low, float high) {
    return (float)px_random_range(random, low, high);
}

static inline bool px_draw_chance(px_random *random, double probability) {
    return px_random_uniform(random) < probability;
}

/** Lengths in patient units (px_frame); 1 is about 14 cm. */
typedef struct px_patient {
    px_frame frame;
    bool female;
    bool portable; /**< AP at the bedside: less inspiration, more scatter, leads */
    float habitus; /**< build, in standard deviations: -1.5 slim to 2.2 heavy */
    float turn;    /**< rotation about the body's axis, as the shift of the front to the left */

    float apex_y;             /**< top of the lungs */
    float dome_y[2];          /**< highest point of each half of the diaphragm */
    float heart_extent[2];    /**< from the midline to the right and left border */
    float mediastinal_shift;  /**< to the left, at the heart's level */
    float vessel_scale;       /**< calibre of lung vessels, 1 normal */
    float upper_vessel_scale; /**< the same in the upper zones */
    uint32_t texture_seed;

    px_curve torso;     /**< half-width of the trunk over y */
    px_curve depth;     /**< front to back of the trunk over y */
    px_curve wall;      /**< half-width inside the ribs over y */
    px_curve spine;     /**< x of the spine over y */
    px_curve midline;   /**< x of the mediastinum's middle over y */
    px_curve border[2]; /**< half-width of the mediastinum and heart over y, to each side */
    px_curve dome;      /**< fall of the diaphragm below its highest point, over |x| */
    float arm_angle;    /**< of the upper arms, from straight down, in radians */
    float flare;        /**< how much the thorax narrows to the top, against the mean */
    float ribs_tilt;    /**< how far the ribs fall from back to front, 1 normal */
} px_patient;

/** Draw a healthy patient's measures for a picture of `size` pixels. */
void px_patient_sample(px_patient *patient, px_random *random, int size);

/** Make the outlines from the measures, after findings have changed them. */
void px_patient_shape(px_patient *patient);

/** Widest heart over the inner width of the thorax. */
float px_patient_cardiothoracic_ratio(const px_patient *patient);

/** The heart's outline as left, top, right, bottom in patient units. */
void px_patient_heart_box(const px_patient *patient, float box[4]);

/** y of the diaphragm at x. */
float px_patient_dome_at(const px_patient *patient, float x);

#endif
