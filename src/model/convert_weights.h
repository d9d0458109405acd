/* Storing a model's weights in fewer bits. */
#ifndef PX_MODEL_CONVERT_WEIGHTS_H
#define PX_MODEL_CONVERT_WEIGHTS_H

#include "model.h"

/**
 * Change the type of the kernels of convolutions and dense layers; biases, normalisation and
 * depthwise kernels, which are few, become float32. float16 is rounded to nearest, ties to even;
 * int8 is symmetric with a scale for each output channel: max |w| / 127 (Krishnamoorthi 2018,
 * "Quantizing deep convolutional networks for efficient inference", 2.2).
 *
 * @param model  not shared; on failure it may be half converted.
 * @param err    PX_ERR_UNSUPPORTED: a weight is too large for float16; PX_ERR_MEMORY.
 */
bool px_model_convert_weights(px_model *model, px_dtype dtype, px_error *err);

#endif
