/* Keras HDF5 files for tests: a model's weights laid out as Keras 2 lays them out. */
#ifndef PX_TESTS_KERAS_FILES_H
#define PX_TESTS_KERAS_FILES_H

#include "../src/model/keras.h"

typedef enum {
    KERAS_LAYOUT_NESTED, /* save_weights of a Sequential: a nested model's weights in one group */
    KERAS_LAYOUT_FLAT,   /* one group a layer, as keras.applications' files are */
} keras_layout;

typedef enum { KERAS_FLOAT32, KERAS_FLOAT64, KERAS_FLOAT16 } keras_dtype;

/* How a file is written. */
typedef struct {
    bool variable_strings; /* h5py's str in place of fixed-length strings */
    bool split_names;      /* layer_names0, layer_names1, … as above 64 KiB */
    bool compressed;
    keras_dtype dtype;
    const char *config; /* a full model with this architecture inside, weights one group down */
} keras_write_options;

/* Collect the weights of `graph` under the names of `network`, which has the same structure. Data
 * are copies. False when the structures differ. */
bool keras_collect(const px_keras_network *network, const px_graph *graph, keras_layout layout,
                   px_hdf5_file *file);

/* Write a file; false when HDF5 fails. Neighbours with one group share it. */
bool keras_write(const char *path, const px_hdf5_file *file, const keras_write_options *options);

/* Are two graphs the same network, whatever its layers are called: structure, attributes, shapes,
 * weights bit for bit? On false, `why` (256 bytes) names the first pair that differs. */
bool graphs_equal(const px_graph *a, const px_graph *b, char *why);

#endif
