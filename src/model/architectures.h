/* The five base networks without their heads, as keras.applications builds them. */
#ifndef PX_MODEL_ARCHITECTURES_H
#define PX_MODEL_ARCHITECTURES_H

#include "layers.h"

/** Append the network to `input`; returns its feature map's node, or -1 (layers->err says why).
 *  Chollet 2017, arXiv:1610.02357; Szegedy et al. 2016, arXiv:1602.07261; Huang et al. 2016,
 *  arXiv:1608.06993 (growth 32, blocks of 6, 12, then by depth). */
int px_layers_xception(px_layers *layers, int input);
int px_layers_inception_resnet_v2(px_layers *layers, int input);
/** @param depth 121, 169 or 201. */
int px_layers_densenet(px_layers *layers, int input, int depth);

#endif
