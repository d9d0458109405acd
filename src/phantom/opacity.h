/* Opacities: the part of a lung's air that illness has replaced, one function a finding. Each sets
   canvas->scratch to values in [0, 1] and may use scratch_2. */
#ifndef PX_PHANTOM_OPACITY_H
#define PX_PHANTOM_OPACITY_H

#include "canvas.h"

/** Kinds of atelectasis. */
typedef enum { PX_COLLAPSE_PLATE, PX_COLLAPSE_LOWER, PX_COLLAPSE_UPPER } px_collapse;

void px_opacity_effusion(px_canvas *canvas, const px_patient *patient, px_random *random);
void px_opacity_consolidation(px_canvas *canvas, const px_patient *patient, px_random *random);
/** Also blurs the vessels. */
void px_opacity_edema(px_canvas *canvas, const px_patient *patient, px_random *random);
void px_opacity_atelectasis(px_canvas *canvas, const px_patient *patient, px_collapse kind,
                            int side, px_random *random);

#endif
