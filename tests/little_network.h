/* A network of 67,000 weights that learns phantoms in seconds: separable convolutions beside a
 * shortcut as in Xception, a scaled residual as in Inception-ResNet, the 2020 head with dropout. */
#ifndef PX_TESTS_LITTLE_NETWORK_H
#define PX_TESTS_LITTLE_NETWORK_H

#include "../src/model/model.h"

/** @param size  side of its grey input.
 *  @param labels  comma-separated. */
px_model *make_little_network(int size, const char *labels, px_error *err);

#endif
