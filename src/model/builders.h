/* The five networks of 2020, layer names as keras.applications gives them. */
#ifndef PX_MODEL_BUILDERS_H
#define PX_MODEL_BUILDERS_H

#include "model.h"

typedef enum {
    PX_ARCH_XCEPTION,
    PX_ARCH_INCEPTION_RESNET_V2,
    PX_ARCH_DENSENET121,
    PX_ARCH_DENSENET169,
    PX_ARCH_DENSENET201,
    PX_ARCHS
} px_arch;

typedef enum {
    PX_HEAD_PLAIN, /**< global average pool, dense(labels), sigmoid */
    PX_HEAD_2020,  /**< pool, dense(1024), relu, batch norm, dropout 0.3, dense(labels), sigmoid */
} px_head;

/** "xception", "inception_resnet_v2", "densenet121", … */
const char *px_arch_name(px_arch arch);
bool px_arch_from_name(const char *name, px_arch *arch);
/** How the network's ImageNet weights, and the 2020 team's, had their inputs scaled. */
px_scaling px_arch_scaling(px_arch arch);

/**
 * A network with seeded He-normal weights and identity batch normalisation, marked untrained.
 *
 * @param size    input side in pixels, 75 or more (PX_ERR_USAGE below).
 * @param labels  comma-separated, see px_model_set_labels.
 */
px_model *px_model_build(px_arch arch, px_head head, int size, const char *labels, uint64_t seed,
                         px_error *err);

#define PX_MOST_CALIBRATION_IMAGES 64

/**
 * Set every batch normalisation's moving mean and variance from what reaches it when `images` go
 * through, and spread the final logits around zero, so that random weights answer differently to
 * different images. The model must own its weights, as a builder's does.
 *
 * @param images  [n, h, w, c] float32 in the model's input contract; n from 2 to 64.
 * @param err     PX_ERR_USAGE: n, or a model that was loaded from a file.
 */
bool px_model_calibrate_norms(px_model *model, const float *images, int n, px_error *err);

/** The same on phantoms 0 to n-1 of a seed; the provenance records it. */
bool px_model_calibrate_on_phantoms(px_model *model, int n, uint64_t seed, px_error *err);

#endif
