/* import keras, import onnx: models from other programs' files. */
#include "../model/importers.h"

#include "cli.h"

#define IMPORT_OPTIONS                                                                             \
    {.name = "labels",                                                                             \
     .type = PX_OPT_TEXT,                                                                          \
     .argument = "A,B,...",                                                                        \
     .required = true,                                                                             \
     .help = "findings in the order of the network's outputs"},                                    \
        {.name = "scale",                                                                          \
         .type = PX_OPT_CHOICE,                                                                    \
         .argument = "KIND",                                                                       \
         .choices = "unit|tf|imagenet|xrv",                                                        \
         .required = true,                                                                         \
         .help = "how inputs were scaled in training: unit x/255, tf x/127.5-1, imagenet mean "    \
                 "and deviation, xrv -1024..1024"},                                                \
        {.name = "name",                                                                           \
         .type = PX_OPT_TEXT,                                                                      \
         .argument = "NAME",                                                                       \
         .help = "the model's name (default: the file's)"},                                        \
    {                                                                                              \
        .name = "output", .letter = 'o', .type = PX_OPT_FILE, .argument = "MODEL",                 \
        .required = true, .help = "the .safetensors model to write"                                \
    }

static const px_option keras_options[] = {
    {.name = "architecture",
     .type = PX_OPT_FILE,
     .argument = "JSON",
     .help = "what model.to_json() wrote; not needed for a full .h5 model"},
    {.name = "weights",
     .type = PX_OPT_FILE,
     .argument = "H5",
     .required = true,
     .help = "what model.save_weights() or model.save() wrote"},
    IMPORT_OPTIONS,
    {0},
};

static const px_option onnx_options[] = {IMPORT_OPTIONS, {0}};

static px_import_options read_options(const px_args *args) {
    px_import_options options = {.name = px_args_text(args, "name"),
                                 .labels = px_args_text(args, "labels")};
    px_scaling_from_name(px_args_text(args, "scale"), &options.scaling); /* a checked choice */
    return options;
}

static px_exit save(px_model *model, const px_args *args, px_error *err) {
    bool ok = model && px_model_save(model, px_args_text(args, "output"), err);
    px_model_unref(model);
    return ok ? PX_EXIT_OK : px_cli_fail(err);
}

static px_exit run_keras(const px_args *args) {
    px_error err = {0};
    px_import_options options = read_options(args);
    px_model *model = px_import_keras(px_args_text(args, "architecture"),
                                      px_args_text(args, "weights"), &options, &err);
    return save(model, args, &err);
}

static px_exit run_onnx(const px_args *args) {
    px_error err = {0};
    px_import_options options = read_options(args);
    return save(px_import_onnx(px_args_operand(args, 0), &options, &err), args, &err);
}

const px_command px_cmd_import_keras = {
    .name = "import keras",
    .operands = "",
    .summary = "make a model from a Keras 2 network",
    .description =
        "Reads the architecture JSON and the HDF5 weights of a Keras 2 network, or a full .h5 "
        "model that holds both. Lambda layers are understood only as Inception-ResNet-v2 uses "
        "them; nothing in the files is ever run.\n\nThe k-th label names the k-th output: state "
        "the order the network was trained with.",
    .options = keras_options,
    .run = run_keras,
};

const px_command px_cmd_import_onnx = {
    .name = "import onnx",
    .operands = "FILE",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "make a model from an ONNX network",
    .description = "Reads ONNX files of opset 9 to 21 with one float32 input [N, channels, height, "
                   "width] and a vector of probabilities (sigmoid) as output.\n\nThe k-th label "
                   "names the k-th output.",
    .options = onnx_options,
    .run = run_onnx,
};
