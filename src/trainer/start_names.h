/* The names by which a network finds its weights in a file. */
#ifndef PX_TRAINER_START_NAMES_H
#define PX_TRAINER_START_NAMES_H

#include <jansson.h>

#include "../graph/tensor.h"
#include "../model/hdf5_file.h"

/**
 * An object of tensors' numbers by their names, "LAYER/what".
 *
 * Keras names layers that nobody named by counting: conv2d_1, conv2d_2, or conv2d_5, conv2d_6 in a
 * session that had made four before, or conv2d, conv2d_1 in newer versions. Those of a kind are
 * counted from 1 here, in their order, as the builders do. A tensor is also found by the name of
 * its group, where a session renamed layers ("conv1/bn_3/gamma" in the group "conv1/bn").
 *
 * @param groups  nullable [n]: where the tensors are in an HDF5 file.
 * @return NULL and PX_ERR_MEMORY.
 */
json_t *px_start_names(const px_tensor *tensors, int n, const px_hdf5_tensor *groups,
                       px_error *err);

#endif
