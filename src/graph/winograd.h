/* Large 3 x 3 convolutions by Winograd's F(4 x 4, 3 x 3): a quarter of the multiplications. */
#ifndef PX_GRAPH_WINOGRAD_H
#define PX_GRAPH_WINOGRAD_H

#include "conv.h"

/** Whether a convolution is of the kind, and its image large enough to gain. */
bool px_winograd_suits(const px_step *step);

/** Scratch floats for a block of `units` rows of tiles, beside the slab. */
size_t px_winograd_floats(const px_conv *conv, const px_geometry *g, int units);

/** Fill conv->weights [36][panels][in_c][panel width] with G k G^T, the gain in it. */
void px_winograd_pack(const px_conv *conv, const px_step *step, const float *kernel);

/**
 * Run a block from its slab.
 *
 * @param slab     the input rows of the block, zeros around; pixel pitch conv->lda.
 * @param scratch  [px_winograd_floats]
 * @param first,count  rows of tiles of image `image`.
 */
void px_winograd_run(const px_conv *conv, const px_step *step, const px_conv_data *data, int image,
                     int first, int count, const float *slab, float *scratch);

#endif
