/* Checkpoints (checkpoint.h): a safetensors file whose metadata holds the state, as JSON, and a
 * hash over all of it, so that no damage goes unseen. */
#include "checkpoint.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "../base/sha256.h"
#include "../model/safetensors.h"

enum { MAX_DIGEST = 64 << 20 };
static const size_t max_file = (size_t)64 << 30;
static const char metadata_key[] = "perxeptron_checkpoint";
static const char hash_key[] = "sha256";
static const char format_name[] = "perxeptron-checkpoint/1";

/* ---- what belongs into the file ------------------------------------------------------------ */

typedef struct arrays {
    int count;
    px_tensor *tensors; /* names are owned, data are the net's and the optimiser's */
} arrays;

static void clear_arrays(arrays *a) {
    for (int i = 0; i < a->count; i++)
        free(a->tensors[i].name);
    free(a->tensors);
}

static px_tensor *add_array(arrays *a, const char *kind, const char *name, const float *values,
                            px_error *err) {
    px_tensor *tensor = &a->tensors[a->count++];
    *tensor = (px_tensor){.name = px_format(err, "%s/%s", kind, name), .dtype = PX_F32};
    tensor->data = values;
    return tensor->name ? tensor : NULL;
}

static bool list_arrays(const px_training_net *net, px_optimiser *optimiser, arrays *a,
                        px_error *err) {
    px_optimiser_state states[PX_OPTIMISER_STATES];
    int parameters = px_training_net_parameters(net),
        n_states = px_optimiser_get_state(optimiser, states);
    a->tensors = px_alloc((size_t)(parameters + n_states), sizeof *a->tensors, err);
    bool ok = a->tensors != NULL;
    for (int i = 0; ok && i < parameters; i++) {
        const px_parameter *p = px_training_net_parameter(net, i);
        px_tensor *tensor = add_array(a, "weights", p->name, p->value, err);
        ok = tensor != NULL;
        if (ok) {
            tensor->n_dims = p->n_dims;
            memcpy(tensor->dims, p->dims, sizeof tensor->dims);
        }
    }
    for (int i = 0; ok && i < n_states; i++) {
        px_tensor *tensor = add_array(a, "optimiser", states[i].name, states[i].values, err);
        ok = tensor != NULL;
        if (ok) {
            tensor->n_dims = 1;
            tensor->dims[0] = (int64_t)states[i].count;
        }
    }
    return ok;
}

/* A hash of the state's text and of every array with its name. */
static bool hash_all(const char *text, const arrays *wanted, const px_tensor *const *found,
                     char hash[PX_SHA256_HEX], px_error *err) {
    px_buffer digest;
    px_buffer_init(&digest, MAX_DIGEST);
    bool ok = px_buffer_print(&digest, err, "%s\n", text);
    for (int i = 0; ok && i < wanted->count; i++) {
        char part[PX_SHA256_HEX];
        const px_tensor *tensor = found ? found[i] : &wanted->tensors[i];
        px_sha256_bytes(tensor->data, (size_t)px_tensor_count(tensor) * sizeof(float), part);
        ok = px_buffer_print(&digest, err, "%s %s\n", tensor->name, part);
    }
    if (ok)
        px_sha256_bytes(digest.data, digest.size, hash);
    px_buffer_clear(&digest);
    return ok;
}

/* ---- writing ------------------------------------------------------------------------------- */

/* Numbers are texts: JSON knows no NaN, and its writer cuts doubles. */
static json_t *state_to_json(const px_train_state *state) {
    double numbers[PX_TRAIN_STATE_NUMBERS];
    px_train_state_pack(state, numbers);
    json_t *json = json_object();
    bool ok = json != NULL;
    for (int i = 0; ok && i < PX_TRAIN_STATE_NUMBERS; i++)
        ok = json_object_set_new(json, px_train_state_name(i), json_sprintf("%.17g", numbers[i])) ==
             0;
    return px_json_keep_if(json, ok);
}

static char *describe(const char *identity, const px_train_state *state, const px_history *history,
                      px_error *err) {
    px_buffer rows;
    px_buffer_init(&rows, PX_HISTORY_MAX_BYTES);
    json_t *json = NULL;
    if (px_history_write(history, &rows, err)) {
        json =
            json_pack("{s:s, s:s, s:o, s:s}", "format", format_name, "identity", identity, "state",
                      state_to_json(state), "history", rows.data ? (const char *)rows.data : "");
        if (!json)
            px_fail_memory(err);
    }
    px_buffer_clear(&rows);
    char *text = json ? px_json_dump(json, err) : NULL;
    json_decref(json);
    return text;
}

bool px_checkpoint_save(const char *path, const char *identity, const px_train_state *state,
                        const px_training_net *net, px_optimiser *optimiser,
                        const px_history *history, px_error *err) {
    arrays a = {0};
    char hash[PX_SHA256_HEX];
    json_t *metadata = NULL;
    char *text = describe(identity, state, history, err);
    bool ok = text && list_arrays(net, optimiser, &a, err) && hash_all(text, &a, NULL, hash, err);
    if (ok) {
        metadata = json_pack("{s:s, s:s}", metadata_key, text, hash_key, hash);
        ok = metadata ? px_safetensors_write(path, a.tensors, a.count, metadata, err)
                      : px_fail_memory(err);
    }
    json_decref(metadata);
    clear_arrays(&a);
    free(text);
    return ok;
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool state_from_json(const json_t *json, px_train_state *state, px_error *err) {
    double numbers[PX_TRAIN_STATE_NUMBERS];
    for (int i = 0; i < PX_TRAIN_STATE_NUMBERS; i++) {
        const char *text = px_json_text(json, px_train_state_name(i), "state", err);
        char *end = NULL;
        if (!text)
            return false;
        numbers[i] = strtod(text, &end);
        if (end == text || *end)
            return px_fail(err, PX_ERR_INPUT, px_train_state_name(i), "not a number");
    }
    return px_train_state_unpack(numbers, state) ||
           px_fail(err, PX_ERR_INPUT, "state", "a number out of its range");
}

/* Every wanted array, of the same shape, and no other. */
static bool find_arrays(const px_safetensors *file, const arrays *wanted, const px_tensor **found,
                        px_error *err) {
    if (file->n_tensors != wanted->count)
        return px_fail(err, PX_ERR_INPUT, NULL, "%d arrays, not %d", file->n_tensors,
                       wanted->count);
    json_t *index = json_object();
    bool ok = index || px_fail_memory(err);
    for (int i = 0; ok && i < file->n_tensors; i++)
        ok = json_object_set_new_nocheck(index, file->tensors[i].name, json_integer(i)) == 0 ||
             px_fail_memory(err);
    for (int i = 0; ok && i < wanted->count; i++) {
        const px_tensor *tensor = &wanted->tensors[i];
        const json_t *at = json_object_get(index, tensor->name);
        found[i] = at ? &file->tensors[json_integer_value(at)] : NULL;
        ok = at && found[i]->dtype == PX_F32 && found[i]->n_dims == tensor->n_dims &&
             memcmp(found[i]->dims, tensor->dims, (size_t)tensor->n_dims * sizeof(int64_t)) == 0;
        if (!ok)
            px_fail(err, PX_ERR_INPUT, tensor->name, "it is missing, or has another shape");
    }
    json_decref(index);
    return ok;
}

static bool check_identity(const json_t *json, const char *identity, px_error *err) {
    const char *format = px_json_text(json, "format", "checkpoint", err);
    const char *of = format ? px_json_text(json, "identity", "checkpoint", err) : NULL;
    if (!of)
        return false;
    if (strcmp(format, format_name) != 0)
        return px_fail(err, PX_ERR_UNSUPPORTED, NULL, "format \"%s\": %s is known", format,
                       format_name);
    return strcmp(of, identity) == 0 || px_fail(err, PX_ERR_MISMATCH, NULL,
                                                "a checkpoint of another configuration, start file "
                                                "or data: resume with those, train "
                                                "into another folder, or start over");
}

/* What was read, before anything is changed by it. */
typedef struct loaded {
    px_train_state state;
    px_history history;
    arrays arrays;
    const px_tensor **found;
} loaded;

static bool read_history(const json_t *json, const px_history *like, px_history *history,
                         px_error *err) {
    const char *rows = json_string_value(json_object_get(json, "history"));
    if (!rows)
        return px_fail(err, PX_ERR_INPUT, "history", "it is missing");
    if (!px_history_parse(rows, strlen(rows), history, err))
        return false;
    return history->n_findings == like->n_findings ||
           px_fail(err, PX_ERR_INPUT, "history", "%d findings, not %d", history->n_findings,
                   like->n_findings);
}

static bool read_all(const px_safetensors *file, const char *identity, const px_history *like,
                     loaded *l, px_error *err) {
    const char *text = json_string_value(json_object_get(file->metadata, metadata_key)),
               *hash = json_string_value(json_object_get(file->metadata, hash_key));
    json_t *json = text && hash ? json_loads(text, JSON_REJECT_DUPLICATES, NULL) : NULL;
    char real[PX_SHA256_HEX];
    bool ok = json || px_fail(err, PX_ERR_INPUT, NULL, "not a checkpoint of a training");
    ok = ok && check_identity(json, identity, err) &&
         find_arrays(file, &l->arrays, l->found, err) &&
         hash_all(text, &l->arrays, l->found, real, err);
    if (ok && strcmp(real, hash) != 0)
        ok = px_fail(err, PX_ERR_INPUT, NULL, "damaged: its contents do not have their hash");
    const json_t *state = ok ? px_json_object(json, "state", "checkpoint", err) : NULL;
    ok = state && state_from_json(state, &l->state, err) &&
         read_history(json, like, &l->history, err);
    json_decref(json);
    return ok;
}

static void put_back(const loaded *l, px_optimiser *optimiser) {
    for (int i = 0; i < l->arrays.count; i++) {
        const px_tensor *to = &l->arrays.tensors[i];
        memcpy((float *)(uintptr_t)to->data, l->found[i]->data,
               (size_t)px_tensor_count(to) * sizeof(float));
    }
    px_optimiser_set_steps(optimiser, l->state.steps);
}

bool px_checkpoint_load(const char *path, const char *identity, px_train_state *state,
                        px_training_net *net, px_optimiser *optimiser, px_history *history,
                        px_error *err) {
    px_error own = {0};
    px_mapping bytes = {0};
    px_safetensors file = {0};
    loaded l = {0};
    bool ok = px_mapping_open(&bytes, path, max_file, &own) &&
              px_safetensors_parse(bytes.data, bytes.size, &file, &own) &&
              list_arrays(net, optimiser, &l.arrays, &own) &&
              (l.found = px_alloc((size_t)l.arrays.count, sizeof *l.found, &own)) &&
              read_all(&file, identity, history, &l, &own);
    if (ok) {
        put_back(&l, optimiser);
        *state = l.state;
        px_history_clear(history);
        *history = l.history;
    } else {
        px_history_clear(&l.history);
        if (own.code == PX_ERR_UNSUPPORTED || own.code == PX_ERR_LIMIT)
            own.code = PX_ERR_INPUT;
        px_error_add_whole(&own, path);
        px_fail(err, own.code, own.subject, "%s", own.message);
    }
    free(l.found);
    clear_arrays(&l.arrays);
    px_safetensors_clear(&file);
    px_mapping_close(&bytes);
    return ok;
}
