/* Safetensors files: named arrays behind a JSON header, as public readers know them.
 * https://huggingface.co/docs/safetensors: 8 bytes little-endian header size, JSON, data without
 * holes. */
#ifndef PX_MODEL_SAFETENSORS_H
#define PX_MODEL_SAFETENSORS_H

#include <jansson.h>

#include "../graph/tensor.h"

/** Largest header read or written, in bytes: some 100,000 tensors. */
#define PX_SAFETENSORS_MAX_HEADER (16 << 20)

/** The content of a file. Data is borrowed from the bytes parsed, except where their alignment
 *  asked for a copy; an int8 tensor T holds its "T.scale" tensor as its scales. */
typedef struct px_safetensors {
    json_t *metadata; /**< object of texts, the header's "__metadata__"; NULL when it has none */
    int n_tensors;
    px_tensor *tensors; /**< in the order of their data; every name once */
} px_safetensors;

/**
 * Parse, with every offset checked: tensors lie one after the other and fill the file.
 *
 * @param file  zeroed; set on success, to be cleared with px_safetensors_clear.
 * @param err   PX_ERR_INPUT: truncated, damaged, or an offset or shape is wrong;
 *              PX_ERR_UNSUPPORTED: a type or number of dimensions that models do not use;
 *              PX_ERR_LIMIT: its header is too large.
 */
bool px_safetensors_parse(const void *bytes, size_t size, px_safetensors *file, px_error *err);
void px_safetensors_clear(px_safetensors *file);

/**
 * Write a file; nothing is left behind on failure. The data starts at a multiple of 64 bytes, and
 * tensors are ordered so that each starts at a multiple of the largest power of two, up to 64,
 * that divides its size.
 *
 * @param tensors   [n_tensors] borrowed; names must differ (PX_ERR_INPUT). PX_ERR_LIMIT: too many.
 * @param metadata  object of texts; borrowed; nullable.
 */
bool px_safetensors_write(const char *path, const px_tensor *tensors, int n_tensors,
                          json_t *metadata, px_error *err);

#endif
