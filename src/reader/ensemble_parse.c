/* The ensemble file's grammar: JSON to px_ensemble, refusing whatever is not understood. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "ensemble.h"
#include "ensemble_calibration.h"

enum { MAX_NAME = 200, MAX_WHERE = 160 };

static const char *const root_keys[] = {"format",           "name",        "findings", "members",
                                        "operating_points", "calibration", "card",     NULL};
static const char *const finding_keys[] = {"id", "name", NULL};
static const char *const member_keys[] = {"name", "file", "sha256", "weights", NULL};
static const char *const point_keys[] = {"method", "data", "images", "thresholds", "members", NULL};
static const char *const calibration_keys[] = {"method",     "data",    "images",
                                               "parameters", "members", NULL};

static bool check_object(const json_t *value, const char *where, const char *const *known,
                         px_error *err) {
    if (!json_is_object(value))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s is missing or not an object", where);
    const char *key;
    json_t *item;
    json_object_foreach((json_t *)(uintptr_t)value, key, item) {
        int i = 0;
        while (known[i] && strcmp(known[i], key) != 0)
            i++;
        if (!known[i])
            return px_fail(err, PX_ERR_INPUT, NULL, "%s has an unknown key \"%.64s\"", where, key);
    }
    return true;
}

/* A text of 1 to MAX_NAME bytes without control characters, or NULL and an error. */
static const char *get_text(const json_t *object, const char *where, const char *key,
                            px_error *err) {
    const char *text = json_string_value(json_object_get(object, key));
    if (!text || text[0] == '\0' || strlen(text) > MAX_NAME) {
        px_fail(err, PX_ERR_INPUT, NULL, "%s.%s is missing or not a text of 1 to %d bytes", where,
                key, MAX_NAME);
        return NULL;
    }
    if (px_text_is_plain(text))
        return text;
    px_fail(err, PX_ERR_INPUT, NULL, "%s.%s holds a control character", where, key);
    return NULL;
}

/* Number of items of a list; 0 and an error when it is none, empty or too long. */
static int count_items(const json_t *list, const char *what, int most, px_error *err) {
    size_t count = json_array_size(list);
    if (count >= 1 && count <= (size_t)most)
        return (int)count;
    px_fail(err, PX_ERR_INPUT, NULL, "%s is missing or not a list of 1 to %d", what, most);
    return 0;
}

static bool parse_finding(const json_t *item, int index, px_ensemble *ensemble, px_error *err) {
    char where[MAX_WHERE];
    snprintf(where, sizeof where, "findings[%d]", index);
    if (!check_object(item, where, finding_keys, err))
        return false;
    const char *id = get_text(item, where, "id", err);
    const char *name = id ? get_text(item, where, "name", err) : NULL;
    if (!name)
        return false;
    if (!px_ensemble_id_ok(id))
        return px_fail(err, PX_ERR_INPUT, NULL,
                       "%s.id \"%s\" may hold only a-z, 0-9 and _, at most 64", where, id);
    if (px_ensemble_find(ensemble, id) >= 0)
        return px_fail(err, PX_ERR_INPUT, NULL, "%s.id \"%s\" is there twice", where, id);
    px_ensemble_finding *finding = &ensemble->findings[index];
    finding->id = px_strdup(id, err);
    finding->name = px_strdup(name, err);
    ensemble->n_findings = index + 1;
    return finding->id && finding->name;
}

static bool parse_findings(const json_t *list, px_ensemble *ensemble, px_error *err) {
    int count = count_items(list, "findings", PX_ENSEMBLE_MAX_FINDINGS, err);
    if (!count)
        return false;
    ensemble->findings = px_alloc((size_t)count, sizeof *ensemble->findings, err);
    for (int i = 0; ensemble->findings && i < count; i++) {
        if (!parse_finding(json_array_get(list, (size_t)i), i, ensemble, err))
            return false;
    }
    return ensemble->findings != NULL;
}

/* An object of numbers by finding id: calls `put` for each. */
typedef bool (*put_value)(px_ensemble *ensemble, void *context, int finding, const json_t *value,
                          const char *where, px_error *err);

static bool parse_by_finding(const json_t *object, const char *what, px_ensemble *ensemble,
                             put_value put, void *context, px_error *err) {
    if (!json_is_object(object))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s is missing or not an object", what);
    const char *key;
    json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, key, value) {
        char where[MAX_WHERE];
        snprintf(where, sizeof where, "%.80s.%.64s", what, key);
        int finding = px_ensemble_find(ensemble, key);
        if (finding < 0)
            return px_fail(err, PX_ERR_INPUT, NULL, "%s: no finding has this id", where);
        if (!put(ensemble, context, finding, value, where, err))
            return false;
    }
    return true;
}

static bool put_weight(px_ensemble *ensemble, void *context, int finding, const json_t *value,
                       const char *where, px_error *err) {
    (void)ensemble;
    double weight = json_is_number(value) ? json_number_value(value) : -1;
    if (!(weight >= 0 && weight <= 1e6))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s is not a number from 0 to 1000000", where);
    ((double *)context)[finding] = weight;
    return true;
}

static bool put_threshold(px_ensemble *ensemble, void *context, int finding, const json_t *value,
                          const char *where, px_error *err) {
    (void)context;
    double threshold = json_is_number(value) ? json_number_value(value) : -1;
    if (!(threshold >= 0 && threshold <= 1))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s is not a number from 0 to 1", where);
    ensemble->findings[finding].has_threshold = true;
    ensemble->findings[finding].threshold = threshold;
    return true;
}

static bool put_calibration(px_ensemble *ensemble, void *context, int finding, const json_t *value,
                            const char *where, px_error *err) {
    const px_calibration_method *method = context;
    px_ensemble_finding *f = &ensemble->findings[finding];
    f->has_calibration = px_ensemble_calibration_parse(value, *method, where, &f->calibration, err);
    return f->has_calibration;
}

static bool sha256_ok(const char *hash) {
    return hash && strlen(hash) == 64 && strspn(hash, "0123456789abcdef") == 64;
}

static const px_ensemble_member *find_member(const px_ensemble *ensemble, const char *name) {
    for (int i = 0; i < ensemble->n_members; i++) {
        if (strcmp(ensemble->members[i].name, name) == 0)
            return &ensemble->members[i];
    }
    return NULL;
}

static bool parse_member(const json_t *item, int index, px_ensemble *ensemble, px_error *err) {
    char where[MAX_WHERE], weights[MAX_WHERE];
    snprintf(where, sizeof where, "members[%d]", index);
    snprintf(weights, sizeof weights, "members[%d].weights", index);
    if (!check_object(item, where, member_keys, err))
        return false;
    const char *name = get_text(item, where, "name", err);
    const char *file = name ? get_text(item, where, "file", err) : NULL;
    if (!file)
        return false;
    const char *hash = json_string_value(json_object_get(item, "sha256"));
    if (find_member(ensemble, name))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s.name \"%s\" is there twice", where, name);
    if (!px_ensemble_file_name_ok(file))
        return px_fail(err, PX_ERR_INPUT, NULL,
                       "%s.file \"%s\" must be a path relative to the ensemble file, without "
                       "\".\" or \"..\"",
                       where, file);
    if (!sha256_ok(hash))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s.sha256 is not 64 lower-case hex digits", where);
    px_ensemble_member *member = &ensemble->members[index];
    ensemble->n_members = index + 1;
    member->name = px_strdup(name, err);
    member->file = px_strdup(file, err);
    member->weights = px_alloc((size_t)ensemble->n_findings, sizeof(double), err);
    snprintf(member->sha256, sizeof member->sha256, "%s", hash);
    return member->name && member->file && member->weights &&
           parse_by_finding(json_object_get(item, "weights"), weights, ensemble, put_weight,
                            member->weights, err);
}

static bool parse_members(const json_t *list, px_ensemble *ensemble, px_error *err) {
    int count = count_items(list, "members", PX_ENSEMBLE_MAX_MEMBERS, err);
    if (!count)
        return false;
    ensemble->members = px_alloc((size_t)count, sizeof *ensemble->members, err);
    for (int i = 0; ensemble->members && i < count; i++) {
        if (!parse_member(json_array_get(list, (size_t)i), i, ensemble, err))
            return false;
    }
    return ensemble->members != NULL;
}

static bool check_totals(const px_ensemble *ensemble, px_error *err) {
    for (int i = 0; i < ensemble->n_findings; i++) {
        if (!(px_ensemble_total_weight(ensemble, i) > 0))
            return px_fail(err, PX_ERR_INPUT, NULL, "no member has a weight for the finding %s",
                           ensemble->findings[i].id);
    }
    return true;
}

/* What a block of measured numbers says of its origin: method, data, images, members. */
static bool check_origin(const json_t *block, const char *what, px_error *err) {
    const json_t *images = json_object_get(block, "images");
    if (!get_text(block, what, "method", err) ||
        (json_object_get(block, "data") && !get_text(block, what, "data", err)))
        return false;
    if (images && !(json_is_integer(images) && json_integer_value(images) >= 0))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s.images is not a count", what);
    const json_t *members = json_object_get(block, "members");
    if (members && !json_is_object(members))
        return px_fail(err, PX_ERR_INPUT, NULL, "%s.members is not an object", what);
    const char *key;
    json_t *hash;
    json_object_foreach((json_t *)(uintptr_t)members, key, hash) {
        if (!sha256_ok(json_string_value(hash)))
            return px_fail(err, PX_ERR_INPUT, NULL,
                           "%s.members.%.64s is not 64 lower-case hex digits", what, key);
    }
    return true;
}

static bool parse_operating_points(json_t *block, px_ensemble *ensemble, px_error *err) {
    if (!block)
        return true;
    ensemble->operating_points = json_incref(block);
    return check_object(block, "operating_points", point_keys, err) &&
           check_origin(block, "operating_points", err) &&
           parse_by_finding(json_object_get(block, "thresholds"), "operating_points.thresholds",
                            ensemble, put_threshold, NULL, err);
}

static bool parse_calibration(json_t *block, px_ensemble *ensemble, px_error *err) {
    if (!block)
        return true;
    ensemble->calibration = json_incref(block);
    if (!check_object(block, "calibration", calibration_keys, err) ||
        !check_origin(block, "calibration", err))
        return false;
    const char *name = json_string_value(json_object_get(block, "method"));
    px_calibration_method method;
    return px_ensemble_calibration_method(name, "calibration.method", &method, err) &&
           parse_by_finding(json_object_get(block, "parameters"), "calibration.parameters",
                            ensemble, put_calibration, &method, err);
}

static bool check_format(const json_t *root, px_error *err) {
    const char *format = json_string_value(json_object_get(root, "format"));
    if (!format || strncmp(format, "perxeptron-ensemble/", 20) != 0)
        return px_fail(err, PX_ERR_INPUT, NULL,
                       "not an ensemble file: \"format\" is not \"" PX_ENSEMBLE_FORMAT "\"");
    if (strcmp(format, PX_ENSEMBLE_FORMAT) != 0)
        return px_fail(err, PX_ERR_UNSUPPORTED, NULL,
                       "its format is %.60s; this program reads " PX_ENSEMBLE_FORMAT, format);
    return true;
}

static bool parse_root(const json_t *root, px_ensemble *ensemble, px_error *err) {
    if (!check_format(root, err) || !check_object(root, "the file", root_keys, err))
        return false;
    ensemble->name = px_strdup(get_text(root, "the file", "name", err), err);
    if (!ensemble->name || !parse_findings(json_object_get(root, "findings"), ensemble, err) ||
        !parse_members(json_object_get(root, "members"), ensemble, err) ||
        !check_totals(ensemble, err) ||
        !parse_operating_points(json_object_get(root, "operating_points"), ensemble, err) ||
        !parse_calibration(json_object_get(root, "calibration"), ensemble, err))
        return false;
    ensemble->card = json_incref(json_object_get(root, "card"));
    if (ensemble->card && !json_is_object(ensemble->card))
        return px_fail(err, PX_ERR_INPUT, NULL, "card is not an object");
    return true;
}

bool px_ensemble_parse(const void *bytes, size_t size, px_ensemble *ensemble, px_error *err) {
    json_error_t at;
    json_t *root = json_loadb(size ? bytes : "", size, JSON_REJECT_DUPLICATES, &at);
    if (!root)
        return px_fail(err, PX_ERR_INPUT, NULL, "line %d, column %d: %s", at.line, at.column,
                       at.text);
    px_ensemble parsed;
    px_ensemble_init(&parsed);
    char hash[PX_SHA256_HEX];
    bool ok = parse_root(root, &parsed, err);
    if (ok) {
        px_sha256_bytes(bytes, size, hash);
        snprintf(parsed.version, sizeof parsed.version, "%.16s", hash);
        px_ensemble_clear(ensemble);
        *ensemble = parsed;
    } else {
        px_ensemble_clear(&parsed);
    }
    json_decref(root);
    return ok;
}
