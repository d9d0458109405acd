/* Keys of a training's configuration that are lists and objects: findings, policies, sizes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "../dataset/finding_names.h"
#include "train_config_parts.h"

static px_train_owned *owned(px_train_reading *reading) {
    return reading->config->owned;
}

static bool refuse_item(px_train_reading *reading, const px_train_key *key, const char *item,
                        const char *why) {
    return px_fail(reading->err, PX_ERR_INPUT, reading->file, "\"%s\": \"%.60s\" %s", key->name,
                   item, why);
}

/* A text without control characters, and not an empty one; NULL for others. */
static const char *plain_text(const json_t *value) {
    const char *text = json_string_value(value);
    return text && *text && px_text_is_plain(text) ? text : NULL;
}

bool px_train_read_architecture(px_train_reading *reading, const px_train_key *key,
                                const json_t *value) {
    const char *name = json_string_value(value);
    if (!name || !px_arch_from_name(name, &reading->config->arch))
        return px_train_key_refuse(reading, key);
    reading->config->has_arch = true;
    return true;
}

/* ---- Findings ---------------------------------------------------------------------------- */

/* Append a finding by its id. */
static bool add_finding(px_train_reading *reading, const px_train_key *key, const char *name) {
    px_label_options *labels = &reading->config->labels;
    char id[PX_FINDING_ID];
    px_finding_canonical(name, id);
    if (!id[0])
        return refuse_item(reading, key, name, "is no name of a finding");
    for (int i = 0; i < labels->n_findings; i++) {
        if (strcmp(labels->findings[i], id) == 0)
            return refuse_item(reading, key, name, "is there twice");
    }
    if (labels->n_findings == PX_LABEL_MAX_FINDINGS)
        return refuse_item(reading, key, name, "is one finding too many");
    owned(reading)->findings[labels->n_findings] = px_strdup(id, reading->err);
    return owned(reading)->findings[labels->n_findings++] != NULL;
}

/* data.findings, and behind them data.auxiliary. */
bool px_train_read_findings(px_train_reading *reading, const px_train_key *key,
                            const json_t *value) {
    px_train_config *config = reading->config;
    const int before = config->labels.n_findings;
    const size_t count = json_array_size(value);
    void *findings = owned(reading)->findings;
    if (!json_is_array(value) || (key->required && count == 0) || count > PX_LABEL_MAX_FINDINGS)
        return px_train_key_refuse(reading, key);
    const bool grown =
        px_realloc(&findings, (size_t)before + count + 1, sizeof(char *), reading->err);
    owned(reading)->findings = findings;
    config->labels.findings = (const char *const *)findings;
    if (!grown)
        return false;
    for (size_t i = 0; i < count; i++) {
        const char *name = plain_text(json_array_get(value, i));
        if (!name)
            return px_train_key_refuse(reading, key);
        if (!add_finding(reading, key, name))
            return false;
    }
    *(key->required ? &config->n_findings : &config->n_auxiliary) = (int)count;
    return true;
}

/* ---- Policies and columns ---------------------------------------------------------------- */

static bool parse_policy(const json_t *value, px_uncertain_policy *policy) {
    static const char *const names[] = {[PX_UNCERTAIN_IGNORE] = "ignore",
                                        [PX_UNCERTAIN_ZEROS] = "zeros",
                                        [PX_UNCERTAIN_ONES] = "ones"};
    const char *name = json_string_value(value);
    for (int i = 0; name && i < 3; i++) {
        if (strcmp(names[i], name) == 0) {
            *policy = (px_uncertain_policy)i;
            return true;
        }
    }
    return false;
}

bool px_train_read_uncertain(px_train_reading *reading, const px_train_key *key,
                             const json_t *value) {
    px_label_options *labels = &reading->config->labels;
    if (json_is_string(value))
        return parse_policy(value, &labels->uncertain) || px_train_key_refuse(reading, key);
    if (!json_is_object(value))
        return px_train_key_refuse(reading, key);
    px_finding_policy *policies = px_alloc(json_object_size(value), sizeof *policies, reading->err);
    owned(reading)->policies = policies;
    labels->policies = policies;
    if (!policies)
        return false;
    const char *finding;
    json_t *item;
    json_object_foreach((json_t *)value, finding, item) {
        px_uncertain_policy policy;
        if (!parse_policy(item, &policy))
            return px_train_key_refuse(reading, key);
        if (strcmp(finding, "*") == 0)
            labels->uncertain = policy;
        else if (*finding && px_text_is_plain(finding))
            policies[labels->n_policies++] = (px_finding_policy){finding, policy};
        else
            return px_train_key_refuse(reading, key);
    }
    return true;
}

bool px_train_read_columns(px_train_reading *reading, const px_train_key *key,
                           const json_t *value) {
    px_label_options *labels = &reading->config->labels;
    if (!json_is_object(value))
        return px_train_key_refuse(reading, key);
    px_column_rename *renames = px_alloc(json_object_size(value), sizeof *renames, reading->err);
    owned(reading)->renames = renames;
    labels->renames = renames;
    if (!renames)
        return false;
    const char *column;
    json_t *item;
    json_object_foreach((json_t *)value, column, item) {
        const char *meaning = plain_text(item);
        if (!meaning || !*column || !px_text_is_plain(column))
            return px_train_key_refuse(reading, key);
        renames[labels->n_renames++] = (px_column_rename){column, meaning};
    }
    return true;
}

/* ---- Layers, levels, sizes --------------------------------------------------------------- */

bool px_train_read_freeze(px_train_reading *reading, const px_train_key *key, const json_t *value) {
    px_train_config *config = reading->config;
    const size_t count = json_array_size(value);
    if (!json_is_array(value) || count > PX_TRAIN_MAX_FREEZE)
        return px_train_key_refuse(reading, key);
    config->freeze = px_alloc(count, sizeof *config->freeze, reading->err);
    for (size_t i = 0; config->freeze && i < count; i++) {
        const char *name = plain_text(json_array_get(value, i));
        const char *star = name ? strchr(name, '*') : NULL;
        if (!name || (star && star[1]))
            return px_train_key_refuse(reading, key);
        config->freeze[i] = px_strdup(name, reading->err);
        if (!config->freeze[i])
            return false;
        config->n_freeze++;
    }
    return config->freeze != NULL;
}

/* input.mean and input.std. */
bool px_train_read_levels(px_train_reading *reading, const px_train_key *key, const json_t *value) {
    const bool is_std = strcmp(key->name, "input.std") == 0;
    float *levels = is_std ? reading->config->input.std : reading->config->input.mean;
    if (json_array_size(value) != 3)
        return px_train_key_refuse(reading, key);
    for (size_t i = 0; i < 3; i++) {
        const json_t *item = json_array_get(value, i);
        const double level = json_number_value(item);
        if (!json_is_number(item) || fabs(level) > 1e6 || (is_std && !(level >= 1e-6)))
            return px_train_key_refuse(reading, key);
        levels[i] = (float)level;
    }
    return true;
}

static bool read_stage(const json_t *value, px_size_stage *stage) {
    const px_train_key *size = px_train_key_find("input.size");
    const px_train_key *epochs = px_train_key_find("training.epochs");
    const json_t *s = json_object_get(value, "size"), *e = json_object_get(value, "epochs");
    const json_int_t pixels = json_integer_value(s), count = json_integer_value(e);
    if (!json_is_integer(s) || !json_is_integer(e) || json_object_size(value) != 2 ||
        (double)pixels < size->least || (double)pixels > size->most ||
        (double)count < epochs->least || (double)count > epochs->most)
        return false;
    *stage = (px_size_stage){.size = (int)pixels, .epochs = (int)count};
    return true;
}

/* The stages before the last, which is input.size until the end. */
bool px_train_read_sizes(px_train_reading *reading, const px_train_key *key, const json_t *value) {
    px_train_config *config = reading->config;
    const size_t count = json_array_size(value);
    int epochs = 0;
    if (!json_is_array(value) || count >= PX_TRAIN_MAX_STAGES)
        return px_train_key_refuse(reading, key);
    for (size_t i = 0; i < count; i++) {
        if (!read_stage(json_array_get(value, i), &config->stages[i]))
            return px_train_key_refuse(reading, key);
        epochs += config->stages[i].epochs;
    }
    if (epochs >= config->epochs)
        return px_fail(reading->err, PX_ERR_INPUT, reading->file,
                       "\"training.sizes\" leaves no epoch for input.size: it takes %d of %d",
                       epochs, config->epochs);
    config->stages[count] =
        (px_size_stage){.size = config->input.width, .epochs = config->epochs - epochs};
    config->n_stages = (int)count + 1;
    return true;
}
