/* Value noise: smooth random patterns that depend on place and a seed only. */
#ifndef PX_PHANTOM_TEXTURE_H
#define PX_PHANTOM_TEXTURE_H

#include "perxeptron.h"

/** Smooth pattern with about one bump a unit; in [-1, 1]. Places within +-1e6. */
float px_texture_value(uint32_t seed, float x, float y);
/** Sum of octaves, each twice as fine and half as strong, scaled to stay in [-1, 1]. */
float px_texture_octaves(uint32_t seed, float x, float y, int octaves);

#endif
