/* Weights that stay float16 or int8 in memory: packed as they are stored, and made float32 panel by
 * panel just before they are multiplied, so that arithmetic and tiles are those of float32. What
 * folding put into a channel, and int8's scale, is one factor applied meanwhile: the stored numbers
 * are not rounded a second time. */
#ifndef PX_GRAPH_NARROW_H
#define PX_GRAPH_NARROW_H

#include "conv.h"

/** Fill conv->narrow and conv->factors. @param tensor  the step's kernel, float16 or int8. */
void px_narrow_pack(const px_conv *conv, const px_step *step, const px_tensor *tensor);

/** One panel as float32. @param to  [segments * depth][panel width], 64-byte aligned. */
void px_narrow_widen(const px_conv *conv, int group, int panel, float *to);

#endif
