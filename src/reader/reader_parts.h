/* The inside of a reader, shared by the files that open it and read with it. */
#ifndef PX_READER_READER_PARTS_H
#define PX_READER_READER_PARTS_H

#include "../base/cache.h"
#include "../base/pool.h"
#include "../graph/head_gradient.h"
#include "../graph/plan.h"
#include "../model/model.h"
#include "ensemble.h"
#include "schedule.h"

/** One network, compiled. */
typedef struct px_member {
    px_model *model; /**< its weights are mapped, and take no memory once the plan is made */
    px_plan *plan;
    px_head_layers *head; /**< NULL: no heat maps, for the reason in no_head */
    px_error no_head;
    int spec;          /**< index into the reader's specs */
    px_shape features; /**< of what the head's pool takes; all 0 without a head */
    int n_outputs;
    int *outputs; /**< [n_findings] index of the finding in the network's answer; -1 for none */
} px_member;

struct px_reader {
    px_ensemble ensemble;
    px_member *members; /**< [ensemble.n_members] */
    int n_specs;
    px_input_spec *specs; /**< [n_specs] the different inputs that members want */
    bool trained;
    px_pool *pool;
    double *costs; /**< [ensemble.n_members] multiply-accumulates, by which they are scheduled */
    px_schedule *schedule;
    int n_workspaces;
    px_workspace *
        *workspaces; /**< [n_workspaces] one for each lane, of the largest member's size */
    px_cache *cache; /**< NULL: none */
    char cache_note[1024];
};

#endif
