/* A node's sliding window in the form that kernels take. */
#ifndef PX_GRAPH_NODE_GEOMETRY_H
#define PX_GRAPH_NODE_GEOMETRY_H

#include "../kernels/geometry.h"
#include "graph.h"

/** @param in  shape of the node's first input. */
static inline px_geometry px_node_geometry(const px_node *node, px_shape in) {
    const px_window *w = &node->window;
    return (px_geometry){.in_h = in.h,
                         .in_w = in.w,
                         .in_c = in.c,
                         .out_h = node->shape.h,
                         .out_w = node->shape.w,
                         .out_c = node->shape.c,
                         .kernel_h = w->kernel_h,
                         .kernel_w = w->kernel_w,
                         .stride_h = w->stride_h,
                         .stride_w = w->stride_w,
                         .top = w->top,
                         .left = w->left,
                         .bottom = w->bottom,
                         .right = w->right};
}

/** Elements of one image's activation. */
static inline size_t px_shape_count(px_shape s) {
    return (size_t)s.h * (size_t)s.w * (size_t)s.c;
}

#endif
