/* Ensembles in memory: life, look-ups, checks across parts, and writing the file. */
#include "ensemble.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"

enum { MAX_FILE_BYTES = 4 << 20 };

void px_ensemble_init(px_ensemble *ensemble) {
    *ensemble = (px_ensemble){0};
}

void px_ensemble_clear(px_ensemble *ensemble) {
    for (int i = 0; i < ensemble->n_findings; i++) {
        free(ensemble->findings[i].id);
        free(ensemble->findings[i].name);
        px_calibration_clear(&ensemble->findings[i].calibration);
    }
    for (int i = 0; i < ensemble->n_members; i++) {
        free(ensemble->members[i].name);
        free(ensemble->members[i].file);
        free(ensemble->members[i].weights);
    }
    free(ensemble->findings);
    free(ensemble->members);
    free(ensemble->name);
    json_decref(ensemble->operating_points);
    json_decref(ensemble->calibration);
    json_decref(ensemble->card);
    px_ensemble_init(ensemble);
}

bool px_ensemble_load(const char *path, px_ensemble *ensemble, px_error *err) {
    px_buffer text;
    px_buffer_init(&text, MAX_FILE_BYTES);
    bool ok =
        px_file_read(path, &text, err) && px_ensemble_parse(text.data, text.size, ensemble, err);
    px_error_set_subject(ok ? NULL : err, path);
    px_buffer_clear(&text);
    return ok;
}

bool px_ensemble_file_name_ok(const char *file) {
    if (file[0] == '\0')
        return false;
    for (const char *part = file;; part++) {
        size_t length = strcspn(part, "/");
        bool dots = part[0] == '.' && (length == 1 || (length == 2 && part[1] == '.'));
        if (length == 0 || dots)
            return false;
        part += length;
        if (*part == '\0')
            return true;
    }
}

bool px_ensemble_id_ok(const char *id) {
    size_t length = strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return length > 0 && length <= 64 && id[length] == '\0';
}

int px_ensemble_find(const px_ensemble *ensemble, const char *id) {
    for (int i = 0; i < ensemble->n_findings; i++) {
        if (strcmp(ensemble->findings[i].id, id) == 0)
            return i;
    }
    return -1;
}

double px_ensemble_total_weight(const px_ensemble *ensemble, int finding) {
    double total = 0;
    for (int i = 0; i < ensemble->n_members; i++)
        total += ensemble->members[i].weights[finding];
    return total;
}

static bool check_measured(const px_ensemble *ensemble, const json_t *block, const char *what,
                           px_error *err) {
    const json_t *measured = json_object_get(block, "members");
    if (!measured)
        return true;
    for (int i = 0; i < ensemble->n_members; i++) {
        const px_ensemble_member *member = &ensemble->members[i];
        const char *hash = json_string_value(json_object_get(measured, member->name));
        if (!hash || strcmp(hash, member->sha256) != 0)
            return px_fail(err, PX_ERR_MISMATCH, NULL, "%s was not measured with this %s (%s)",
                           what, member->name, hash ? "another hash" : "not in its members");
    }
    if (json_object_size(measured) != (size_t)ensemble->n_members)
        return px_fail(err, PX_ERR_MISMATCH, NULL,
                       "%s was measured with %zu members, the ensemble has %d", what,
                       json_object_size(measured), ensemble->n_members);
    return true;
}

bool px_ensemble_check_measured(const px_ensemble *ensemble, px_error *err) {
    return check_measured(ensemble, ensemble->operating_points, "operating_points", err) &&
           check_measured(ensemble, ensemble->calibration, "calibration", err);
}

static json_t *findings_to_json(const px_ensemble *ensemble) {
    json_t *list = json_array();
    bool ok = list != NULL;
    for (int i = 0; ok && i < ensemble->n_findings; i++) {
        const px_ensemble_finding *f = &ensemble->findings[i];
        ok = json_array_append_new(list, json_pack("{ssss}", "id", f->id, "name", f->name)) == 0;
    }
    return px_json_keep_if(list, ok);
}

static json_t *member_to_json(const px_ensemble *ensemble, const px_ensemble_member *member) {
    json_t *weights = json_object();
    bool ok = weights != NULL;
    for (int i = 0; ok && i < ensemble->n_findings; i++)
        ok = !(member->weights[i] > 0) || json_object_set_new(weights, ensemble->findings[i].id,
                                                              json_real(member->weights[i])) == 0;
    return json_pack("{ssssssso}", "name", member->name, "file", member->file, "sha256",
                     member->sha256, "weights", px_json_keep_if(weights, ok));
}

static json_t *members_to_json(const px_ensemble *ensemble) {
    json_t *list = json_array();
    bool ok = list != NULL;
    for (int i = 0; ok && i < ensemble->n_members; i++)
        ok = json_array_append_new(list, member_to_json(ensemble, &ensemble->members[i])) == 0;
    return px_json_keep_if(list, ok);
}

/* What is written can be read back. */
static bool check_text(const char *text, px_error *err) {
    px_ensemble again;
    px_ensemble_init(&again);
    bool ok =
        strlen(text) <= MAX_FILE_BYTES ||
        px_fail(err, PX_ERR_LIMIT, NULL, "the ensemble file would have %zu bytes, more than %d",
                strlen(text), MAX_FILE_BYTES);
    ok = ok && px_ensemble_parse(text, strlen(text), &again, err);
    px_ensemble_clear(&again);
    return ok;
}

bool px_ensemble_save(const px_ensemble *ensemble, const char *path, px_error *err) {
    json_t *root = json_pack(
        "{sssssososO*sO*sO*}", "format", PX_ENSEMBLE_FORMAT, "name", ensemble->name, "findings",
        findings_to_json(ensemble), "members", members_to_json(ensemble), "operating_points",
        ensemble->operating_points, "calibration", ensemble->calibration, "card", ensemble->card);
    char *text = root ? px_json_dump_lines(root, err) : NULL;
    bool ok = text ? check_text(text, err) && px_file_write(path, text, strlen(text), err)
                   : px_fail_memory(err);
    free(text);
    json_decref(root);
    return ok;
}
