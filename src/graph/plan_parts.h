/* What a plan is made of: for the files that compile, run and describe it. */
#ifndef PX_GRAPH_PLAN_PARTS_H
#define PX_GRAPH_PLAN_PARTS_H

#include "execute.h"
#include "plan.h"
#include "reference.h"

struct px_plan {
    px_reference *reference; /* or, when NULL: */
    const px_kernels *kernels;
    px_program program;
    px_packed *packed; /* [n_steps] */
    size_t weight_bytes, scratch_floats;
    int lanes;
};

#endif
