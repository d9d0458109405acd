/* Opening an ensemble: every member hashed, loaded and compiled, several at a time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "known_model.h"
#include "reader.h"
#include "reader_parts.h"

static void clear_member(px_member *member) {
    px_plan_free(member->plan);
    px_head_free(member->head);
    free(member->outputs);
    px_model_unref(member->model);
}

void px_reader_free(px_reader *reader) {
    if (!reader)
        return;
    for (int i = 0; reader->members && i < reader->ensemble.n_members; i++)
        clear_member(&reader->members[i]);
    free(reader->members);
    free(reader->specs);
    px_schedule_free(reader->schedule);
    px_pool_free(reader->pool);
    for (int i = 0; i < reader->n_workspaces; i++)
        px_workspace_free(reader->workspaces[i]);
    free(reader->workspaces);
    free(reader->costs);
    px_ensemble_clear(&reader->ensemble);
    px_cache_free(reader->cache);
    free(reader);
}

static bool check_hash(const char *path, const px_ensemble_member *entry, px_error *err) {
    char hash[PX_SHA256_HEX];
    if (!px_sha256_file(path, hash, err))
        return false;
    if (strcmp(hash, entry->sha256) != 0)
        return px_fail(err, PX_ERR_MISMATCH, path,
                       "its SHA-256 is %.12s…, the ensemble file says %.12s…: not the model it "
                       "was made with",
                       hash, entry->sha256);
    return true;
}

static bool map_labels(const px_ensemble *ensemble, const px_ensemble_member *entry,
                       const char *path, px_member *member, px_error *err) {
    const px_model *model = member->model;
    member->n_outputs = model->n_labels;
    member->outputs = px_alloc((size_t)ensemble->n_findings, sizeof(int), err);
    for (int f = 0; member->outputs && f < ensemble->n_findings; f++) {
        int label = model->n_labels - 1;
        while (label >= 0 && strcmp(model->labels[label], ensemble->findings[f].id) != 0)
            label--;
        if (label >= 0 && !model->label_trained[label])
            label = -1;
        if (label < 0 && entry->weights[f] > 0)
            return px_fail(err, PX_ERR_MISMATCH, path,
                           "it has a weight for %s, which is not among the model's labels, or was "
                           "never trained",
                           ensemble->findings[f].id);
        member->outputs[f] = label;
    }
    return member->outputs != NULL;
}

/* Only memory may fail here: a head without gradients still gives scores. */
static bool prepare_head(const px_graph *graph, px_member *member, px_error *err) {
    member->head = px_head_new(graph, &member->no_head);
    if (member->head)
        member->features = graph->nodes[px_graph_feature_node(graph)].shape;
    else if (member->no_head.code != PX_ERR_UNSUPPORTED)
        return px_fail(err, member->no_head.code, NULL, "%s", member->no_head.message);
    return true;
}

static bool compile_member(const px_reader *reader, const px_ensemble_member *entry,
                           const char *path, px_member *member, px_error *err) {
    const px_graph *graph = &member->model->graph;
    if (graph->nodes[graph->output].op != PX_OP_SIGMOID)
        return px_fail(err, PX_ERR_UNSUPPORTED, path,
                       "the network ends in %s, not in a sigmoid: its answers are not "
                       "probabilities",
                       px_op_name(graph->nodes[graph->output].op));
    const px_plan_options options = {.batch = 1, .tier = px_cpu_best()};
    const px_plan_store store = {reader->cache, entry->sha256};
    if (!map_labels(&reader->ensemble, entry, path, member, err) ||
        !prepare_head(graph, member, err))
        return false;
    member->plan = px_plan_new_stored(graph, &options, reader->cache ? &store : NULL, err);
    px_model_release_weights(member->model);
    return member->plan != NULL;
}

/* What the tasks that load members share. */
typedef struct loading {
    px_reader *reader;
    const char *path;
    bool accept_mismatch;
    px_error *errors; /* [n_members] */
} loading;

/* A file that the cache knows is neither hashed nor are its weights looked through again. */
static bool open_member(const loading *l, const px_ensemble_member *entry, const char *path,
                        px_member *member, px_error *err) {
    const px_cache *cache = l->reader->cache;
    px_file_state state;
    bool watched = cache && px_file_state_get(&state, path);
    bool known = watched && px_known_model_find(cache, &state, entry->sha256);
    if (!known && !l->accept_mismatch && !check_hash(path, entry, err))
        return false;
    member->model = known ? px_model_load_known(path, err) : px_model_load(path, err);
    if (!member->model || !compile_member(l->reader, entry, path, member, err))
        return false;
    if (watched && !known) /* where that fails the plan's own entry has failed, too */
        px_known_model_record(cache, &state, path, entry->sha256, NULL);
    return true;
}

static void load_member(void *context, int index, int worker) {
    (void)worker;
    loading *l = context;
    const px_ensemble_member *entry = &l->reader->ensemble.members[index];
    px_error *err = &l->errors[index];
    char *path = px_path_sibling(l->path, entry->file, err);
    if (path)
        open_member(l, entry, path, &l->reader->members[index], err);
    px_error_set_subject(err, path);
    free(path);
}

static bool load_members(px_reader *reader, const char *path, bool accept_mismatch, px_error *err) {
    int n = reader->ensemble.n_members;
    loading l = {.reader = reader, .path = path, .accept_mismatch = accept_mismatch};
    l.errors = px_alloc((size_t)n, sizeof *l.errors, err);
    reader->members = px_alloc((size_t)n, sizeof *reader->members, err);
    if (!l.errors || !reader->members) {
        free(l.errors);
        return false;
    }
    px_pool_run(reader->pool, n, load_member, &l);
    bool ok = true;
    reader->trained = true;
    for (int i = 0; ok && i < n; i++) {
        const px_error *e = &l.errors[i];
        ok = e->code == PX_OK || px_fail(err, e->code, e->subject, "%s", e->message);
        reader->trained = ok && reader->trained && reader->members[i].model->trained;
    }
    free(l.errors);
    return ok;
}

static bool same_spec(const px_input_spec *a, const px_input_spec *b) {
    bool same = a->width == b->width && a->height == b->height && a->channels == b->channels &&
                a->crop == b->crop && a->equalise == b->equalise && a->resize == b->resize &&
                a->scaling == b->scaling;
    for (int i = 0; a->scaling == PX_SCALING_FEATUREWISE && i < 3; i++)
        same = same && a->mean[i] == b->mean[i] && a->std[i] == b->std[i];
    return same;
}

/* Members that want the same input share one prepared tensor. */
static bool share_specs(px_reader *reader, px_error *err) {
    int n = reader->ensemble.n_members;
    reader->specs = px_alloc((size_t)n, sizeof *reader->specs, err);
    for (int i = 0; reader->specs && i < n; i++) {
        px_member *member = &reader->members[i];
        while (member->spec < reader->n_specs &&
               !same_spec(&reader->specs[member->spec], &member->model->input))
            member->spec++;
        if (member->spec == reader->n_specs)
            reader->specs[reader->n_specs++] = member->model->input;
    }
    return reader->specs != NULL;
}

/* Memory for as many members as may run at once; each member fits into any. */
static bool add_workspaces(px_reader *reader, px_error *err) {
    const px_plan *largest = reader->members[0].plan;
    for (int i = 1; i < reader->ensemble.n_members; i++) {
        const px_plan *plan = reader->members[i].plan;
        if (px_plan_workspace_bytes(plan) > px_plan_workspace_bytes(largest))
            largest = plan;
    }
    int lanes = px_schedule_lanes(reader->schedule);
    reader->workspaces = px_alloc((size_t)lanes, sizeof *reader->workspaces, err);
    while (reader->workspaces && reader->n_workspaces < lanes) {
        px_workspace *workspace = px_workspace_new(largest, err);
        if (!workspace)
            return false;
        reader->workspaces[reader->n_workspaces++] = workspace;
    }
    return reader->workspaces != NULL;
}

static bool start_schedule(px_reader *reader, px_error *err) {
    int n = reader->ensemble.n_members;
    reader->costs = px_alloc((size_t)n, sizeof *reader->costs, err);
    for (int i = 0; reader->costs && i < n; i++)
        reader->costs[i] = 1 + (double)px_graph_count_macs(&reader->members[i].model->graph);
    if (reader->costs)
        reader->schedule = px_schedule_start(reader->pool, reader->costs, n, err);
    return reader->schedule && add_workspaces(reader, err);
}

/* Nothing here stops the opening. */
static void open_cache(px_reader *reader, const px_reader_options *options) {
    px_error why = {0};
    bool wanted = !options->accept_mismatch && (!options->cache || options->cache[0]);
    if (wanted)
        reader->cache = px_cache_open(options->cache, &why);
    if (why.code)
        snprintf(reader->cache_note, sizeof reader->cache_note,
                 "packed weights are not kept: %s: %s", why.subject, why.message);
    else if (!reader->cache)
        snprintf(reader->cache_note, sizeof reader->cache_note, "packed weights are not kept");
}

static void note_cache(px_reader *reader) {
    px_error why = {0};
    int mapped = 0, n = reader->ensemble.n_members;
    if (!reader->cache)
        return;
    for (int i = 0; i < n; i++)
        mapped += px_plan_is_mapped(reader->members[i].plan, why.code ? NULL : &why);
    snprintf(reader->cache_note, sizeof reader->cache_note,
             "packed weights of %d of %d networks were in %s%s%s", mapped, n,
             px_cache_folder(reader->cache), why.code ? "; others could not be kept: " : "",
             why.message);
}

static bool check_threads(int threads, px_error *err) {
    if (threads < 0 || threads > 1024)
        return px_fail(err, PX_ERR_USAGE, NULL, "%d threads: 0 (all) to 1024", threads);
    return true;
}

static bool open_reader(px_reader *reader, const char *path, const px_reader_options *options,
                        px_error *err) {
    if (!check_threads(options->threads, err) || !px_ensemble_load(path, &reader->ensemble, err))
        return false;
    if (!options->accept_mismatch && !px_ensemble_check_measured(&reader->ensemble, err)) {
        px_error_set_subject(err, path);
        return false;
    }
    open_cache(reader, options);
    reader->pool = px_pool_new(options->threads, err);
    if (!reader->pool || !load_members(reader, path, options->accept_mismatch, err) ||
        !share_specs(reader, err) || !start_schedule(reader, err))
        return false;
    note_cache(reader);
    return true;
}

px_reader *px_reader_open(const char *path, const px_reader_options *options, px_error *err) {
    const px_reader_options defaults = {0};
    px_reader *reader = px_alloc(1, sizeof *reader, err);
    if (reader && open_reader(reader, path, options ? options : &defaults, err))
        return reader;
    px_reader_free(reader);
    return NULL;
}

const px_ensemble *px_reader_ensemble(const px_reader *reader) {
    return &reader->ensemble;
}

bool px_reader_has_heat_maps(const px_reader *reader) {
    for (int i = 0; i < reader->ensemble.n_members; i++) {
        if (!reader->members[i].head)
            return false;
    }
    return true;
}

const char *px_reader_cache_note(const px_reader *reader) {
    return reader->cache_note;
}

const char *px_reader_name(const px_reader *reader) {
    return reader->ensemble.name;
}

const char *px_reader_version(const px_reader *reader) {
    return reader->ensemble.version;
}

bool px_reader_trained(const px_reader *reader) {
    return reader->trained;
}

const char *px_reader_notice(const px_reader *reader) {
    return reader->trained ? NULL : PX_NOTICE_UNTRAINED;
}

int px_reader_members(const px_reader *reader) {
    return reader->ensemble.n_members;
}

const char *px_reader_member_name(const px_reader *reader, int member) {
    return member >= 0 && member < reader->ensemble.n_members
               ? reader->ensemble.members[member].name
               : NULL;
}

void px_reader_step_back(px_reader *reader) {
    px_schedule_step_back(reader->schedule);
}

int px_reader_readings_at_once(const px_reader *reader) {
    return px_schedule_readings(reader->schedule);
}
