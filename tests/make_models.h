/* Small model files, put together from pieces that a test can replace by wrong ones, for tests and
 * fuzz corpora. Text pieces are JSON with ' in place of ". */
#ifndef MAKE_MODELS_H
#define MAKE_MODELS_H

#include "make_images.h"

/** A network of one of each kind of layer, with two outputs. */
extern const char small_graph[];
/** Its input contract, with every choice set to something unusual. */
extern const char small_input[];

typedef struct small_tensor {
    const char *name, *dtype, *shape;
    size_t size;
} small_tensor;

enum { SMALL_TENSORS = 8, SMALL_DATA = 280 };

/** Its tensors in the order of their data. */
extern const small_tensor small_tensors[SMALL_TENSORS];

/** The pieces of a file. */
typedef struct small_file {
    const char *format, *labels, *untrained, *input, *graph, *provenance;
    const char *entries;  /**< of tensors, each after a comma; NULL: the small tensors */
    const char *metadata; /**< NULL: made of the above */
    float data[SMALL_DATA / 4];
    size_t data_size;
} small_file;

/** A file that loads. */
small_file make_small_file(void);
/** One with the kernels as float16 (1 + i / 16, from 2 in eighths) and as int8 (11 i - 128) with
 *  scales 0.5 and 2. */
small_file make_small_types_file(void);
/** What its metadata says of the network, as JSON; to be cleared. */
px_buffer make_description(const small_file *file);
/** The file's bytes; to be cleared. */
px_buffer make_model_file(const small_file *file);

/** Files, and a description alone, which starts with "{". */
void make_every_model(make_each each, void *context);

#endif
