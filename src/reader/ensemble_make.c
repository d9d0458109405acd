/* Making an ensemble from model files: labels joined, files hashed, weights and thresholds read. */
#include "ensemble_make.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "../model/model.h"
#include "finding_csv.h"

/* The models while their ensemble is made. */
typedef struct making {
    const px_ensemble_source *sources;
    int n;
    char *folder; /* of the output, absolute, links followed */
    px_model **models;
    px_finding_values *weights; /* [n], count 0: 1 in everything */
    px_ensemble *ensemble;
} making;

/* Absolute path of a file's folder, links followed. */
static char *real_folder(const char *path, px_error *err) {
    char *beside = px_path_sibling(path, ".", err);
    char *folder = beside ? realpath(beside, NULL) : NULL;
    if (beside && !folder)
        px_fail_errno(err, path, "no such folder");
    free(beside);
    return folder;
}

static const char *base_name(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* The model's path from the output's folder. */
static char *relative_path(const making *m, const char *path, px_error *err) {
    char *folder = real_folder(path, err), *relative = NULL;
    if (!folder)
        return NULL;
    size_t length = strcmp(m->folder, "/") == 0 ? 0 : strlen(m->folder);
    const char *below = folder + length;
    if (strncmp(folder, m->folder, length) != 0 || (*below != '/' && *below != '\0'))
        px_fail(err, PX_ERR_USAGE, path,
                "a member must lie in the ensemble file's folder (%s) or below it", m->folder);
    else if (*below == '\0' || below[1] == '\0')
        relative = px_strdup(base_name(path), err);
    else
        relative = px_format(err, "%s/%s", below + 1, base_name(path));
    free(folder);
    return relative;
}

/* The model's own name, or its file's without the ending when another member has that. */
static char *member_name(const px_ensemble *e, int index, const px_model *model, const char *path,
                         px_error *err) {
    bool taken = !model->name || model->name[0] == '\0';
    for (int i = 0; i < index && !taken; i++)
        taken = strcmp(e->members[i].name, model->name) == 0;
    if (!taken)
        return px_strdup(model->name, err);
    const char *base = base_name(path), *dot = strrchr(base, '.');
    return px_format(err, "%.*s", (int)(dot ? (size_t)(dot - base) : strlen(base)), base);
}

/* JSON holds UTF-8 only. */
static bool check_utf8(const char *text, px_error *err) {
    json_t *string = json_string(text);
    json_decref(string);
    return string || px_fail(err, PX_ERR_USAGE, text, "this name is not UTF-8");
}

static bool load_source(making *m, int index, px_error *err) {
    const px_ensemble_source *source = &m->sources[index];
    px_ensemble_member *member = &m->ensemble->members[index];
    m->models[index] = px_model_load(source->model, err);
    if (!m->models[index] ||
        (source->weights && !px_finding_csv_read(source->weights, &m->weights[index], err)) ||
        !px_sha256_file(source->model, member->sha256, err))
        return false;
    m->ensemble->n_members = index + 1;
    member->file = relative_path(m, source->model, err);
    member->name = member_name(m->ensemble, index, m->models[index], source->model, err);
    return member->file && member->name && check_utf8(member->file, err) &&
           check_utf8(member->name, err);
}

/* A model's weight for a label of its own. */
static double label_weight(const making *m, int index, const char *id) {
    const px_finding_values *weights = &m->weights[index];
    int at = px_finding_values_find(weights, id);
    return weights->count == 0 ? 1 : at >= 0 ? weights->values[at] : 0;
}

static bool has_label(const px_model *model, const char *id) {
    for (int i = 0; i < model->n_labels; i++) {
        if (strcmp(model->labels[i], id) == 0)
            return model->label_trained[i];
    }
    return false;
}

static bool check_weights(const making *m, int index, px_error *err) {
    const px_finding_values *weights = &m->weights[index];
    for (int i = 0; i < weights->count; i++) {
        const char *csv = m->sources[index].weights, *id = weights->ids[i];
        if (!(weights->values[i] >= 0 && weights->values[i] <= 1e6))
            return px_fail(err, PX_ERR_INPUT, csv, "the weight of %s is not from 0 to 1000000", id);
        if (!has_label(m->models[index], id))
            return px_fail(err, PX_ERR_MISMATCH, csv, "%s has no trained output for %s",
                           m->sources[index].model, id);
    }
    return true;
}

/* "pleural_effusion" to "Pleural effusion". */
static char *name_from_id(const char *id, px_error *err) {
    char *name = px_strdup(id, err);
    for (char *p = name; p && *p; p++)
        *p = *p == '_' ? ' ' : p == name ? (char)toupper((unsigned char)*p) : *p;
    return name;
}

static bool add_finding(px_ensemble *e, const char *id, px_error *err) {
    if (e->n_findings == PX_ENSEMBLE_MAX_FINDINGS)
        return px_fail(err, PX_ERR_LIMIT, NULL, "more than %d findings", PX_ENSEMBLE_MAX_FINDINGS);
    if (!px_ensemble_id_ok(id))
        return px_fail(err, PX_ERR_INPUT, id, "an id of at most 64 of a-z, 0-9 and _ is needed");
    void *findings = e->findings;
    if (!px_realloc(&findings, (size_t)e->n_findings + 1, sizeof *e->findings, err))
        return false;
    e->findings = findings;
    px_ensemble_finding *finding = &e->findings[e->n_findings++];
    *finding = (px_ensemble_finding){.id = px_strdup(id, err), .name = name_from_id(id, err)};
    return finding->id && finding->name;
}

static bool join_findings(const making *m, px_error *err) {
    px_ensemble *e = m->ensemble;
    for (int i = 0; i < m->n; i++) {
        const px_model *model = m->models[i];
        if (!check_weights(m, i, err))
            return false;
        for (int k = 0; k < model->n_labels; k++) {
            const char *id = model->labels[k];
            if (model->label_trained[k] && label_weight(m, i, id) > 0 &&
                px_ensemble_find(e, id) < 0 && !add_finding(e, id, err))
                return false;
        }
    }
    return e->n_findings > 0 ||
           px_fail(err, PX_ERR_INPUT, NULL, "no member has a weight for any finding");
}

static bool fill_weights(const making *m, px_error *err) {
    px_ensemble *e = m->ensemble;
    for (int i = 0; i < m->n; i++) {
        double *weights = px_alloc((size_t)e->n_findings, sizeof *weights, err);
        e->members[i].weights = weights;
        if (!weights)
            return false;
        for (int f = 0; f < e->n_findings; f++) {
            if (has_label(m->models[i], e->findings[f].id))
                weights[f] = label_weight(m, i, e->findings[f].id);
        }
    }
    return true;
}

static json_t *member_hashes(const px_ensemble *e) {
    json_t *hashes = json_object();
    bool ok = hashes != NULL;
    for (int i = 0; ok && i < e->n_members; i++)
        ok =
            json_object_set_new(hashes, e->members[i].name, json_string(e->members[i].sha256)) == 0;
    return px_json_keep_if(hashes, ok);
}

static bool put_threshold(px_ensemble *e, json_t *thresholds, const char *id, double value,
                          px_error *err) {
    int finding = px_ensemble_find(e, id);
    if (finding < 0)
        return px_fail(err, PX_ERR_MISMATCH, NULL, "the ensemble has no finding %s", id);
    if (!(value >= 0 && value <= 1))
        return px_fail(err, PX_ERR_INPUT, NULL, "the threshold of %s is not from 0 to 1", id);
    e->findings[finding].has_threshold = true;
    e->findings[finding].threshold = value;
    return json_object_set_new(thresholds, id, json_real(value)) == 0 || px_fail_memory(err);
}

static bool add_thresholds(px_ensemble *e, const char *path, px_error *err) {
    px_finding_values values = {0};
    json_t *thresholds = json_object();
    bool ok = (thresholds || px_fail_memory(err)) && px_finding_csv_read(path, &values, err);
    for (int i = 0; ok && i < values.count; i++)
        ok = put_threshold(e, thresholds, values.ids[i], values.values[i], err);
    if (ok) {
        e->operating_points = json_pack("{sssOso}", "method", "given", "thresholds", thresholds,
                                        "members", member_hashes(e));
        ok = e->operating_points || px_fail_memory(err);
    } else {
        px_error_set_subject(err, path);
    }
    json_decref(thresholds);
    px_finding_values_clear(&values);
    return ok;
}

static bool check_names(const making *m, const char *name, px_error *err) {
    if (!check_utf8(name, err))
        return false;
    for (int i = 0; i < m->n; i++) {
        for (int k = 0; k < i; k++) {
            if (strcmp(m->ensemble->members[i].name, m->ensemble->members[k].name) == 0)
                return px_fail(err, PX_ERR_USAGE, m->sources[i].model,
                               "two members are called %s: give their files other names",
                               m->ensemble->members[i].name);
        }
    }
    return true;
}

static bool make(making *m, const char *name, const char *thresholds, const char *output,
                 px_error *err) {
    px_ensemble *e = m->ensemble;
    m->models = px_alloc((size_t)m->n, sizeof(px_model *), err);
    m->weights = px_alloc((size_t)m->n, sizeof *m->weights, err);
    e->members = px_alloc((size_t)m->n, sizeof *e->members, err);
    e->name = px_strdup(name, err);
    m->folder = real_folder(output, err);
    bool ok = m->models && m->weights && e->members && e->name && m->folder;
    for (int i = 0; ok && i < m->n; i++)
        ok = load_source(m, i, err);
    return ok && check_names(m, name, err) && join_findings(m, err) && fill_weights(m, err) &&
           (!thresholds || add_thresholds(e, thresholds, err));
}

bool px_ensemble_make(const px_ensemble_source *sources, int n, const char *name,
                      const char *thresholds, const char *output, px_ensemble *ensemble,
                      px_error *err) {
    if (n < 1 || n > PX_ENSEMBLE_MAX_MEMBERS)
        return px_fail(err, PX_ERR_USAGE, NULL, "%d members: 1 to %d are allowed", n,
                       PX_ENSEMBLE_MAX_MEMBERS);
    px_ensemble made;
    px_ensemble_init(&made);
    making m = {.sources = sources, .n = n, .ensemble = &made};
    bool ok = make(&m, name, thresholds, output, err);
    for (int i = 0; i < n; i++) {
        if (m.models)
            px_model_unref(m.models[i]);
        if (m.weights)
            px_finding_values_clear(&m.weights[i]);
    }
    free(m.models);
    free(m.weights);
    free(m.folder);
    if (ok) {
        px_ensemble_clear(ensemble);
        *ensemble = made;
    } else {
        px_ensemble_clear(&made);
    }
    return ok;
}
