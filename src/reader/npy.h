/* NumPy's .npy files: tensors that are prepared already. */
#ifndef PX_READER_NPY_H
#define PX_READER_NPY_H

#include "perxeptron.h"

/** Whether bytes begin as a .npy file does. */
bool px_npy_recognise(const void *bytes, size_t size);

/**
 * Read float32 [side, side, 3] in C order, little-endian, from a .npy file of version 1 or 2
 * (numpy.lib.format), side at most 4096.
 *
 * @param tensor  set to [side, side, 3] values, to be freed with free(); untouched on failure.
 * @param err     PX_ERR_INPUT: no .npy file, damaged, or holding NaN or infinity;
 *                PX_ERR_UNSUPPORTED: another type, order, shape or version.
 */
bool px_npy_parse(const void *bytes, size_t size, float **tensor, int *side, px_error *err);

#endif
