/* The shape of a sliding window's work, shared by convolutions and pools. */
#ifndef PX_KERNELS_GEOMETRY_H
#define PX_KERNELS_GEOMETRY_H

#include "perxeptron.h"

/** One image: input and output sizes, and the window that goes over the input. */
typedef struct px_geometry {
    int in_h, in_w, in_c;
    int out_h, out_w, out_c;
    int kernel_h, kernel_w, stride_h, stride_w;
    int top, left;     /**< padding before the first row and column */
    int bottom, right; /**< padding after the last; matters to averages that count it */
} px_geometry;

/** The part [*first, *last) of a window of `kernel` elements that lies inside [0, size); empty
 *  when it lies outside. */
static inline void px_clip_window(int start, int kernel, int size, int *first, int *last) {
    *first = start >= 0 ? 0 : -start < kernel ? -start : kernel;
    *last = start + kernel > size ? size - start : kernel;
    *last = *last < *first ? *first : *last;
}

#endif
