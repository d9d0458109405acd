/* How a convolution's work is divided among threads. */
#ifndef PX_GRAPH_CONV_CUT_H
#define PX_GRAPH_CONV_CUT_H

#include "conv.h"

/** Work is groups * images * ranges * splits items of nearly the same size; no result depends on
 * how many. */
typedef struct px_conv_cut {
    int ranges; /**< of an image's units */
    int splits; /**< of a group's panels */
    int items;
} px_conv_cut;

/** @param lanes  threads there are. One item when it is not worth waking a second. */
px_conv_cut px_conv_choose_cut(const px_conv *conv, const px_step *step, int lanes);

/** The first of `count` things in share `index` of `shares`. */
static inline int px_share_begin(int count, int shares, int index) {
    return (int)((int64_t)count * index / shares);
}

#endif
