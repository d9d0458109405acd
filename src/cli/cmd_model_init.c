/* perxeptron model init: a network with random weights that answer. */
#include <string.h>

#include "../base/error.h"
#include "../model/builders.h"
#include "cli.h"

enum { CALIBRATION_PHANTOMS = 8 };

static const px_option options[] = {
    {.name = "arch",
     .type = PX_OPT_CHOICE,
     .argument = "NAME",
     .choices = "xception|inception_resnet_v2|densenet121|densenet169|densenet201",
     .required = true,
     .help = "the network"},
    {.name = "labels",
     .type = PX_OPT_TEXT,
     .argument = "LIST",
     .required = true,
     .help = "findings in the order of its outputs, separated by commas"},
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .required = true,
     .help = "the model to write, a .safetensors file"},
    {.name = "seed",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "1",
     .least = 0,
     .most = 9e15,
     .help = "the same seed gives the same weights, on the same kind of processor"},
    {.name = "size",
     .type = PX_OPT_INT,
     .argument = "PIXELS",
     .value = "224",
     .least = 75,
     .most = 2048,
     .help = "width and height of its input"},
    {.name = "head",
     .type = PX_OPT_CHOICE,
     .argument = "HEAD",
     .value = "plain",
     .choices = "plain|2020",
     .help = "what follows the pooling: one dense layer, or as in 2020 with a hidden one of 1024 "
             "before it"},
    {.name = "scale",
     .type = PX_OPT_CHOICE,
     .argument = "METHOD",
     .choices = "unit|tf|imagenet",
     .help = "scaling of its input; by default what the architecture was first trained with: tf "
             "for xception and inception_resnet_v2, unit for the densenets"},
    {0}};

static px_exit run(const px_args *args) {
    px_error err = {0};
    const char *output = px_args_text(args, "output"), *scale = px_args_text(args, "scale");
    const uint64_t seed = (uint64_t)px_args_int(args, "seed");
    px_head head = strcmp(px_args_text(args, "head"), "2020") == 0 ? PX_HEAD_2020 : PX_HEAD_PLAIN;
    px_arch arch = PX_ARCH_XCEPTION;
    px_arch_from_name(px_args_text(args, "arch"), &arch);
    px_model *model = px_model_build(arch, head, (int)px_args_int(args, "size"),
                                     px_args_text(args, "labels"), seed, &err);
    if (model && scale)
        px_scaling_from_name(scale, &model->input.scaling);
    bool ok = model && px_model_calibrate_on_phantoms(model, CALIBRATION_PHANTOMS, seed, &err) &&
              px_model_save(model, output, &err);
    px_model_unref(model);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_model_init = {
    .name = "model init",
    .operands = "",
    .summary = "make a network with random weights",
    .description =
        "Makes one of the five networks with random weights, sets its normalisation layers from "
        "what a few phantoms give, and writes it as a model. Its scores mean nothing until it is "
        "trained, and everything that shows them says so.",
    .options = options,
    .run = run,
};
