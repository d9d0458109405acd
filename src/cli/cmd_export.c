/* export onnx: a model for other programs. */
#include "../model/importers.h"

#include "cli.h"

static const px_option options[] = {
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "ONNX",
     .required = true,
     .help = "the .onnx file to write"},
    {0},
};

static px_exit run(const px_args *args) {
    px_error err = {0};
    px_model *model = px_model_load(px_args_operand(args, 0), &err);
    bool ok = model && px_export_onnx(model, px_args_text(args, "output"), &err);
    px_model_unref(model);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_export_onnx = {
    .name = "export onnx",
    .operands = "MODEL",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "write a model as ONNX",
    .description = "Writes opset 13 with the float32 input \"input\" [N, channels, height, width], "
                   "scaled as `model show` says, and the output \"probabilities\" [N, labels].",
    .options = options,
    .run = run,
};
