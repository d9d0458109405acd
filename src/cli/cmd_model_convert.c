/* perxeptron model convert: a model with its weights stored in fewer bits, or more. */
#include <string.h>

#include "../base/error.h"
#include "../base/sha256.h"
#include "../model/convert_weights.h"
#include "cli.h"

static const px_option options[] = {
    {.name = "weights",
     .letter = 'w',
     .type = PX_OPT_CHOICE,
     .argument = "TYPE",
     .choices = "f32|f16|i8",
     .required = true,
     .help = "how the kernels of convolutions and dense layers are stored: float32, float16, or "
             "int8 with a scale for each output channel"},
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "FILE",
     .required = true,
     .help = "the model to write, a .safetensors file"},
    {0}};

static px_dtype dtype_of(const char *choice) {
    if (strcmp(choice, "f16") == 0)
        return PX_F16;
    return strcmp(choice, "i8") == 0 ? PX_I8 : PX_F32;
}

/* Which file it was made of, and how. */
static bool note_source(px_model *model, const char *path, px_dtype dtype, px_error *err) {
    char hash[PX_SHA256_HEX];
    if (!px_sha256_file(path, hash, err))
        return false;
    json_t *conversions = json_object_get(model->provenance, "conversions");
    if (!json_is_array(conversions)) {
        conversions = json_array();
        if (json_object_set_new(model->provenance, "conversions", conversions) != 0)
            return px_fail_memory(err);
    }
    json_t *note = json_pack("{s:s, s:s, s:o}", "weights", px_dtype_name(dtype), "from_sha256",
                             hash, "by", json_sprintf("perxeptron %s", px_version()));
    return json_array_append_new(conversions, note) == 0 || px_fail_memory(err);
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    const char *input = px_args_operand(args, 0), *output = px_args_text(args, "output");
    px_dtype dtype = dtype_of(px_args_text(args, "weights"));
    px_model *model = px_model_load(input, &err);
    bool ok = model && note_source(model, input, dtype, &err) &&
              px_model_convert_weights(model, dtype, &err) && px_model_save(model, output, &err);
    px_model_unref(model);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_model_convert = {
    .name = "model convert",
    .operands = "MODEL",
    .least_operands = 1,
    .most_operands = 1,
    .summary = "store a model's weights as float16 or int8",
    .description =
        "Writes the same network with its weights in a half or a quarter of the memory, on disk "
        "and while it is used. Arithmetic stays float32; scores differ a little, because weights "
        "are rounded. The result is another model with another hash: make the ensemble anew, and "
        "measure thresholds and calibration with it.",
    .options = options,
    .run = run,
};
