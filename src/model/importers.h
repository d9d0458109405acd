/* Models from other programs' files, and to them. Nothing in such a file is ever executed. */
#ifndef PX_MODEL_IMPORTERS_H
#define PX_MODEL_IMPORTERS_H

#include "model.h"

typedef struct px_import_options {
    const char *name;   /**< NULL: the file's name */
    const char *labels; /**< comma-separated, in the order of the network's outputs */
    px_scaling scaling; /**< how the network's inputs were scaled in training */
} px_import_options;

/**
 * Keras 2.x: architecture JSON with `save_weights` HDF5, or (architecture NULL) a full .h5 model.
 * @param err  names the layer or tensor at fault.
 */
px_model *px_import_keras(const char *architecture, const char *weights,
                          const px_import_options *options, px_error *err);
/** ONNX, opset 9 to 21, NCHW float32 image input. */
px_model *px_import_onnx(const char *path, const px_import_options *options, px_error *err);
/** Write ONNX opset 13, input "input" [N,C,H,W], output "probabilities" [N, labels]. */
bool px_export_onnx(const px_model *model, const char *path, px_error *err);

#endif
