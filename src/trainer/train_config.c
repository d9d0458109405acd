/* A training's configuration: read from JSON, every key checked by the table of keys. */
#include "train_config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "../base/sha256.h"
#include "../base/suggest.h"
#include "../base/text.h"
#include "train_config_parts.h"

enum { LONGEST_KEY = 100 };
#define LARGEST_FILE ((size_t)1 << 20)

/* Enums of the configuration are set by the place of a word. */
_Static_assert(sizeof(px_head) == sizeof(int), "an enum is as large as an int");

static bool refuse(px_train_reading *reading, const char *name, const char *why) {
    return px_fail(reading->err, PX_ERR_INPUT, reading->file, "\"%.100s\" %s", name, why);
}

/* ---- Values ---------------------------------------------------------------------------------- */

static void *field(px_train_config *config, const px_train_key *key) {
    return (char *)config + key->offset;
}

/* The place of a word among "a|b|c", or -1. */
static int find_choice(const char *choices, const char *word) {
    const size_t length = word ? strcspn(word, "|") : 0;
    int place = 0;
    for (const char *c = choices; word && !word[length] && c; c = strchr(c, '|'), place++) {
        c += *c == '|';
        if (strncmp(c, word, length) == 0 && (c[length] == '|' || c[length] == '\0'))
            return place;
    }
    return -1;
}

static bool store_choice(px_train_reading *reading, const px_train_key *key, const json_t *value) {
    const int place = find_choice(key->choices, json_string_value(value));
    if (place < 0)
        return px_train_key_refuse(reading, key);
    memcpy(field(reading->config, key), &place, sizeof place);
    return true;
}

static bool store_text(px_train_reading *reading, const px_train_key *key, const json_t *value) {
    const char *text = json_string_value(value);
    if (!text || !*text || !px_text_is_plain(text))
        return px_train_key_refuse(reading, key);
    char *copy = key->kind == PX_KEY_PATH ? px_path_sibling(reading->file, text, reading->err)
                                          : px_strdup(text, reading->err);
    if (copy)
        memcpy(field(reading->config, key), &copy, sizeof copy);
    return copy != NULL;
}

static bool store_flag(px_train_reading *reading, const px_train_key *key, const json_t *value) {
    const bool flag = json_is_true(value);
    if (!json_is_boolean(value))
        return px_train_key_refuse(reading, key);
    memcpy(field(reading->config, key), &flag, sizeof flag);
    return true;
}

static bool in_range(const px_train_key *key, double number) {
    return (key->above ? number > key->least : number >= key->least) &&
           (key->below ? number < key->most : number <= key->most);
}

static bool store_whole(px_train_reading *reading, const px_train_key *key, const json_t *value) {
    const json_int_t number = json_integer_value(value);
    if (!json_is_integer(value) || !in_range(key, (double)number))
        return px_train_key_refuse(reading, key);
    const int small = (int)number;
    const uint64_t large = (uint64_t)number;
    if (key->kind == PX_KEY_SEED)
        memcpy(field(reading->config, key), &large, sizeof large);
    else
        memcpy(field(reading->config, key), &small, sizeof small);
    return true;
}

/* The range holds for what is stored: 0.99999999999 is 1 as a float. */
static bool store_real(px_train_reading *reading, const px_train_key *key, const json_t *value) {
    const double number = json_number_value(value);
    const float single = (float)number;
    const bool is_float = key->kind == PX_KEY_FLOAT;
    if (!json_is_number(value) || !in_range(key, number) ||
        (is_float && !in_range(key, (double)single)))
        return px_train_key_refuse(reading, key);
    if (is_float)
        memcpy(field(reading->config, key), &single, sizeof single);
    else
        memcpy(field(reading->config, key), &number, sizeof number);
    return true;
}

static bool store(px_train_reading *reading, const px_train_key *key, const json_t *value) {
    switch (key->kind) {
    case PX_KEY_TEXT:
    case PX_KEY_PATH:
        return store_text(reading, key, value);
    case PX_KEY_INT:
    case PX_KEY_SEED:
        return store_whole(reading, key, value);
    case PX_KEY_FLOAT:
    case PX_KEY_DOUBLE:
        return store_real(reading, key, value);
    case PX_KEY_FLAG:
        return store_flag(reading, key, value);
    case PX_KEY_CHOICE:
        return store_choice(reading, key, value);
    case PX_KEY_SPECIAL:
        break;
    }
    return key->read(reading, key, value);
}

/* ---- Keys ------------------------------------------------------------------------------------ */

/* The value of "optimiser.rate" in nested objects, borrowed; NULL where there is none. */
static json_t *look_up(json_t *root, const char *name) {
    json_t *value = root;
    while (value && *name) {
        const size_t length = strcspn(name, ".");
        value = json_object_getn(value, name, length);
        name += length + (name[length] == '.');
    }
    return value;
}

static bool is_section(const char *name) {
    const size_t length = strlen(name);
    for (int i = 0; i < px_n_train_keys; i++) {
        const char *key = px_train_keys[i].name;
        if (strncmp(key, name, length) == 0 && key[length] == '.')
            return true;
    }
    return false;
}

static const char *last_part(const char *name) {
    const char *dot = strrchr(name, '.');
    return dot ? dot + 1 : name;
}

/* As many parts of a key's name as another name has: its section, or all of it. */
static void take_parts(const char *key, const char *name, char parts[LONGEST_KEY]) {
    size_t length = strcspn(key, ".");
    for (const char *dot = name; (dot = strchr(dot, '.')) != NULL && key[length]; dot++)
        length += 1 + strcspn(key + length + 1, ".");
    snprintf(parts, LONGEST_KEY, "%.*s", (int)length, key);
}

/* "model.start" as one member's name: the dot of messages and docs is a level of nesting. */
static bool refuse_dots(px_train_reading *reading, const char *name) {
    return px_fail(reading->err, PX_ERR_INPUT, reading->file,
                   "\"%.100s\" is one name: a dot is a level, {\"%.*s\": {…}}", name,
                   (int)strcspn(name, "."), name);
}

/* A slip of a letter or two, a key of another section, or what is nearest. */
static bool refuse_unknown(px_train_reading *reading, const char *name) {
    enum { SLIP = 2 };
    char best[LONGEST_KEY], parts[LONGEST_KEY];
    px_nearest nearest = {name, NULL, PX_NEAREST_FAR};
    for (int i = 0; i < px_n_train_keys; i++) {
        take_parts(px_train_keys[i].name, name, parts);
        px_nearest_consider(&nearest, parts);
        if (nearest.best == parts) {
            memcpy(best, parts, sizeof best);
            nearest.best = best;
        }
    }
    for (int i = 0; i < px_n_train_keys && nearest.distance > SLIP; i++) {
        if (strcmp(last_part(px_train_keys[i].name), last_part(name)) == 0)
            nearest = (px_nearest){name, px_train_keys[i].name, 0};
    }
    if (!nearest.best)
        return refuse(reading, name, "is no key");
    return px_fail(reading->err, PX_ERR_INPUT, reading->file,
                   "\"%.100s\" is no key; did you mean \"%s\"?", name, nearest.best);
}

static bool check_names(px_train_reading *reading, json_t *object, const char *section) {
    const char *member;
    json_t *value;
    json_object_foreach(object, member, value) {
        char name[LONGEST_KEY];
        const int length =
            snprintf(name, sizeof name, "%s%s%s", section, *section ? "." : "", member);
        const bool is_key = px_train_key_find(name) != NULL;
        if (length >= LONGEST_KEY || (!is_key && !is_section(name)))
            return refuse_unknown(reading, name);
        if (strchr(member, '.'))
            return refuse_dots(reading, name);
        if (is_key)
            continue;
        if (!json_is_object(value))
            return refuse(reading, name, "is not an object");
        if (!check_names(reading, value, name))
            return false;
    }
    return true;
}

/* ---- Reading --------------------------------------------------------------------------------- */

/* A network that is trained as it is keeps its input, but for what the file says. */
static bool take_start_input(px_train_reading *reading) {
    px_train_config *config = reading->config;
    px_model *model = px_model_load(config->start, reading->err);
    if (!model)
        return false;
    config->input = model->input;
    reading->has_input = true;
    const bool square = config->input.width == config->input.height;
    px_model_unref(model);
    return square || px_fail(reading->err, PX_ERR_UNSUPPORTED, config->start,
                             "its input is not square: only square ones can be trained");
}

/* A default: what the start model has, or what the table says. NULL and *ok: there is none. */
static json_t *make_default(px_train_reading *reading, const px_train_key *key, bool *ok) {
    if (reading->has_input && strncmp(key->name, "input.", 6) == 0)
        return NULL;
    const char *text = key->choose ? key->choose(reading->config) : key->value;
    if (!text)
        return NULL;
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    *ok = value || px_fail_memory(reading->err);
    return value;
}

/* The hash has numbers as numbers, however they are written: 1 and 1.0 are one. */
static bool count_value(px_train_reading *reading, const px_train_key *key, json_t *value) {
    if (key->idle)
        return true;
    const bool is_real = key->kind == PX_KEY_FLOAT || key->kind == PX_KEY_DOUBLE;
    json_t *counted = is_real ? json_real(json_number_value(value)) : json_incref(value);
    return json_object_set_new(reading->counted, key->name, counted) == 0 ||
           px_fail_memory(reading->err);
}

static bool read_key(px_train_reading *reading, int index, json_t *root) {
    const px_train_key *key = &px_train_keys[index];
    json_t *found = look_up(root, key->name);
    bool ok = true;
    reading->given[index] = found != NULL;
    if (!found && key->required)
        return refuse(reading, key->name, "is missing");
    json_t *value = found ? json_incref(found) : make_default(reading, key, &ok);
    if (value)
        ok = store(reading, key, value) && count_value(reading, key, value);
    json_decref(value);
    if (ok && reading->opens && strcmp(key->name, "model.start") == 0 &&
        !reading->config->has_arch && reading->config->start)
        ok = take_start_input(reading);
    return ok;
}

/* The file's name without folder and extension. */
static char *stem(const char *path, px_error *err) {
    const char *slash = strrchr(path, '/');
    char *name = px_strdup(slash ? slash + 1 : path, err);
    char *dot = name ? strrchr(name, '.') : NULL;
    if (dot && dot != name)
        *dot = '\0';
    return name;
}

/* What is named after the configuration, and what follows from other keys. */
static bool complete(px_train_reading *reading) {
    px_train_config *config = reading->config;
    char *name = stem(reading->file, reading->err);
    char *folder = name ? px_format(reading->err, "%s-training", name) : NULL;
    config->path = px_strdup(reading->file, reading->err);
    if (folder && !config->output)
        config->output = px_path_sibling(reading->file, folder, reading->err);
    if (name && !config->name)
        config->name = px_strdup(name, reading->err);
    free(folder);
    free(name);
    config->input.height = config->input.width;
    if (!reading->has_input)
        config->input.channels = 3;
    config->rate.low *= config->rate.high;
    config->rate.final *= config->rate.high;
    return config->path && config->output && config->name;
}

static char *folder_of(const char *path, px_error *err) {
    const char *slash = strrchr(path, '/');
    char *folder = px_strdup(slash ? path : ".", err);
    if (folder && slash)
        folder[slash == path ? 1 : slash - path] = '\0';
    return folder;
}

/* A table's images lie in its folder where nothing else is said. */
static bool complete_table(px_train_reading *reading, px_train_table *table) {
    if (table->labels && !table->images)
        table->images = folder_of(table->labels, reading->err);
    return !table->labels || table->images;
}

static bool hash(px_train_reading *reading) {
    char digest[PX_SHA256_HEX];
    char *text = px_json_dump_sorted(reading->counted, reading->err);
    if (!text)
        return false;
    px_sha256_bytes(text, strlen(text), digest);
    free(text);
    reading->config->sha256 = px_strdup(digest, reading->err);
    return reading->config->sha256 != NULL;
}

static bool read_keys(px_train_reading *reading, json_t *root) {
    bool ok = check_names(reading, root, "");
    for (int i = 0; ok && i < px_n_train_keys; i++)
        ok = read_key(reading, i, root);
    return ok && px_train_config_agree(reading) && complete(reading) &&
           complete_table(reading, &reading->config->train) &&
           complete_table(reading, &reading->config->validation) && hash(reading);
}

static json_t *parse_json(const char *path, const char *text, size_t size, px_error *err) {
    enum { MARK = 3 }; /* bytes that some editors begin UTF-8 with */
    json_error_t where;
    if (size == 0) {
        px_fail(err, PX_ERR_INPUT, path, "the configuration is empty");
        return NULL;
    }
    const size_t skipped = size > MARK && memcmp(text, "\xef\xbb\xbf", MARK) == 0 ? MARK : 0;
    json_t *root = json_loadb(text + skipped, size - skipped, JSON_REJECT_DUPLICATES, &where);
    if (root && !json_is_object(root)) {
        px_fail(err, PX_ERR_INPUT, path, "the configuration is not an object");
        return px_json_keep_if(root, false);
    }
    if (!root && json_error_code(&where) == json_error_out_of_memory)
        px_fail_memory(err);
    else if (!root)
        px_fail(err, PX_ERR_INPUT, path, "line %d: %s", where.line, where.text);
    return root;
}

static bool parse(const char *path, const char *text, size_t size, bool opens,
                  px_train_config *config, px_error *err) {
    px_train_config made = {0};
    px_train_owned *owned = px_alloc(1, sizeof *owned, err);
    px_train_reading reading = {.config = &made,
                                .file = path,
                                .opens = opens,
                                .given = px_alloc((size_t)px_n_train_keys, sizeof(bool), err),
                                .counted = json_object(),
                                .err = err};
    made.owned = owned;
    bool ok = owned && reading.given && (reading.counted || px_fail_memory(err));
    if (ok) {
        owned->root = parse_json(path, text, size, err);
        ok = owned->root && read_keys(&reading, owned->root);
    }
    json_decref(reading.counted);
    free(reading.given);
    if (ok)
        *config = made;
    else
        px_train_config_clear(&made);
    return ok;
}

bool px_train_config_parse(const char *path, const char *text, size_t size, px_train_config *config,
                           px_error *err) {
    return parse(path, text, size, false, config, err);
}

bool px_train_config_read(const char *path, px_train_config *config, px_error *err) {
    px_buffer text;
    px_buffer_init(&text, LARGEST_FILE);
    const bool ok = px_file_read(path, &text, err) &&
                    parse(path, (const char *)text.data, text.size, true, config, err);
    px_buffer_clear(&text);
    return ok;
}

void px_train_config_clear(px_train_config *config) {
    px_train_owned *owned = config->owned;
    for (int i = 0; i < px_n_train_keys; i++) {
        const px_train_key *key = &px_train_keys[i];
        char *text = NULL;
        if (key->kind != PX_KEY_TEXT && key->kind != PX_KEY_PATH)
            continue;
        memcpy(&text, field(config, key), sizeof text);
        free(text);
    }
    for (int i = 0; i < config->n_freeze; i++)
        free(config->freeze[i]);
    free(config->freeze);
    free(config->path);
    free(config->sha256);
    if (owned) {
        json_decref(owned->root);
        for (int i = 0; i < config->labels.n_findings; i++)
            free(owned->findings[i]);
        free(owned->findings);
        free(owned->policies);
        free(owned->renames);
    }
    free(owned);
    *config = (px_train_config){0};
}

int px_train_config_size(const px_train_config *config, int epoch) {
    int stage = 0;
    for (; stage + 1 < config->n_stages && epoch >= config->stages[stage].epochs; stage++)
        epoch -= config->stages[stage].epochs;
    return config->stages[stage].size;
}
