/* Tensors: sizes, and reading any storage type as float32. */
#include "tensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

size_t px_dtype_size(px_dtype dtype) {
    switch (dtype) {
    case PX_F32:
        return 4;
    case PX_F16:
        return 2;
    case PX_I8:
        return 1;
    }
    return 0;
}

const char *px_dtype_name(px_dtype dtype) {
    switch (dtype) {
    case PX_F32:
        return "F32";
    case PX_F16:
        return "F16";
    case PX_I8:
        return "I8";
    }
    return "?";
}

int64_t px_tensor_count(const px_tensor *tensor) {
    int64_t count = 1;
    for (int i = 0; i < tensor->n_dims; i++) {
        if (tensor->dims[i] < 0 || __builtin_mul_overflow(count, tensor->dims[i], &count))
            return -1;
    }
    return count;
}

/* IEEE 754 binary16 to binary32, exact. */
static float half_to_float(uint16_t half) {
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16;
    uint32_t exponent = (half >> 10) & 0x1fu, fraction = half & 0x3ffu;
    if (exponent == 0) {
        float value = (float)fraction * 0x1p-24f;
        return sign ? -value : value;
    }
    uint32_t bits = sign | fraction << 13 | (exponent == 31 ? 0xffu : exponent + 112u) << 23;
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

void px_tensor_to_f32(const px_tensor *tensor, float *out) {
    int64_t count = px_tensor_count(tensor);
    if (tensor->dtype == PX_F32) {
        memcpy(out, tensor->data, (size_t)count * sizeof *out);
    } else if (tensor->dtype == PX_F16) {
        const uint16_t *half = tensor->data;
        for (int64_t i = 0; i < count; i++)
            out[i] = half_to_float(half[i]);
    } else {
        const int8_t *byte = tensor->data;
        int64_t last = tensor->dims[tensor->n_dims - 1];
        for (int64_t i = 0; i < count; i++)
            out[i] = (float)byte[i] * tensor->scales[i % last];
    }
}

void px_tensor_describe_shape(const px_tensor *tensor, char *text, size_t size) {
    size_t used = (size_t)snprintf(text, size, "[");
    for (int i = 0; i < tensor->n_dims && used < size; i++)
        used += (size_t)snprintf(text + used, size - used, "%s%lld", i ? ", " : "",
                                 (long long)tensor->dims[i]);
    if (used < size)
        snprintf(text + used, size - used, "]");
}

/* Whole pages only: its neighbours may share those at its ends. */
void px_tensor_release(const px_tensor *tensor) {
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)tensor->data;
    uintptr_t end = from + (uintptr_t)px_tensor_count(tensor) * px_dtype_size(tensor->dtype);
    from = (from + page - 1) / page * page;
    end = end / page * page;
    if (tensor->mapped && from < end)
        madvise((void *)from, end - from, MADV_DONTNEED);
}

void px_tensor_clear(px_tensor *tensor) {
    free(tensor->name);
    if (tensor->owned) {
        free((void *)(uintptr_t)tensor->data);
        free((void *)(uintptr_t)tensor->scales);
    }
    *tensor = (px_tensor){0};
}
