/* Keras HDF5 files for tests: collecting, writing, comparing. */
#include "keras_files.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/memory.h"

typedef struct {
    const px_keras_network *network;
    const px_graph *graph;
    int *nodes; /* [n_layers] each layer's last node, -1 unknown */
} pairing;

static bool is_kind(const px_keras_layer *layer, const char *kind) {
    return strcmp(layer->kind, kind) == 0;
}

static bool has_activation(const px_keras_layer *layer) {
    const char *activation = json_string_value(json_object_get(layer->config, "activation"));
    return activation && strcmp(activation, "linear") != 0 && !is_kind(layer, "Activation");
}

/* The node that holds the layer's own weights, given its last one. */
static int own_node(const pairing *p, const px_keras_layer *layer, int node) {
    return has_activation(layer) ? p->graph->nodes[node].inputs[0] : node;
}

static bool pair(pairing *p, int index, int node) {
    const px_keras_layer *layer = &p->network->layers[index];
    if (p->nodes[index] >= 0)
        return p->nodes[index] == node;
    p->nodes[index] = node;
    int own = own_node(p, layer, node);
    if (is_kind(layer, "SeparableConv2D"))
        own = p->graph->nodes[own].inputs[0];
    const px_node *at = &p->graph->nodes[own];
    if (at->n_inputs != layer->n_inputs)
        return false;
    for (int i = 0; i < layer->n_inputs; i++) {
        int input = at->inputs[i];
        if (is_kind(layer, "Lambda") && i == 1)
            input = p->graph->nodes[input].inputs[0];
        if (!pair(p, layer->inputs[i], input))
            return false;
    }
    return true;
}

/* The tensor of a layer's weight by Keras' name of it. */
static int find_tensor(const pairing *p, int index, const char *weight) {
    const px_keras_layer *layer = &p->network->layers[index];
    int node = own_node(p, layer, p->nodes[index]);
    static const char *const slots[][2] = {
        {"kernel", "0"}, {"pointwise_kernel", "0"}, {"bias", "1"},           {"gamma", "0"},
        {"beta", "1"},   {"moving_mean", "2"},      {"moving_variance", "3"}};
    if (strcmp(weight, "depthwise_kernel") == 0) {
        if (is_kind(layer, "SeparableConv2D"))
            node = p->graph->nodes[node].inputs[0];
        return p->graph->nodes[node].tensors[PX_KERNEL];
    }
    for (size_t i = 0; i < sizeof slots / sizeof *slots; i++) {
        if (strcmp(slots[i][0], weight) == 0)
            return p->graph->nodes[node].tensors[slots[i][1][0] - '0'];
    }
    return -1;
}

static void add_weight(const pairing *p, int index, const char *weight, keras_layout layout,
                       px_hdf5_file *file) {
    const px_keras_layer *layer = &p->network->layers[index];
    const px_tensor *from = &p->graph->tensors[find_tensor(p, index, weight)];
    px_hdf5_tensor to = {.n_dims = from->n_dims};
    memcpy(to.dims, from->dims, sizeof to.dims);
    if (strcmp(weight, "depthwise_kernel") == 0) { /* Keras: [kh, kw, channels, multiplier] */
        to.dims[2] = to.dims[3];
        to.dims[3] = 1;
    }
    to.group = px_strdup(layout == KERAS_LAYOUT_FLAT ? layer->name : layer->scope, NULL);
    to.name = px_format(NULL, "%s/%s:0", layer->name, weight);
    to.data = px_alloc_aligned((size_t)px_tensor_count(from) * sizeof *to.data, NULL);
    px_tensor_to_f32(from, to.data);
    file->tensors[file->n_tensors++] = to;
}

static bool is_moving(const char *weight) {
    return strncmp(weight, "moving_", 7) == 0;
}

/* Weights of the layers [first, end), trainable ones before moving statistics, as Keras lists a
 * nested model's. */
static void add_scope(const pairing *p, int first, int end, keras_layout layout,
                      px_hdf5_file *file) {
    for (int moving = 0; moving < 2; moving++) {
        for (int i = first; i < end; i++) {
            const char *names[PX_NODE_TENSORS + 1];
            px_keras_weight_names(&p->network->layers[i], names);
            for (int k = 0; names[k]; k++) {
                if (is_moving(names[k]) == (moving == 1))
                    add_weight(p, i, names[k], layout, file);
            }
        }
    }
}

bool keras_collect(const px_keras_network *network, const px_graph *graph, keras_layout layout,
                   px_hdf5_file *file) {
    pairing p = {network, graph, px_alloc((size_t)network->n_layers, sizeof *p.nodes, NULL)};
    memset(p.nodes, -1, (size_t)network->n_layers * sizeof *p.nodes);
    bool ok = pair(&p, network->output, graph->output);
    *file = (px_hdf5_file){.tensors = px_alloc((size_t)network->n_layers * PX_NODE_TENSORS,
                                               sizeof *file->tensors, NULL)};
    const px_keras_layer *layers = network->layers;
    for (int i = 0, end; ok && i < network->n_layers; i = end) {
        for (end = i + 1; end < network->n_layers; end++) {
            if (layout == KERAS_LAYOUT_FLAT || strcmp(layers[end].scope, layers[i].scope) != 0)
                break;
        }
        add_scope(&p, i, end, layout, file);
    }
    free(p.nodes);
    return ok;
}

static bool write_strings(hid_t object, const char *name, const char *const *texts, size_t count,
                          bool variable) {
    size_t width = 1;
    for (size_t i = 0; i < count; i++)
        width = strlen(texts[i]) > width ? strlen(texts[i]) : width;
    hid_t type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, variable ? H5T_VARIABLE : width);
    H5Tset_strpad(type, H5T_STR_NULLPAD);
    hsize_t size = count;
    hid_t space = H5Screate_simple(1, &size, NULL);
    hid_t attribute = H5Acreate2(object, name, type, space, H5P_DEFAULT, H5P_DEFAULT);
    char *fixed = calloc(count + 1, width);
    for (size_t i = 0; i < count; i++)
        memcpy(fixed + i * width, texts[i], strlen(texts[i]));
    bool ok =
        attribute >= 0 && H5Awrite(attribute, type, variable ? (const void *)texts : fixed) >= 0;
    free(fixed);
    H5Aclose(attribute);
    H5Sclose(space);
    H5Tclose(type);
    return ok;
}

/* IEEE binary16, which HDF5 has no name for. */
static hid_t half_type(void) {
    hid_t type = H5Tcopy(H5T_IEEE_F32LE);
    H5Tset_fields(type, 15, 10, 5, 0, 10);
    H5Tset_ebias(type, 15);
    H5Tset_size(type, 2);
    return type;
}

static hid_t file_type(keras_dtype dtype) {
    return dtype == KERAS_FLOAT16   ? half_type()
           : dtype == KERAS_FLOAT64 ? H5Tcopy(H5T_IEEE_F64LE)
                                    : H5Tcopy(H5T_IEEE_F32LE);
}

static bool write_tensor(hid_t group, const px_hdf5_tensor *tensor,
                         const keras_write_options *options) {
    hsize_t dims[PX_HDF5_MAX_DIMS];
    for (int i = 0; i < tensor->n_dims; i++)
        dims[i] = (hsize_t)tensor->dims[i];
    hid_t space = H5Screate_simple(tensor->n_dims, dims, NULL);
    hid_t type = file_type(options->dtype);
    hid_t links = H5Pcreate(H5P_LINK_CREATE), storage = H5Pcreate(H5P_DATASET_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    if (options->compressed) {
        H5Pset_chunk(storage, tensor->n_dims, dims);
        H5Pset_deflate(storage, 1);
    }
    hid_t set = H5Dcreate2(group, tensor->name, type, space, links, storage, H5P_DEFAULT);
    bool ok = set >= 0 &&
              H5Dwrite(set, H5T_NATIVE_FLOAT, H5S_ALL, H5S_ALL, H5P_DEFAULT, tensor->data) >= 0;
    H5Dclose(set);
    H5Pclose(storage);
    H5Pclose(links);
    H5Tclose(type);
    H5Sclose(space);
    return ok;
}

static bool write_group(hid_t root, const px_hdf5_tensor *tensors, size_t count,
                        const keras_write_options *options) {
    hid_t links = H5Pcreate(H5P_LINK_CREATE);
    H5Pset_create_intermediate_group(links, 1);
    hid_t group = H5Gcreate2(root, tensors->group, links, H5P_DEFAULT, H5P_DEFAULT);
    const char **names = calloc(count, sizeof *names);
    bool ok = group >= 0;
    for (size_t i = 0; ok && i < count; i++) {
        names[i] = tensors[i].name;
        ok = write_tensor(group, &tensors[i], options);
    }
    ok = ok && write_strings(group, "weight_names", names, count, options->variable_strings);
    free(names);
    H5Gclose(group);
    H5Pclose(links);
    return ok;
}

static bool write_layer_names(hid_t root, const char *const *names, size_t count,
                              const keras_write_options *options) {
    bool variable = options->variable_strings;
    if (!options->split_names)
        return write_strings(root, "layer_names", names, count, variable);
    size_t half = count / 2;
    return write_strings(root, "layer_names0", names, half, variable) &&
           write_strings(root, "layer_names1", names + half, count - half, variable);
}

bool keras_write(const char *path, const px_hdf5_file *file, const keras_write_options *options) {
    hid_t h5 = H5Fcreate(path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT);
    if (h5 < 0)
        return false;
    hid_t root = options->config
                     ? H5Gcreate2(h5, "model_weights", H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT)
                     : H5Gopen2(h5, "/", H5P_DEFAULT);
    bool ok = !options->config || write_strings(h5, "model_config", &options->config, 1, true);
    const char **groups = calloc(file->n_tensors + 1, sizeof *groups);
    size_t n_groups = 0;
    for (size_t i = 0, end; ok && i < file->n_tensors; i = end) {
        for (end = i + 1; end < file->n_tensors; end++) {
            if (strcmp(file->tensors[end].group, file->tensors[i].group) != 0)
                break;
        }
        groups[n_groups++] = file->tensors[i].group;
        ok = write_group(root, &file->tensors[i], end - i, options);
    }
    ok = ok && write_layer_names(root, groups, n_groups, options);
    free(groups);
    H5Gclose(root);
    return H5Fclose(h5) >= 0 && ok;
}

static bool windows_equal(const px_window *a, const px_window *b) {
    return a->kernel_h == b->kernel_h && a->kernel_w == b->kernel_w && a->stride_h == b->stride_h &&
           a->stride_w == b->stride_w && a->top == b->top && a->left == b->left &&
           a->bottom == b->bottom && a->right == b->right;
}

static bool tensors_equal(const px_graph *a, int i, const px_graph *b, int k) {
    if (i < 0 || k < 0)
        return i < 0 && k < 0;
    const px_tensor *x = &a->tensors[i], *y = &b->tensors[k];
    size_t bytes = (size_t)px_tensor_count(x) * px_dtype_size(x->dtype);
    return x->dtype == y->dtype && x->n_dims == y->n_dims &&
           memcmp(x->dims, y->dims, (size_t)x->n_dims * sizeof *x->dims) == 0 &&
           memcmp(x->data, y->data, bytes) == 0;
}

static bool nodes_equal(const px_graph *a, const px_node *x, const px_graph *b, const px_node *y) {
    bool same = x->op == y->op && x->n_inputs == y->n_inputs && x->groups == y->groups &&
                windows_equal(&x->window, &y->window) && x->epsilon == y->epsilon &&
                x->scale == y->scale && x->count_include_pad == y->count_include_pad &&
                x->shape.h == y->shape.h && x->shape.w == y->shape.w && x->shape.c == y->shape.c;
    for (int i = 0; same && i < PX_NODE_TENSORS; i++)
        same = tensors_equal(a, x->tensors[i], b, y->tensors[i]);
    return same;
}

static bool walk(const px_graph *a, int i, const px_graph *b, int k, int *partner, char *why) {
    if (partner[i] >= 0)
        return partner[i] == k;
    partner[i] = k;
    const px_node *x = &a->nodes[i], *y = &b->nodes[k];
    if (!nodes_equal(a, x, b, y)) {
        snprintf(why, 256, "%.100s and %.100s differ", x->name, y->name);
        return false;
    }
    for (int n = 0; n < x->n_inputs; n++) {
        if (!walk(a, x->inputs[n], b, y->inputs[n], partner, why))
            return false;
    }
    return true;
}

bool graphs_equal(const px_graph *a, const px_graph *b, char *why) {
    snprintf(why, 256, "%d and %d nodes", a->n_nodes, b->n_nodes);
    if (a->n_nodes != b->n_nodes)
        return false;
    int *partner = px_alloc((size_t)a->n_nodes, sizeof *partner, NULL);
    memset(partner, -1, (size_t)a->n_nodes * sizeof *partner);
    bool same = walk(a, a->output, b, b->output, partner, why);
    free(partner);
    return same;
}
