/* Mixup: two images of a batch and their labels become blends of both. */
#include "mixup.h"

#include <math.h>

#include "../train/loss.h"

/* Devroye (1996), from the ratio of a normal and a gamma variable. */
double px_mixup_draw(double alpha, px_random *random) {
    const double power = pow(px_random_uniform(random), -1 / alpha) - 1;
    const double wave = cos(6.283185307179586 * px_random_uniform(random));
    const double half = 0.5 / sqrt(1 + 1 / (power * wave * wave));
    return px_random_uniform(random) < 0.5 ? 0.5 - half : 0.5 + half;
}

void px_mixup_images(float share, float *a, float *b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const float kept = a[i];
        a[i] = share * kept + (1 - share) * b[i];
        b[i] = share * b[i] + (1 - share) * kept;
    }
}

void px_mixup_labels(float share, float *a, float *b, int findings) {
    for (int f = 0; f < findings; f++) {
        if (a[f] == PX_LABEL_UNKNOWN || b[f] == PX_LABEL_UNKNOWN)
            a[f] = b[f] = PX_LABEL_UNKNOWN;
        else
            px_mixup_images(share, &a[f], &b[f], 1);
    }
}
