/* Reading ONNX constants and attributes. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "onnx.h"

int64_t px_onnx_count(const Onnx__TensorProto *tensor) {
    int64_t count = 1;
    for (size_t i = 0; i < tensor->n_dims; i++) {
        if (tensor->dims[i] < 1 || __builtin_mul_overflow(count, tensor->dims[i], &count))
            return -1;
    }
    return count;
}

/* Are there exactly `count` elements of `size` bytes in raw_data, or `listed` in the typed list? */
static bool holds(const Onnx__TensorProto *tensor, int64_t count, size_t size, size_t listed) {
    if (count < 0)
        return false;
    if (tensor->has_raw_data)
        return tensor->raw_data.len / size == (uint64_t)count && tensor->raw_data.len % size == 0;
    return listed == (uint64_t)count;
}

static bool fail_size(px_onnx_import *c, const Onnx__TensorProto *tensor) {
    return px_onnx_fail(c, PX_ERR_INPUT, "constant %s has not as much data as its shape says",
                        tensor->name ? tensor->name : "");
}

static bool read_double(px_onnx_import *c, const Onnx__TensorProto *tensor, int64_t count,
                        float *out) {
    if (!holds(tensor, count, sizeof(double), tensor->n_double_data))
        return fail_size(c, tensor);
    for (int64_t i = 0; i < count; i++) {
        double value;
        if (tensor->has_raw_data)
            memcpy(&value, tensor->raw_data.data + (size_t)i * sizeof value, sizeof value);
        else
            value = tensor->double_data[i];
        out[i] = (float)value;
    }
    return true;
}

/* float16 outside raw_data lies in the low halves of int32_data. */
static bool read_half(px_onnx_import *c, const Onnx__TensorProto *tensor, int64_t count,
                      float *out) {
    if (!holds(tensor, count, sizeof(uint16_t), tensor->n_int32_data))
        return fail_size(c, tensor);
    for (int64_t i = 0; i < count; i++) {
        uint16_t half = tensor->has_raw_data ? 0 : (uint16_t)tensor->int32_data[i];
        if (tensor->has_raw_data)
            memcpy(&half, tensor->raw_data.data + (size_t)i * sizeof half, sizeof half);
        px_tensor_to_f32(&(px_tensor){.dtype = PX_F16, .data = &half}, &out[i]);
    }
    return true;
}

static bool read_float(px_onnx_import *c, const Onnx__TensorProto *tensor, int64_t count,
                       float *out) {
    if (!holds(tensor, count, sizeof *out, tensor->n_float_data))
        return fail_size(c, tensor);
    const void *from = tensor->has_raw_data ? (const void *)tensor->raw_data.data
                                            : (const void *)tensor->float_data;
    if (count > 0)
        memcpy(out, from, (size_t)count * sizeof *out);
    return true;
}

static bool read_into(px_onnx_import *c, const Onnx__TensorProto *tensor, int64_t count,
                      float *out) {
    switch (tensor->data_type) {
    case PX_ONNX_FLOAT:
        return read_float(c, tensor, count, out);
    case PX_ONNX_FLOAT16:
        return read_half(c, tensor, count, out);
    case PX_ONNX_DOUBLE:
        return read_double(c, tensor, count, out);
    default:
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED,
                            "constant %s has data type %d; float32, float16 and float64 are "
                            "supported",
                            tensor->name ? tensor->name : "", tensor->data_type);
    }
}

static bool check_inside(px_onnx_import *c, const Onnx__TensorProto *tensor) {
    if (tensor->data_location == 0 && tensor->n_external_data == 0)
        return true;
    return px_onnx_fail(c, PX_ERR_UNSUPPORTED,
                        "constant %s lies in another file: save the model as one file",
                        tensor->name ? tensor->name : "");
}

float *px_onnx_read_floats(px_onnx_import *c, const Onnx__TensorProto *tensor, int64_t *count) {
    int64_t n = px_onnx_count(tensor);
    size_t listed = tensor->n_float_data + tensor->n_int32_data + tensor->n_double_data;
    if (!check_inside(c, tensor))
        return NULL;
    if (n < 0 || (uint64_t)n > (tensor->has_raw_data ? tensor->raw_data.len : listed)) {
        fail_size(c, tensor); /* before any memory is taken for it */
        return NULL;
    }
    c->numbers_left -= n;
    if (c->numbers_left < 0) {
        px_onnx_fail(c, PX_ERR_LIMIT, "constants are used over and over");
        return NULL;
    }
    float *out = px_alloc_aligned((size_t)n * sizeof *out, c->err);
    if (!out || !read_into(c, tensor, n, out)) {
        free(out);
        return NULL;
    }
    *count = n;
    return out;
}

bool px_onnx_read_ints(px_onnx_import *c, const Onnx__TensorProto *tensor, int64_t *values,
                       size_t most, size_t *count) {
    int64_t n = px_onnx_count(tensor);
    int type = tensor->data_type;
    size_t size = type == PX_ONNX_INT64 ? 8 : type == PX_ONNX_INT32 ? 4 : 1;
    if (type != PX_ONNX_INT64 && type != PX_ONNX_INT32 && type != PX_ONNX_BOOL)
        return px_onnx_fail(c, PX_ERR_INPUT, "constant %s must hold whole numbers",
                            tensor->name ? tensor->name : "");
    size_t listed = type == PX_ONNX_INT64 ? tensor->n_int64_data : tensor->n_int32_data;
    if (!check_inside(c, tensor) || n > (int64_t)most || !holds(tensor, n, size, listed))
        return fail_size(c, tensor);
    for (size_t i = 0; i < (size_t)n; i++) {
        const uint8_t *raw = tensor->has_raw_data ? tensor->raw_data.data + i * size : NULL;
        int32_t narrow = raw ? *raw : 0;
        if (raw && size == 8)
            memcpy(&values[i], raw, size);
        else if (raw && size == 4)
            memcpy(&narrow, raw, size);
        if (!raw)
            values[i] = size == 8 ? tensor->int64_data[i] : tensor->int32_data[i];
        else if (size < 8)
            values[i] = narrow;
    }
    *count = (size_t)n;
    return true;
}

static const Onnx__AttributeProto *find_attribute(const px_onnx_import *c, const char *name) {
    for (size_t i = 0; i < c->node->n_attribute; i++) {
        const Onnx__AttributeProto *attribute = c->node->attribute[i];
        if (attribute->name && strcmp(attribute->name, name) == 0)
            return attribute;
    }
    return NULL;
}

int64_t px_onnx_attr_int(const px_onnx_import *c, const char *name, int64_t fallback) {
    const Onnx__AttributeProto *attribute = find_attribute(c, name);
    return attribute ? attribute->i : fallback;
}

float px_onnx_attr_float(const px_onnx_import *c, const char *name, float fallback) {
    const Onnx__AttributeProto *attribute = find_attribute(c, name);
    return attribute ? attribute->f : fallback;
}

bool px_onnx_attr_ints(px_onnx_import *c, const char *name, int64_t *values, size_t most,
                       size_t *count) {
    const Onnx__AttributeProto *attribute = find_attribute(c, name);
    size_t n = attribute ? attribute->n_ints : 0;
    if (n > most)
        return px_onnx_fail(c, PX_ERR_UNSUPPORTED, "%zu numbers in %s, at most %zu are expected", n,
                            name, most);
    if (n > 0)
        memcpy(values, attribute->ints, n * sizeof *values);
    *count = n;
    return true;
}

bool px_onnx_attr_is(const px_onnx_import *c, const char *name, const char *text,
                     const char *fallback) {
    const Onnx__AttributeProto *attribute = find_attribute(c, name);
    if (!attribute)
        return strcmp(fallback, text) == 0;
    size_t length = strlen(text);
    return attribute->s.len == length && memcmp(attribute->s.data, text, length) == 0;
}

bool px_onnx_ints_of(px_onnx_import *c, const char *attribute, size_t k, int64_t *values,
                     size_t most, size_t *count) {
    if (find_attribute(c, attribute) || !px_onnx_input(c, k))
        return px_onnx_attr_ints(c, attribute, values, most, count);
    const Onnx__TensorProto *tensor = px_onnx_constant(c, k);
    return tensor && px_onnx_read_ints(c, tensor, values, most, count);
}
