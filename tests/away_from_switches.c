/* Betas and biases of a new network (away_from_switches.h). */
#include "away_from_switches.h"

#include <string.h>

static bool ends_with(const char *name, const char *end) {
    size_t length = strlen(name), tail = strlen(end);
    return length >= tail && strcmp(name + length - tail, end) == 0;
}

void keep_away_from_switches(px_model *model) {
    for (int i = 0; i < model->graph.n_tensors; i++) {
        const px_tensor *tensor = &model->graph.tensors[i];
        bool beta = ends_with(tensor->name, "/beta"), bias = ends_with(tensor->name, "_conv/bias");
        float *values = (float *)tensor->data;
        for (int64_t k = 0; (beta || bias) && k < tensor->dims[0]; k++)
            values[k] = beta ? 4.5f : 6.0f;
    }
}
