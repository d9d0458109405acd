/* perxeptron model show: what a model file holds. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "../base/sha256.h"
#include "../model/input_json.h"
#include "../model/model.h"
#include "model_plan.h"
#include "shared_options.h"

enum { NUMBER_SIZE = 32 };

static const px_option options[] = {PX_OPTION_TABLE_OR_JSON,
                                    {.name = "layers",
                                     .type = PX_OPT_FLAG,
                                     .help = "list every layer with its shape, parameters and "
                                             "multiply-accumulates"},
                                    {.name = "plan",
                                     .type = PX_OPT_FLAG,
                                     .help = "compile it for this processor and list the steps "
                                             "that run: the layers merged into each, how it "
                                             "works, and where its output lies in memory"},
                                    {0}};

/* 22968877 as "22,968,877". */
static const char *group_digits(int64_t number, char text[NUMBER_SIZE]) {
    char digits[NUMBER_SIZE];
    int length = snprintf(digits, sizeof digits, "%" PRId64, number), used = 0;
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            text[used++] = ',';
        text[used++] = digits[i];
    }
    text[used] = '\0';
    return text;
}

static int64_t count_node_parameters(const px_graph *graph, int node) {
    int64_t count = 0;
    for (int i = 0; i < PX_NODE_TENSORS; i++) {
        int tensor = graph->nodes[node].tensors[i];
        count += tensor >= 0 ? px_tensor_count(&graph->tensors[tensor]) : 0;
    }
    return count;
}

static int64_t count_weight_bytes(const px_graph *graph) {
    int64_t bytes = 0;
    for (int i = 0; i < graph->n_tensors; i++)
        bytes +=
            px_tensor_count(&graph->tensors[i]) * (int64_t)px_dtype_size(graph->tensors[i].dtype);
    return bytes;
}

static void count_ops(const px_graph *graph, int counts[PX_OPS]) {
    memset(counts, 0, PX_OPS * sizeof *counts);
    for (int i = 0; i < graph->n_nodes; i++)
        counts[graph->nodes[i].op]++;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *labels_to_json(const px_model *model) {
    json_t *labels = json_array();
    bool ok = labels != NULL;
    for (int i = 0; ok && i < model->n_labels; i++) {
        const bool trained = model->trained && model->label_trained[i];
        ok = json_array_append_new(
                 labels, json_pack("{s:s, s:b}", "id", model->labels[i], "trained", trained)) == 0;
    }
    return px_json_keep_if(labels, ok);
}

static json_t *ops_to_json(const px_graph *graph) {
    int counts[PX_OPS];
    count_ops(graph, counts);
    json_t *ops = json_object();
    bool ok = ops != NULL;
    for (px_op op = 0; ok && op < PX_OPS; op++) {
        if (counts[op])
            ok = json_object_set_new(ops, px_op_name(op), json_integer(counts[op])) == 0;
    }
    return px_json_keep_if(ops, ok);
}

static json_t *layer_to_json(const px_graph *graph, int index) {
    const px_node *node = &graph->nodes[index];
    return json_pack("{s:s, s:s, s:[i, i, i], s:I, s:I}", "name", node->name, "op",
                     px_op_name(node->op), "shape", node->shape.h, node->shape.w, node->shape.c,
                     "parameters", (json_int_t)count_node_parameters(graph, index), "macs",
                     (json_int_t)px_graph_count_node_macs(graph, index));
}

static json_t *layers_to_json(const px_graph *graph) {
    json_t *layers = json_array();
    bool ok = layers != NULL;
    for (int i = 0; ok && i < graph->n_nodes; i++)
        ok = json_array_append_new(layers, layer_to_json(graph, i)) == 0;
    return px_json_keep_if(layers, ok);
}

static bool print_json(const px_model *model, const char *hash, bool layers, bool plan,
                       px_error *err) {
    const px_graph *graph = &model->graph;
    json_t *json = json_pack("{s:s, s:s, s:b, s:o, s:o, s:I, s:I, s:I, s:o, s:O}", "name",
                             model->name, "sha256", hash, "trained", model->trained, "labels",
                             labels_to_json(model), "input", px_input_to_json(&model->input),
                             "parameters", (json_int_t)px_graph_count_parameters(graph),
                             "weight_bytes", (json_int_t)count_weight_bytes(graph), "macs",
                             (json_int_t)px_graph_count_macs(graph), "operations",
                             ops_to_json(graph), "provenance", model->provenance);
    bool ok = json && (!layers || json_object_set_new(json, "layers", layers_to_json(graph)) == 0);
    if (ok && plan)
        ok = json_object_set_new(json, "plan", px_cli_plan_to_json(graph, err)) == 0;
    if (ok && json_dumpf(json, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0)
        putchar('\n');
    json_decref(json);
    return ok || px_fail_memory(err);
}

/* ---- table --------------------------------------------------------------------------------- */

static void print_labels(const px_model *model) {
    printf("labels       ");
    for (int i = 0; i < model->n_labels; i++)
        printf("%s%s%s", i ? ", " : "", model->labels[i],
               model->label_trained[i] ? "" : " (never trained, not shown)");
    putchar('\n');
}

static void print_input(const px_input_spec *input) {
    printf("input        %d x %d x %d, resize %s, crop %s, equalise %s, scale %s\n", input->width,
           input->height, input->channels, px_resize_name(input->resize), px_crop_name(input->crop),
           px_equalise_name(input->equalise), px_scaling_name(input->scaling));
    if (input->scaling == PX_SCALING_FEATUREWISE)
        printf("             mean %g %g %g, std %g %g %g\n", (double)input->mean[0],
               (double)input->mean[1], (double)input->mean[2], (double)input->std[0],
               (double)input->std[1], (double)input->std[2]);
}

static void print_ops(const px_graph *graph) {
    int counts[PX_OPS];
    count_ops(graph, counts);
    printf("layers       %d:", graph->n_nodes);
    const char *separator = " ";
    for (px_op op = 0; op < PX_OPS; op++) {
        if (!counts[op])
            continue;
        printf("%s%d %s", separator, counts[op], px_op_name(op));
        separator = ", ";
    }
    putchar('\n');
}

static void print_layers(const px_graph *graph) {
    char parameters[NUMBER_SIZE], macs[NUMBER_SIZE], shape[64];
    printf("\n%-36s %-16s %-18s %14s %16s\n", "layer", "operation", "output", "parameters", "MACs");
    for (int i = 0; i < graph->n_nodes; i++) {
        const px_node *node = &graph->nodes[i];
        snprintf(shape, sizeof shape, "%d x %d x %d", node->shape.h, node->shape.w, node->shape.c);
        printf("%-36s %-16s %-18s %14s %16s\n", node->name, px_op_name(node->op), shape,
               group_digits(count_node_parameters(graph, i), parameters),
               group_digits(px_graph_count_node_macs(graph, i), macs));
    }
}

static bool print_table(const px_model *model, const char *hash, bool layers, bool plan,
                        px_error *err) {
    const px_graph *graph = &model->graph;
    char number[NUMBER_SIZE];
    char *provenance = px_json_dump(model->provenance, err);
    if (!provenance)
        return false;
    printf("name         %s\n", model->name);
    printf("sha256       %s\n", hash);
    printf("trained      %s\n", model->trained ? "yes" : "no: scores mean nothing");
    print_labels(model);
    print_input(&model->input);
    printf("parameters   %s", group_digits(px_graph_count_parameters(graph), number));
    printf(" in %s bytes\n", group_digits(count_weight_bytes(graph), number));
    printf("work         %s multiply-accumulates an image\n",
           group_digits(px_graph_count_macs(graph), number));
    print_ops(graph);
    printf("provenance   %s\n", provenance);
    free(provenance);
    if (layers)
        print_layers(graph);
    return !plan || px_cli_print_plan(graph, err);
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    const char *path = px_args_operand(args, 0);
    const bool layers = px_args_flag(args, "layers"), plan = px_args_flag(args, "plan");
    char hash[PX_SHA256_HEX];
    px_model *model = px_model_load(path, &err);
    bool ok = model && px_sha256_file(path, hash, &err);
    if (ok && strcmp(px_args_text(args, "format"), "json") == 0)
        ok = print_json(model, hash, layers, plan, &err);
    else if (ok)
        ok = print_table(model, hash, layers, plan, &err);
    px_model_unref(model);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_model_show = {
    .name = "model show",
    .operands = "MODEL",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "show what a model holds",
    .description = "Prints a model's labels, input contract, size, work and provenance. Reading it "
                   "checks it: a damaged model is refused with what is wrong.",
    .options = options,
    .run = run,
};
