/* A named, typed array: the weights of a network. */
#ifndef PX_GRAPH_TENSOR_H
#define PX_GRAPH_TENSOR_H

#include "perxeptron.h"

typedef enum { PX_F32, PX_F16, PX_I8 } px_dtype;

#define PX_MAX_DIMS 4

/**
 * Weights, row-major, little-endian. int8 is symmetric with one float32 scale for each entry of the
 * last dimension (a convolution's or dense layer's output channels): value = data * scales[last].
 */
typedef struct px_tensor {
    char *name;
    px_dtype dtype;
    int n_dims;
    int64_t dims[PX_MAX_DIMS];
    const void *data;
    const float *scales; /**< PX_I8 only: [dims[n_dims-1]] */
    bool owned;          /**< data (and scales) are freed with the tensor, else borrowed */
    bool mapped;         /**< data lies in a mapped file, which has it for as long as that lives */
} px_tensor;

/** Bytes of one element. */
size_t px_dtype_size(px_dtype dtype);
/** Safetensors' name of the type: "F32", "F16", "I8". */
const char *px_dtype_name(px_dtype dtype);

/** Number of elements, or -1 when the product of the dimensions does not fit. */
int64_t px_tensor_count(const px_tensor *tensor);
/** Write all elements as float32. @param out [px_tensor_count(tensor)] the caller's. */
void px_tensor_to_f32(const px_tensor *tensor, float *out);
/** "[3, 3, 64, 32]" into the caller's text. */
void px_tensor_describe_shape(const px_tensor *tensor, char *text, size_t size);
/** Give back the memory that a mapped tensor's data takes; it is read from the file again if it is
 *  needed again. Other tensors stay as they are. */
void px_tensor_release(const px_tensor *tensor);
void px_tensor_clear(px_tensor *tensor);

#endif
