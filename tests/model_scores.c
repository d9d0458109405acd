/* The probabilities of a model for tensors: one line of JSON for each.
 * Usage: model_scores MODEL.safetensors TENSOR.f32... (float32 NHWC, already scaled) */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/error.h"
#include "../src/base/file.h"
#include "../src/graph/plan.h"
#include "../src/model/model.h"

static bool score(const px_model *model, const px_plan *plan, px_workspace *workspace,
                  px_pool *pool, const char *path, px_error *err) {
    px_shape in = model->graph.nodes[0].shape;
    px_mapping tensor;
    if (!px_mapping_open(&tensor, path, 1 << 28, err))
        return false;
    bool ok = tensor.size == (size_t)(in.h * in.w * in.c) * sizeof(float) ||
              px_fail(err, PX_ERR_MISMATCH, path, "not a tensor of the model's size");
    float *scores = calloc((size_t)model->n_labels, sizeof *scores);
    if (ok)
        px_plan_run(plan, workspace, pool, (const float *)(const void *)tensor.data, scores, NULL);
    for (int i = 0; ok && i < model->n_labels; i++)
        printf("%s%.9g%s", i ? ", " : "[", (double)scores[i], i + 1 < model->n_labels ? "" : "]\n");
    free(scores);
    px_mapping_close(&tensor);
    return ok;
}

int main(int argc, char **argv) {
    px_error err = {0};
    if (argc < 3)
        return 1;
    px_model *model = px_model_load(argv[1], &err);
    px_plan_options options = {.tier = px_cpu_best()};
    px_plan *plan = model ? px_plan_new(&model->graph, &options, &err) : NULL;
    px_workspace *workspace = plan ? px_workspace_new(plan, &err) : NULL;
    px_pool *pool = px_pool_new(0, &err);
    bool ok = workspace && pool;
    for (int i = 2; ok && i < argc; i++)
        ok = score(model, plan, workspace, pool, argv[i], &err);
    if (!ok)
        fprintf(stderr, "model_scores: %s: %s\n", err.subject, err.message);
    px_pool_free(pool);
    px_workspace_free(workspace);
    px_plan_free(plan);
    px_model_unref(model);
    return ok ? 0 : 1;
}
