/* Which tensor of a Keras weights file belongs to which layer. */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "keras.h"

/* Weights of each kind of layer; `flag` is the config entry that switches one off. */
static const struct {
    const char *kind;
    struct {
        const char *name, *flag;
    } weights[PX_NODE_TENSORS];
} weight_table[] = {
    {"Conv2D", {{"kernel", NULL}, {"bias", "use_bias"}}},
    {"DepthwiseConv2D", {{"depthwise_kernel", NULL}, {"bias", "use_bias"}}},
    {"SeparableConv2D",
     {{"depthwise_kernel", NULL}, {"pointwise_kernel", NULL}, {"bias", "use_bias"}}},
    {"Dense", {{"kernel", NULL}, {"bias", "use_bias"}}},
    {"BatchNormalization",
     {{"gamma", "scale"}, {"beta", "center"}, {"moving_mean", NULL}, {"moving_variance", NULL}}},
};

void px_keras_weight_names(const px_keras_layer *layer, const char *names[PX_NODE_TENSORS + 1]) {
    int count = 0;
    for (size_t i = 0; i < sizeof weight_table / sizeof *weight_table; i++) {
        if (strcmp(weight_table[i].kind, layer->kind) != 0)
            continue;
        for (int k = 0; k < PX_NODE_TENSORS && weight_table[i].weights[k].name; k++) {
            const char *flag = weight_table[i].weights[k].flag;
            if (!flag || px_keras_get_flag(layer, flag, true))
                names[count++] = weight_table[i].weights[k].name;
        }
    }
    names[count] = NULL;
}

/* "conv1/bn/gamma:0" is weight "gamma" of layer "conv1/bn". */
static void split_name(const char *name, size_t *prefix, const char **kind, size_t *kind_size) {
    const char *slash = strrchr(name, '/');
    *prefix = slash ? (size_t)(slash - name) : 0;
    *kind = slash ? slash + 1 : name;
    *kind_size = strcspn(*kind, ":");
}

/* Remember a tensor under a key; two under one key make it useless. */
static bool remember(json_t *keys, const char *group, const char *layer, size_t layer_size,
                     const char *kind, size_t kind_size, size_t index, px_error *err) {
    char *key =
        px_format(err, "%s\n%.*s\n%.*s", group, (int)layer_size, layer, (int)kind_size, kind);
    if (!key)
        return false;
    json_t *value = json_integer(json_object_get(keys, key) ? -1 : (json_int_t)index);
    bool ok = json_object_set_new_nocheck(keys, key, value) == 0 || px_fail_memory(err);
    free(key);
    return ok;
}

/* Three ways to find each tensor: all names, without the group, without the layer in its name. */
static json_t *index_names(const px_hdf5_file *file, px_error *err) {
    json_t *keys = json_object();
    bool ok = keys || px_fail_memory(err);
    for (size_t i = 0; ok && i < file->n_tensors; i++) {
        const px_hdf5_tensor *t = &file->tensors[i];
        size_t prefix, size;
        const char *kind;
        split_name(t->name, &prefix, &kind, &size);
        ok = remember(keys, t->group, t->name, prefix, kind, size, i, err) &&
             remember(keys, "", t->name, prefix, kind, size, i, err) &&
             remember(keys, t->group, "", 0, kind, size, i, err);
    }
    if (ok)
        return keys;
    json_decref(keys);
    return NULL;
}

static int look_up(const json_t *keys, const char *group, const char *layer, const char *kind,
                   px_error *err) {
    char *key = px_format(err, "%s\n%s\n%s", group, layer, kind);
    const json_t *value = key ? json_object_get(keys, key) : NULL;
    free(key);
    return value ? (int)json_integer_value(value) : -1;
}

static int find_by_name(const json_t *keys, const px_keras_layer *layer, const char *kind,
                        px_error *err) {
    int index = look_up(keys, layer->scope, layer->name, kind, err);
    if (index < 0)
        index = look_up(keys, "", layer->name, kind, err);
    if (index < 0)
        index = look_up(keys, layer->name, "", kind, err);
    return index;
}

static bool check_all_used(const px_hdf5_file *file, const bool *used, px_error *err) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        if (!used[i])
            return px_fail(err, PX_ERR_MISMATCH, file->tensors[i].name,
                           "the weights file has this tensor (in group %s), the architecture has "
                           "no layer for it",
                           file->tensors[i].group);
    }
    return true;
}

static bool match_by_name(px_keras_network *network, const px_hdf5_file *file, bool *used,
                          px_error *err) {
    json_t *keys = index_names(file, err);
    bool ok = keys != NULL;
    for (int i = 0; ok && i < network->n_layers; i++) {
        px_keras_layer *layer = &network->layers[i];
        const char *names[PX_NODE_TENSORS + 1];
        px_keras_weight_names(layer, names);
        for (int k = 0; ok && names[k]; k++) {
            int index = find_by_name(keys, layer, names[k], err);
            ok = index >= 0 && !used[index];
            if (!ok)
                px_fail(err, PX_ERR_MISMATCH, layer->name, "the weights file lacks its %s",
                        names[k]);
            else
                used[index] = true;
            layer->weights[k] = index;
        }
    }
    json_decref(keys);
    return ok && check_all_used(file, used, err);
}

/* Keras loads by position; within one kind, positions do not depend on which weights it lists
 * first (trainable ones before moving statistics). */
static int next_of_kind(const px_hdf5_file *file, const char *kind, int from) {
    for (int i = from; i < (int)file->n_tensors; i++) {
        size_t prefix, size;
        const char *has;
        split_name(file->tensors[i].name, &prefix, &has, &size);
        if (size == strlen(kind) && strncmp(has, kind, size) == 0)
            return i;
    }
    return -1;
}

static bool match_kind_by_order(px_keras_network *network, const px_hdf5_file *file,
                                const char *kind) {
    int at = 0;
    for (int i = 0; i < network->n_layers; i++) {
        const char *names[PX_NODE_TENSORS + 1];
        px_keras_weight_names(&network->layers[i], names);
        for (int k = 0; names[k]; k++) {
            if (strcmp(names[k], kind) != 0)
                continue;
            int index = next_of_kind(file, kind, at);
            if (index < 0)
                return false;
            network->layers[i].weights[k] = index;
            at = index + 1;
        }
    }
    return next_of_kind(file, kind, at) < 0;
}

static bool match_by_order(px_keras_network *network, const px_hdf5_file *file) {
    static const char *const kinds[] = {"kernel", "bias", "depthwise_kernel", "pointwise_kernel",
                                        "gamma",  "beta", "moving_mean",      "moving_variance"};
    size_t matched = 0;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        if (!match_kind_by_order(network, file, kinds[i]))
            return false;
        for (int at = next_of_kind(file, kinds[i], 0); at >= 0;
             at = next_of_kind(file, kinds[i], at + 1))
            matched++;
    }
    return matched == file->n_tensors;
}

bool px_keras_match(px_keras_network *network, const px_hdf5_file *file, bool *by_order,
                    px_error *err) {
    bool *used = px_alloc(file->n_tensors, sizeof *used, err);
    if (!used)
        return false;
    px_error mismatch = {0};
    bool named = match_by_name(network, file, used, &mismatch);
    free(used);
    bool ordered = !named && mismatch.code == PX_ERR_MISMATCH && match_by_order(network, file);
    if (!named && !ordered)
        return px_fail(err, mismatch.code, mismatch.subject, "%s", mismatch.message);
    *by_order = ordered;
    return true;
}
