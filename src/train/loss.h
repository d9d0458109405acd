/* What a training minimises: how far an image's logits are from its labels, and the gradient. */
#ifndef PX_TRAIN_LOSS_H
#define PX_TRAIN_LOSS_H

#include "perxeptron.h"

/** A label that is not known takes no part. */
#define PX_LABEL_UNKNOWN (-1.0f)

/**
 * Binary cross-entropy of each finding on its own: with p = sigmoid(logit) and label y in [0, 1],
 * -(w y log p + v (1 - y) log(1 - p)). Focal loss (Lin et al. 2017) multiplies the terms by
 * (1 - p)^focus and p^focus. Label smoothing (Szegedy et al. 2016) first moves y to
 * y (1 - smoothing) + smoothing / 2.
 */
typedef struct px_loss {
    int findings;
    float focus;                   /**< 0: plain cross-entropy */
    float smoothing;               /**< in [0, 1) */
    const float *positive_weights; /**< nullable [findings]: w, else 1 */
    const float *negative_weights; /**< nullable [findings]: v, else 1 */
} px_loss;

/**
 * Mean over all labels that are known.
 *
 * @param logits    [n, findings]
 * @param labels    [n, findings] in [0, 1], or PX_LABEL_UNKNOWN.
 * @param known     of how many labels the mean is; 0: as many as are known here. A machine that
 *                  has a part of a batch says how many the whole has.
 * @param gradient  nullable [n, findings]: d mean / d logit; the caller's.
 * @return the mean, in double precision; 0 when no label is known. NaN and infinity in logits come
 *         out as they are.
 */
double px_loss_mean(const px_loss *loss, int n, const float *logits, const float *labels,
                    int64_t known, float *gradient);

/** Labels that are known among [n, findings]. */
int64_t px_loss_count_known(const px_loss *loss, int n, const float *labels);

#endif
