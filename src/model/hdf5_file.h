/* Keras weights in HDF5 files. The HDF5 library is known to fall over hostile files, so it only
 * ever runs in a child process that can open nothing and whose answers are checked. */
#ifndef PX_MODEL_HDF5_FILE_H
#define PX_MODEL_HDF5_FILE_H

#include "perxeptron.h"

#define PX_HDF5_MAX_DIMS 4

/** One weight: dataset `name` of group `group`, the group being a layer (or a nested model). */
typedef struct px_hdf5_tensor {
    char *group;
    char *name; /**< as the file writes it: "conv1/bn/gamma:0" */
    int n_dims;
    int64_t dims[PX_HDF5_MAX_DIMS];
    float *data; /**< made by px_alloc_aligned; may be taken, leaving NULL */
} px_hdf5_tensor;

/** All weights in the file's order (attributes layer_names, then weight_names). */
typedef struct px_hdf5_file {
    char *model_config; /**< architecture JSON of a full model; NULL in a weights file */
    size_t n_tensors;
    px_hdf5_tensor *tensors;
} px_hdf5_file;

/**
 * Read `save_weights` files and full models (weights under "model_weights"). float16, float32 and
 * float64 data sets, any compression that the library has built in.
 *
 * @param bytes  the file's content; borrowed.
 * @param file   set on success, to be cleared with px_hdf5_clear; untouched on failure.
 * @param err    PX_ERR_INPUT damaged, or not Keras weights; PX_ERR_LIMIT more than 2^28 numbers or
 *               far more than the file's size can explain; PX_ERR_UNSUPPORTED other data types.
 */
bool px_hdf5_read(const void *bytes, size_t size, px_hdf5_file *file, px_error *err);
void px_hdf5_clear(px_hdf5_file *file);

#endif
