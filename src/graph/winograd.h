/* Convolutions by Winograd's minimal filtering: 3 x 3 in two dimensions, 1 x 7 and 7 x 1 in one. */
#ifndef PX_GRAPH_WINOGRAD_H
#define PX_GRAPH_WINOGRAD_H

#include "conv.h"

/** The form that a convolution takes where it gains by it. */
px_winograd_form px_winograd_choose(const px_step *step);

/** Products of a tile for each pair of channels. */
int px_winograd_values(const px_conv *conv);

/** "winograd 4x4"; static. */
const char *px_winograd_name(px_winograd_form form);

/** Set how a convolution of this kind is gone through: units, block and scratch memory. */
void px_winograd_size(px_conv *conv, const px_geometry *g, int batch);

/** Fill conv->weights [values][panels][in_c][panel width] with the transformed kernel, the gain in
 * it. */
void px_winograd_pack(const px_conv *conv, const px_step *step, const float *kernel);

/**
 * Run a block of tiles; they are numbered row by row, through all images of the batch.
 *
 * @param scratch  [conv->scratch_floats]
 */
void px_winograd_run(const px_conv *conv, const px_step *step, const px_conv_data *data, int first,
                     int count, float *scratch);

#endif
