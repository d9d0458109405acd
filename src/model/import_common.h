/* What the importers share: provenance, names, and the last checks. */
#ifndef PX_MODEL_IMPORT_COMMON_H
#define PX_MODEL_IMPORT_COMMON_H

#include "../base/file.h"
#include "importers.h"

enum { PX_IMPORT_MAX_BYTES = INT32_MAX }; /* of one file; protobuf's own limit too */

/** Map a file to import. PX_ERR_INPUT when it is empty. */
bool px_import_open(px_mapping *mapping, const char *path, px_error *err);

/** Note a source file's name and hash in the model's provenance. @param role "weights", … */
bool px_import_note_file(px_model *model, const char *role, const char *path,
                         const px_mapping *content, px_error *err);

/**
 * Set name, labels, input contract and provenance of a model whose graph is complete, then check
 * it all. The graph's output must be a sigmoid: what it answers are probabilities.
 *
 * @param path    the file that names the model when the options do not.
 * @param source  "keras" or "onnx".
 */
bool px_import_finish(px_model *model, const px_import_options *options, const char *path,
                      const char *source, px_error *err);

#endif
