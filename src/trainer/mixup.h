/* Mixup (Zhang et al. 2018): two images of a batch and their labels become blends of both. */
#ifndef PX_TRAINER_MIXUP_H
#define PX_TRAINER_MIXUP_H

#include "../base/random.h"

/** A number in [0, 1] of the beta distribution whose parameters are both alpha, above 0. */
double px_mixup_draw(double alpha, px_random *random);

/** a = share a + (1 - share) b, and b = share b + (1 - share) a. */
void px_mixup_images(float share, float *a, float *b, size_t count);
/** The same; a label that is unknown in one is unknown in both. */
void px_mixup_labels(float share, float *a, float *b, int findings);

#endif
