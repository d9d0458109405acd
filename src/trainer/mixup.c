/* Mixup: two images of a batch and their labels become blends of both. */
#include "mixup.h"

#include <math.h>

#include "../train/loss.h"

/* Joehnk (1964). */
double px_mixup_draw(double alpha, px_random *random) {
    for (;;) {
        const double x = pow(px_random_uniform(random), 1 / alpha);
        const double y = pow(px_random_uniform(random), 1 / alpha);
        if (x + y > 0 && x + y <= 1)
            return x / (x + y);
    }
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
