/* From path lengths to grey levels: Beer-Lambert's law, scatter, noise, tone curve. */
#ifndef PX_PHANTOM_EXPOSURE_H
#define PX_PHANTOM_EXPOSURE_H

#include "canvas.h"

/** How the picture was taken and developed. */
typedef struct px_exposure {
    float scatter;   /**< scattered light at the detector, as a part of what air lets through */
    float noise;     /**< quantum noise, standard deviation where nothing is in the beam */
    float blur;      /**< of focus and detector, in patient units */
    float black;     /**< optical depth (natural logarithm) shown black … */
    float white;     /**< … and white */
    float gamma;     /**< of the tone curve; above 1 darkens the lungs */
    float detail;    /**< how much local contrast the processing adds */
    float border[4]; /**< shutters: parts of the side hidden at left, top, right, bottom */
} px_exposure;

void px_exposure_sample(px_exposure *exposure, const px_patient *patient, px_random *random);

/** Turn the canvas into grey levels in [0, 1], left in canvas->soft. */
void px_expose(px_canvas *canvas, const px_patient *patient, const px_exposure *exposure,
               px_random *random);

#endif
