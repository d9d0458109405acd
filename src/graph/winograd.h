/* Large 3 x 3 convolutions by Winograd's F(4 x 4, 3 x 3): a quarter of the multiplications. */
#ifndef PX_GRAPH_WINOGRAD_H
#define PX_GRAPH_WINOGRAD_H

#include "conv.h"

/** Whether a convolution is of the kind, and its image large enough to gain. */
bool px_winograd_suits(const px_step *step);

/** Set how a convolution of this kind is gone through: units, block and scratch memory. */
void px_winograd_size(px_conv *conv, const px_geometry *g, int batch);

/** Fill conv->weights [36][panels][in_c][panel width] with G k G^T, the gain in it. */
void px_winograd_pack(const px_conv *conv, const px_step *step, const float *kernel);

/**
 * Run a block of tiles; they are numbered row by row, through all images of the batch.
 *
 * @param scratch  [conv->scratch_floats]
 */
void px_winograd_run(const px_conv *conv, const px_step *step, const px_conv_data *data, int first,
                     int count, float *scratch);

#endif
