/* What illness does to a patient's shape and lungs. */
#ifndef PX_PHANTOM_FINDINGS_H
#define PX_PHANTOM_FINDINGS_H

#include "canvas.h"
#include "phantom.h"

/** Findings chosen for a patient, each with a random stream of its own. */
typedef struct px_illness {
    unsigned findings; /**< bit i: finding i */
    px_random random[PX_PHANTOM_FINDINGS];
    int collapse;      /**< kind of atelectasis */
    int collapse_side; /**< PX_RIGHT or PX_LEFT */
} px_illness;

/** Draw the kind and side of each finding. `seed` is the patient's. */
void px_illness_sample(px_illness *illness, unsigned findings, uint64_t seed);

/** Heart size, diaphragm, shift, vessels: before the patient's outlines are made. */
void px_illness_change_patient(px_illness *illness, px_patient *patient);

/** Fill lung with fluid or collapse it, once air and vessels are drawn, and add to the truth where
 *  that was. */
void px_illness_draw(px_illness *illness, const px_patient *patient, px_canvas *canvas,
                     px_phantom_truth *truth);

#endif
