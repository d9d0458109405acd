/* What a plan is made of: for the files that compile, run and describe it. */
#ifndef PX_GRAPH_PLAN_PARTS_H
#define PX_GRAPH_PLAN_PARTS_H

#include "execute.h"
#include "packed_file.h"
#include "plan.h"
#include "reference.h"

struct px_plan {
    px_reference *reference; /* or, when NULL: */
    const px_kernels *kernels;
    px_program program;
    px_packed *packed; /* [n_steps], in the block */
    px_packed_block block;
    px_error cache_error;
    size_t scratch_floats;
    int images; /* of a batch; the program is for one */
    int lanes;
};

#endif
