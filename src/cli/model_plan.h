/* The compiled graph of a model, as `perxeptron model show --plan` tells it. */
#ifndef PX_CLI_MODEL_PLAN_H
#define PX_CLI_MODEL_PLAN_H

#include <jansson.h>

#include "../graph/graph.h"

/** Compile for one image and this processor, and print the steps with their memory. */
bool px_cli_print_plan(const px_graph *graph, px_error *err);

/** The same as JSON; NULL on failure. */
json_t *px_cli_plan_to_json(const px_graph *graph, px_error *err);

#endif
