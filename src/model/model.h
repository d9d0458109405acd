/* A network with what is needed to use it: labels, input contract, provenance. */
#ifndef PX_MODEL_MODEL_H
#define PX_MODEL_MODEL_H

#include <jansson.h>

#include "../graph/graph.h"
#include "../image/prepare.h"

/** One model. Made by px_model_load, an importer or a builder; immutable once shared. */
typedef struct px_model {
    char *name;
    px_graph graph; /**< shapes inferred for input's size */
    px_input_spec input;
    int n_labels;
    char **labels; /**< [n_labels] finding ids ("pleural_effusion") in the order of the output */
    bool *label_trained; /**< [n_labels] false: this output was never trained and is never shown,
                              as if the model did not have it; px_model_set_labels sets true */
    bool trained;        /**< false: random weights, scores mean nothing and every output says so */
    json_t *provenance;  /**< object, free form: source files and hashes, training data, metrics */
    void *mapping;       /**< px_mapping that graph tensors point into; NULL when they own theirs */
    int references;      /**< atomic */
} px_model;

/** An empty model with one reference. */
px_model *px_model_new(px_error *err);
px_model *px_model_ref(px_model *model);
/** Drop a reference; the last one frees. NULL is fine. */
void px_model_unref(px_model *model);

/** Replace the labels. @param labels comma-separated finding names; ids are made from them
 *  ("Pleural Effusion" becomes pleural_effusion); duplicates and empty ones are PX_ERR_USAGE. */
bool px_model_set_labels(px_model *model, const char *labels, px_error *err);

/** Id of a finding's name: lower case, runs of anything but letters and digits become one '_', none
 *  at the ends. Release with free(). NULL and PX_ERR_MEMORY. */
char *px_model_make_label_id(const char *text, size_t length, px_error *err);

/** Infer shapes, and check that outputs, labels and input agree, weights are finite and names hold
 * no control characters. Every importer, builder and loader ends with this. */
bool px_model_finish(px_model *model, px_error *err);
/** The same but for the weights' values. */
bool px_model_check_graph(px_model *model, px_error *err);

/** Give back the memory that a loaded model's weights take; they come from the file again if they
 *  are needed again. */
void px_model_release_weights(const px_model *model);

/** Load a .safetensors model; weights are mapped, not copied. Errors name the file. */
px_model *px_model_load(const char *path, px_error *err);
/** The same for a file that is known to have been loaded before: its weights' values are not looked
 *  at again. Everything else is. */
px_model *px_model_load_known(const char *path, px_error *err);
/** The same from memory, which must outlive the model. For fuzzing and tests. */
px_model *px_model_parse(const void *bytes, size_t size, px_error *err);
/** Write a .safetensors model; nothing is left behind on failure. */
bool px_model_save(const px_model *model, const char *path, px_error *err);

#endif
