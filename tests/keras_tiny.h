/* A small Keras network with every kind of layer that is understood, and weights for it. */
#ifndef PX_TESTS_KERAS_TINY_H
#define PX_TESTS_KERAS_TINY_H

#include "../src/model/hdf5_file.h"

/* A functional model inside a Sequential; input 12 x 12 x 3, two labels. */
extern const char keras_tiny_json[];

/* Its weights, seeded; to be cleared with px_hdf5_clear. */
void keras_tiny_weights(px_hdf5_file *file);

#endif
