/* A small ONNX network, in every way that the format can say the same thing. */
#ifndef PX_TESTS_ONNX_TINY_H
#define PX_TESTS_ONNX_TINY_H

#include "../src/base/buffer.h"
#include "../src/model/onnx_write.h"

/* Ways to write the network. Zero is the plainest; all of them compute the same. */
typedef struct {
    int opset;          /* 0: 13 */
    bool same_lower;    /* auto_pad in place of explicit pads */
    bool channels_last; /* input [N, H, W, C] and a Transpose */
    bool pad_attribute; /* opset 10 and before */
    enum { FLATTENED, SQUEEZED, RESHAPED, MEAN, MEAN_WITHOUT_AXES, UNSQUEEZED } pooling;
    enum { GEMM, GEMM_TRANSPOSED, GEMM_SCALED, MATMUL, MATMUL_LATE } dense;
    enum { RAW, LISTED, HALF, HALF_LISTED, DOUBLE, DOUBLE_LISTED, CONSTANT_NODES } storage;
} onnx_variant;

/* input [N, 3, 6, 6], Pad, Conv with bias, BatchNormalization, Relu, Mul by 0.5, Add, Dropout,
 * pool, dense, Sigmoid: "out" [N, 2]. To be freed with onnx__model_proto__free_unpacked. */
Onnx__ModelProto *onnx_tiny(onnx_variant variant);

/* A network whose map of 2 x 3 pixels is flattened before the dense layer; `turned`: channels come
 * last before flattening. Both compute the same. */
Onnx__ModelProto *onnx_tiny_flatten(bool turned);

/* Append the message's bytes. */
void onnx_pack(const Onnx__ModelProto *model, px_buffer *out);

#endif
