/* The child's half of reading HDF5, and the records it sends. */
#ifndef PX_MODEL_HDF5_READER_H
#define PX_MODEL_HDF5_READER_H

#include "hdf5_file.h"

typedef enum {
    PX_HDF5_CONFIG = 1, /**< payload: the architecture JSON's bytes; n_dims 1 */
    PX_HDF5_TENSOR,     /**< payload: float32 numbers */
    PX_HDF5_FAILURE,    /**< group: subject, name: message, code: the px_error_code */
    PX_HDF5_END,
} px_hdf5_kind;

enum {
    PX_HDF5_MAX_NAME = 1024,
    PX_HDF5_MAX_TENSORS = 100000,
    PX_HDF5_MAX_CONFIG = 64 << 20,
};

/** Header of one record; group, name (without closing zeros) and payload follow it. */
typedef struct px_hdf5_record {
    uint32_t kind;
    uint32_t code;
    uint32_t group_size;
    uint32_t name_size;
    uint32_t n_dims;
    uint32_t unused;
    int64_t dims[PX_HDF5_MAX_DIMS];
} px_hdf5_record;

/** Numbers that a file of this many bytes may hold. */
int64_t px_hdf5_max_numbers(size_t file_size);

/** Product of the dimensions, or -1 unless each is at least 1 and the product at most `most`. */
int64_t px_hdf5_count(const int64_t *dims, uint32_t n_dims, int64_t most);

/** Parse the file and write its records to `fd`, ending with PX_HDF5_END or PX_HDF5_FAILURE. Call
 *  in a child process only. */
void px_hdf5_send(const void *bytes, size_t size, int fd);

#endif
