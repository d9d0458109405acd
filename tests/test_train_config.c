/* A training's configuration: every key's bounds, defaults, paths, what does not go together, and
 * what the hash is of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/json_fields.h"
#include "../src/train/training_net.h"
#include "../src/trainer/train_config_parts.h"
#include "dotted_keys.h"
#include "failing_memory.h"
#include "must.h"

#define FILE_NAME "site/dn121.json"
#define MINIMAL                                                                                    \
    "{\"data\":{\"labels\":\"train.csv\",\"findings\":[\"Edema\",\"Pleural Effusion\"]},"          \
    "\"model\":{\"architecture\":\"densenet121\"}}"

static bool parse(const char *text, px_train_config *config, px_error *err) {
    *config = (px_train_config){0};
    return px_train_config_parse(FILE_NAME, text, strlen(text), config, err);
}

static px_train_config must_parse(const char *text) {
    px_train_config config;
    px_error err = {0};
    if (!parse(text, &config, &err))
        fail_msg("%s: %s: %s", text, err.subject, err.message);
    assert_int_equal(err.code, PX_OK);
    return config;
}

static void refuse(const char *text, const char *message) {
    px_train_config config;
    px_error err = {0};
    assert_false(parse(text, &config, &err));
    if (err.code != PX_ERR_INPUT || !strstr(err.message, message) ||
        strcmp(err.subject, FILE_NAME) != 0)
        fail_msg("%s: %s: \"%s\" where \"%s\" should be", text, err.subject, err.message, message);
    const px_train_config zero = {0};
    assert_memory_equal(&config, &zero, sizeof config);
}

/* The minimal configuration with one key, of a name with dots, set to a value (stolen); NULL takes
 * it out. */
static char *with(const char *name, json_t *value) {
    json_t *root = json_loads(MINIMAL, 0, NULL), *object = dotted_object(root, &name);
    if (value)
        json_object_set_new(object, name, value);
    else
        json_object_del(object, name);
    px_error err = {0};
    char *text = px_json_dump(root, &err);
    assert_non_null(text);
    json_decref(root);
    return text;
}

/* The hash of that configuration; the caller frees it. */
static char *hash_with(const char *name, json_t *value) {
    char *text = with(name, value);
    px_train_config config = must_parse(text);
    char *sha256 = strdup(config.sha256);
    px_train_config_clear(&config);
    free(text);
    return sha256;
}

static void refuse_with(const char *name, json_t *value, const char *message) {
    char *text = with(name, value);
    refuse(text, message);
    free(text);
}

static void accept_with(const char *name, json_t *value) {
    free(hash_with(name, value));
}

static json_t *parse_value(const char *text) {
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

/* ---- Every key ------------------------------------------------------------------------------ */

static bool is_whole(const px_train_key *key) {
    return key->kind == PX_KEY_INT || key->kind == PX_KEY_SEED;
}

static json_t *number(const px_train_key *key, double value) {
    return is_whole(key) ? json_integer((json_int_t)value) : json_real(value);
}

/* Epochs and sizes leave other keys less room than their own bounds do. */
static double least_here(const px_train_key *key) {
    return strcmp(key->name, "input.size") == 0 ? 75 : key->least;
}

static void check_numbers(const px_train_key *key) {
    const double step = is_whole(key) ? 1 : 1e-3, least = least_here(key);
    char quoted[100];
    snprintf(quoted, sizeof quoted, "\"%s\" is", key->name);
    accept_with(key->name, number(key, key->above ? least + step : least));
    accept_with(key->name, number(key, key->below ? key->most - step : key->most));
    refuse_with(key->name, number(key, key->above ? key->least : key->least - step), quoted);
    refuse_with(key->name, number(key, key->below ? key->most : key->most + step), quoted);
    refuse_with(key->name, json_string("1"), quoted);
    refuse_with(key->name, json_null(), quoted);
    if (is_whole(key)) {
        refuse_with(key->name, json_real(key->least + 1.5), quoted);
        refuse_with(key->name, json_integer(INT64_MAX), quoted);
    }
}

static void check_choices(const px_train_key *key) {
    char quoted[100], word[40];
    snprintf(quoted, sizeof quoted, "\"%s\" is not", key->name);
    for (const char *c = key->choices; *c; c += strlen(word) + (c[strlen(word)] == '|')) {
        snprintf(word, sizeof word, "%.*s", (int)strcspn(c, "|"), c);
        char *text = with(key->name, json_string(word));
        px_train_config config = must_parse(text);
        px_train_config_clear(&config);
        free(text);
    }
    refuse_with(key->name, json_string(""), quoted);
    refuse_with(key->name, json_string(key->choices), quoted);
    refuse_with(key->name, json_integer(0), quoted);
}

static void every_key_has_its_bounds(void **state) {
    (void)state;
    for (int i = 0; i < px_n_train_keys; i++) {
        const px_train_key *key = &px_train_keys[i];
        assert_ptr_equal(px_train_key_find(key->name), key);
        assert_true(key->help && *key->help && !(key->value && key->required));
        if (is_whole(key) || key->kind == PX_KEY_FLOAT || key->kind == PX_KEY_DOUBLE)
            check_numbers(key);
        else if (key->choices)
            check_choices(key);
        else if (key->kind == PX_KEY_FLAG)
            refuse_with(key->name, json_integer(1), "is not true or false");
        else if (key->kind != PX_KEY_SPECIAL)
            refuse_with(key->name, json_string("a\nb"), key->name);
    }
}

/* What the table calls the values of an enum is what the enum's own module calls them. */
static void words_are_those_of_the_modules(void **state) {
    (void)state;
    px_train_config c = must_parse(
        "{\"data\":{\"labels\":\"t\",\"findings\":[\"Edema\"],\"format\":\"nih\",\"blank\":"
        "\"ignore\",\"views\":\"lateral\"},\"model\":{\"architecture\":\"densenet201\",\"head\":"
        "\"2020\"},\"loss\":{\"class_weights\":\"balanced\"}}");
    assert_int_equal(c.labels.format, PX_FORMAT_NIH);
    assert_int_equal(c.labels.blank, PX_BLANK_IGNORE);
    assert_int_equal(c.labels.views, PX_VIEWS_LATERAL);
    assert_int_equal(c.arch, PX_ARCH_DENSENET201);
    assert_int_equal(c.head, PX_HEAD_2020);
    assert_int_equal(c.class_weights, PX_WEIGHTS_BALANCED);
    px_train_config_clear(&c);
    for (int i = 0; i < PX_RATES; i++) {
        char *text = with("schedule.kind", json_string(px_rate_name((px_rate_kind)i)));
        c = must_parse(text);
        assert_int_equal(c.rate.kind, i);
        px_train_config_clear(&c);
        free(text);
    }
    for (int i = 0; i < PX_OPTIMISERS; i++) {
        char *text = with("optimiser.kind", json_string(px_optimiser_name((px_optimiser_kind)i)));
        c = must_parse(text);
        assert_int_equal(c.optimiser.kind, i);
        px_train_config_clear(&c);
        free(text);
    }
    for (int i = 0; i <= PX_SCALING_FEATUREWISE; i++) {
        char *text = with("input.scaling", json_string(px_scaling_name((px_scaling)i)));
        c = must_parse(text);
        assert_int_equal(c.input.scaling, i);
        px_train_config_clear(&c);
        free(text);
    }
    for (int i = 0; i <= PX_RESIZE_AREA; i++) {
        char *text = with("input.resize", json_string(px_resize_name((px_resize)i)));
        c = must_parse(text);
        assert_int_equal(c.input.resize, i);
        px_train_config_clear(&c);
        free(text);
    }
    for (int i = 0; i <= PX_EQUALISE_CLAHE; i++) {
        char *text = with("input.equalise", json_string(px_equalise_name((px_equalise)i)));
        c = must_parse(text);
        assert_int_equal(c.input.equalise, i);
        px_train_config_clear(&c);
        free(text);
    }
}

/* ---- Defaults ------------------------------------------------------------------------------- */

static void minimal_configurations_train_sensibly(void **state) {
    (void)state;
    px_train_config c = must_parse(MINIMAL);
    assert_string_equal(c.path, FILE_NAME);
    assert_string_equal(c.name, "dn121");
    assert_string_equal(c.output, "site/dn121-training");
    assert_string_equal(c.train.labels, "site/train.csv");
    assert_string_equal(c.train.images, "site");
    assert_null(c.validation.labels);
    assert_null(c.validation.images);
    assert_null(c.start);
    assert_true(c.has_arch && c.arch == PX_ARCH_DENSENET121 && c.head == PX_HEAD_PLAIN);
    assert_int_equal(c.n_findings, 2);
    assert_int_equal(c.n_auxiliary, 0);
    assert_int_equal(c.labels.n_findings, 2);
    assert_string_equal(c.labels.findings[1], "pleural_effusion");
    assert_int_equal(c.labels.uncertain, PX_UNCERTAIN_IGNORE);
    assert_true(c.input.width == 224 && c.input.height == 224 && c.input.channels == 3);
    assert_int_equal(c.input.scaling, PX_SCALING_IMAGENET);
    assert_int_equal(c.n_stages, 1);
    assert_int_equal(px_train_config_size(&c, 0), 224);
    assert_int_equal(px_train_config_size(&c, 1000), 224);
    assert_int_equal(c.optimiser.kind, PX_OPTIMISER_ADAMW);
    assert_float_equal(c.optimiser.decay, 0.01, 1e-8);
    assert_float_equal(c.rate.high, 0.001, 1e-12);
    assert_float_equal(c.rate.low, 0.00001, 1e-12);
    assert_float_equal(c.rate.final, 1e-7, 1e-12);
    assert_float_equal(c.validation_fraction, 0.1, 1e-12);
    assert_float_equal(c.augmentation.flip, 0, 0);
    px_train_config_clear(&c);
    px_train_config_clear(&c); /* a cleared one is empty */
}

static void defaults_follow_other_keys(void **state) {
    (void)state;
    char *text = with("model.architecture", json_string("xception"));
    px_train_config c = must_parse(text);
    assert_int_equal(c.input.scaling, PX_SCALING_TF);
    px_train_config_clear(&c);
    free(text);
    text = with("optimiser.kind", json_string("sgd"));
    c = must_parse(text);
    assert_float_equal(c.rate.high, 0.05, 1e-12);
    assert_float_equal(c.optimiser.decay, 0.0001, 1e-9);
    px_train_config_clear(&c);
    free(text);
    text = with("model.start", json_string("imagenet.safetensors"));
    c = must_parse(text);
    assert_string_equal(c.start, "site/imagenet.safetensors");
    assert_float_equal(c.rate.high, 0.0003, 1e-12);
    px_train_config_clear(&c);
    free(text);
}

/* What the table allows is what the module takes. */
static void augmentation_has_the_ranges_of_its_module(void **state) {
    (void)state;
    for (int i = 0; i < px_n_train_keys; i++) {
        const px_train_key *key = &px_train_keys[i];
        if (strncmp(key->name, "augmentation.", 13) != 0 || key->kind != PX_KEY_DOUBLE)
            continue;
        char *text = with(key->name, json_real(key->most));
        px_train_config c = must_parse(text);
        MUST(px_augmentation_check(&c.augmentation, &err));
        const double more = key->most + 0.001;
        memcpy((char *)&c + key->offset, &more, sizeof more);
        MUST_FAIL(px_augmentation_check(&c.augmentation, &err), PX_ERR_USAGE);
        px_train_config_clear(&c);
        free(text);
    }
}

/* Every combination of kinds that the defaults make is one that the parts take. */
static void defaults_pass_the_checks_of_the_parts(void **state) {
    (void)state;
    for (int kind = 0; kind < PX_RATES; kind++) {
        char *text = with("schedule.kind", json_string(px_rate_name((px_rate_kind)kind)));
        px_train_config c = must_parse(text);
        px_rate rate = c.rate;
        rate.steps = 100;
        rate.half_cycle = 10;
        MUST(px_rate_check(&rate, &err));
        MUST(px_augmentation_check(&c.augmentation, &err));
        px_train_config_clear(&c);
        free(text);
    }
}

/* ---- Paths, lists, objects ------------------------------------------------------------------ */

static void paths_are_relative_to_the_file(void **state) {
    (void)state;
    static const char text[] =
        "{\"output\":\"/out\",\"name\":\"Ours\",\"data\":{\"labels\":\"../t.csv\",\"images\":"
        "\"/x.zip\",\"findings\":[\"Edema\"],\"validation\":{\"labels\":\"v/valid.csv\"}},"
        "\"model\":{\"start\":\"m.safetensors\"}}";
    px_train_config c = must_parse(text);
    assert_string_equal(c.output, "/out");
    assert_string_equal(c.name, "Ours");
    assert_string_equal(c.train.labels, "site/../t.csv");
    assert_string_equal(c.train.images, "/x.zip");
    assert_string_equal(c.validation.labels, "site/v/valid.csv");
    assert_string_equal(c.validation.images, "site/v");
    assert_string_equal(c.start, "site/m.safetensors");
    assert_false(c.has_arch);
    px_train_config_clear(&c);
    MUST(px_train_config_parse("plain", MINIMAL, strlen(MINIMAL), &c, &err));
    assert_string_equal(c.name, "plain");
    px_train_config_clear(&c);
}

static const char full[] =
    "{\"data\":{\"labels\":\"t.csv\",\"findings\":[\"Edema\"],\"auxiliary\":[\"Mass\","
    "\"our finding\"],\"uncertain\":{\"*\":\"zeros\",\"edema\":\"ones\",\"mass\":\"ignore\"},"
    "\"columns\":{\"Cor\":\"cardiomegaly\",\"ID\":\"patient\"}},"
    "\"model\":{\"architecture\":\"xception\",\"freeze\":[\"block1_*\",\"predictions\"]},"
    "\"input\":{\"size\":200,\"scaling\":\"featurewise\",\"mean\":[1,2,3.5],\"std\":[4,5,6]},"
    "\"training\":{\"epochs\":10,\"sizes\":[{\"size\":100,\"epochs\":4},{\"epochs\":1,"
    "\"size\":150}]}}";

static void lists_and_objects_are_read(void **state) {
    (void)state;
    px_train_config c = must_parse(full);
    assert_int_equal(c.n_findings, 1);
    assert_int_equal(c.n_auxiliary, 2);
    assert_int_equal(c.labels.n_findings, 3);
    assert_string_equal(c.labels.findings[2], "our_finding");
    assert_int_equal(c.labels.uncertain, PX_UNCERTAIN_ZEROS);
    assert_int_equal(c.labels.n_policies, 2);
    assert_string_equal(c.labels.policies[1].finding, "mass");
    assert_int_equal(c.labels.policies[0].uncertain, PX_UNCERTAIN_ONES);
    assert_int_equal(c.labels.n_renames, 2);
    assert_string_equal(c.labels.renames[1].column, "ID");
    assert_string_equal(c.labels.renames[1].meaning, "patient");
    assert_int_equal(c.n_freeze, 2);
    assert_string_equal(c.freeze[0], "block1_*");
    assert_float_equal(c.input.mean[2], 3.5, 0);
    assert_float_equal(c.input.std[0], 4, 0);
    assert_int_equal(c.n_stages, 3);
    static const int sizes[] = {100, 100, 100, 100, 150, 200, 200, 200, 200, 200, 200};
    for (int epoch = 0; epoch < 11; epoch++)
        assert_int_equal(px_train_config_size(&c, epoch), sizes[epoch]);
    px_train_config_clear(&c);
}

static void wrong_lists_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *key, *value, *message;
    } cases[] = {
        {"data.findings", "[]", "\"data.findings\" is not an array of names"},
        {"data.findings", "\"Edema\"", "is not an array"},
        {"data.findings", "[1]", "is not an array of names"},
        {"data.findings", "[\"\"]", "is not an array of names"},
        {"data.findings", "[\"--\"]", "\"--\" is no name of a finding"},
        {"data.findings", "[\"Effusion\",\"Pleural Effusion\"]", "is there twice"},
        {"data.auxiliary", "[\"Mass\",\"edema\"]", "\"edema\" is there twice"},
        {"data.auxiliary", "{}", "is not an array"},
        {"data.uncertain", "\"maybe\"", "is not ignore, zeros, ones"},
        {"data.uncertain", "{\"edema\":\"maybe\"}", "is not ignore, zeros, ones"},
        {"data.uncertain", "{\"\":\"ones\"}", "is not ignore, zeros, ones"},
        {"data.uncertain", "1", "is not ignore, zeros, ones"},
        {"data.columns", "[]", "is not an object of a column"},
        {"data.columns", "{\"a\":\"\"}", "is not an object of a column"},
        {"data.columns", "{\"\":\"path\"}", "is not an object of a column"},
        {"model.freeze", "\"conv1\"", "is not an array of at most 64"},
        {"model.freeze", "[\"a*b\"]", "is not an array of at most 64"},
        {"model.freeze", "[\"\"]", "is not an array of at most 64"},
        {"input.mean", "[1,2]", "is not an array of 3 numbers"},
        {"input.mean", "[1,2,\"3\"]", "is not an array of 3 numbers"},
        {"input.std", "[1,2,0]", "is not an array of 3 numbers above 0"},
        {"input.mean", "[1,2,3]", "go together"},
        {"training.sizes", "{}", "is not an array of at most 15"},
        {"training.sizes", "[{\"size\":112}]", "is not an array of at most 15"},
        {"training.sizes", "[{\"size\":112,\"epochs\":0}]", "is not an array of at most 15"},
        {"training.sizes", "[{\"size\":112,\"epochs\":1,\"x\":1}]", "is not an array"},
        {"training.sizes", "[{\"size\":1,\"epochs\":1}]", "is not an array of at most 15"},
        {"training.sizes", "[{\"size\":74,\"epochs\":1}]", "needs 75 pixels"},
        {"training.sizes", "[{\"size\":112,\"epochs\":30}]", "leaves no epoch"},
        {"model.architecture", "\"vgg\"", "is not xception, inception_resnet_v2"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        refuse_with(cases[i].key, parse_value(cases[i].value), cases[i].message);
    json_t *many = json_array();
    for (int i = 0; i <= PX_TRAIN_MAX_FREEZE; i++)
        json_array_append_new(many, json_string("a"));
    refuse_with("model.freeze", json_incref(many), "at most 64");
    json_array_remove(many, 0);
    accept_with("model.freeze", many);
}

/* ---- What is refused ------------------------------------------------------------------------ */

static void unknown_and_missing_keys_are_refused(void **state) {
    (void)state;
    refuse("", "is empty");
    refuse("\xef\xbb\xbf{", "line 1");
    px_train_config marked = must_parse("\xef\xbb\xbf" MINIMAL);
    px_train_config_clear(&marked);
    refuse("[]", "is not an object");
    refuse("{\"data\":{},\"data\":{}}", "line 1");
    refuse("{\n\"data\":\n}", "line 3");
    refuse("{}", "\"data.labels\" is missing");
    refuse("{\"data\":{\"labels\":\"t\"}}", "\"data.findings\" is missing");
    refuse("{\"data\":{\"labels\":\"t\",\"findings\":[\"a\"]}}",
           "\"model.architecture\" is missing, or \"model.start\"");
    refuse("{\"data\":[]}", "\"data\" is not an object");
    refuse("{\"data\":{\"validation\":\"v.csv\"}}", "\"data.validation\" is not an object");
    refuse("{\"model\":1}", "\"model\" is not an object");
    refuse("{\"input.size\":96}", "\"input.size\" is one name: a dot is a level, {\"input\": {…}}");
    refuse("{\"data.validation\":{}}", "\"data.validation\" is one name");
    refuse("{\"data\":{\"validation.labels\":\"v\"}}", "{\"data\": {…}}");
    refuse("{\"input.sise\":96}", "\"input.sise\" is no key; did you mean \"input.size\"?");
    refuse_with("optimizer", json_object(), "\"optimizer\" is no key; did you mean \"optimiser\"?");
    refuse_with("training.epoch", json_integer(1), "did you mean \"training.epochs\"?");
    refuse_with("data.validaton.labels", json_string("v"), "did you mean \"data.validation\"");
    refuse_with("epochs", json_integer(1), "did you mean \"training.epochs\"?");
    refuse_with("optimiser.rate", json_real(1), "did you mean \"schedule.rate\"?");
    refuse_with("xyz", json_integer(1), "\"xyz\" is no key");
    refuse_with("", json_integer(1), "\"\" is no key");
    char *text = with("data.labels", json_string(""));
    refuse(text, "\"data.labels\" is not a path");
    free(text);
}

static void what_does_not_go_together_is_refused(void **state) {
    (void)state;
#define DATA "\"data\":{\"labels\":\"t\",\"findings\":[\"edema\"]}"
    refuse("{" DATA ",\"model\":{\"start\":\"m\",\"head\":\"plain\"}}", "\"model.head\" goes with");
    refuse("{" DATA ",\"model\":{\"architecture\":\"xception\",\"head\":\"2020\",\"dropout\":0.1}}",
           "\"model.dropout\" is for the plain head");
    refuse_with("input.size", json_integer(74), "needs 75 pixels");
    px_train_config c =
        must_parse("{" DATA ",\"model\":{\"start\":\"m\"},\"input\":{\"size\":16}}");
    assert_int_equal(c.input.height, 16);
    px_train_config_clear(&c);
    refuse_with("data.validation", parse_value("{\"images\":\"v\"}"), "goes with");
    refuse_with("data.validation", parse_value("{\"labels\":\"v\",\"fraction\":0.1}"),
                "has no use beside");
#define NOTHING                                                                                    \
    "\"data\":{\"labels\":\"t\",\"findings\":[\"edema\"],\"validation\":{\"fraction\":0}}"
    refuse("{" NOTHING ",\"model\":{\"start\":\"m\"},\"training\":{\"stop_after\":3}}",
           "needs something to validate with");
    refuse_with("input", parse_value("{\"mean\":[1,1,1],\"std\":[1,1,1]}"), "for featurewise");
}

/* ---- The hash ------------------------------------------------------------------------------- */

static void hash_is_of_what_matters(void **state) {
    (void)state;
    static const char *const idle[] = {"run.threads", "run.readers", "run.ahead"};
    static const char *const other[] = {"training.epochs", "training.batch", "training.seed",
                                        "schedule.patience"};
    char *plain = hash_with("training.seed", json_integer(1));
    assert_int_equal(strlen(plain), 64);
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
        char *hash = hash_with(idle[i], json_integer(7));
        assert_string_equal(hash, plain);
        free(hash);
    }
    for (size_t i = 0; i < sizeof other / sizeof *other; i++) {
        char *hash = hash_with(other[i], json_integer(7));
        assert_string_not_equal(hash, plain);
        free(hash);
    }
    char *moved = hash_with("data.labels", json_string("/elsewhere/train.csv"));
    assert_string_equal(moved, plain);
    char *whole = hash_with("augmentation.flip", json_integer(0));
    assert_string_equal(whole, plain); /* 0 and 0.0, said or not */
    char *one = hash_with("data.uncertain", parse_value("{\"a\":\"ones\",\"b\":\"zeros\"}"));
    char *turned = hash_with("data.uncertain", parse_value("{\"b\":\"zeros\",\"a\":\"ones\"}"));
    assert_string_equal(one, turned);
    assert_string_not_equal(one, plain);
    free(one);
    free(turned);
    free(whole);
    free(moved);
    free(plain);
}

/* ---- Files and words ------------------------------------------------------------------------ */

static void files_are_read(void **state) {
    (void)state;
    px_train_config c = {0};
    MUST_FAIL(px_train_config_read("/nowhere/train.json", &c, &err), PX_ERR_IO);
    char path[] = "/tmp/train_config_XXXXXX";
    const int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    fputs(MINIMAL, file);
    fflush(file);
    MUST(px_train_config_read(path, &c, &err));
    assert_int_equal(c.n_findings, 2);
    px_train_config_clear(&c);
    for (int i = 0; i <= 1 << 17; i++)
        fputs("        ", file);
    fclose(file);
    MUST_FAIL(px_train_config_read(path, &c, &err), PX_ERR_LIMIT);
    remove(path);
}

static bool parse_full(px_error *err) {
    px_train_config config;
    const bool ok = parse(full, &config, err);
    px_train_config_clear(&config);
    return ok;
}

static bool describe(px_error *err) {
    px_buffer out;
    px_buffer_init(&out, 1 << 20);
    const bool ok = px_train_config_describe(&out, err);
    px_buffer_clear(&out);
    return ok;
}

static void memory_may_run_out(void **state) {
    (void)state;
    exhaust(parse_full, 20);
    exhaust(describe, 3);
}

static void every_key_is_described(void **state) {
    (void)state;
    px_buffer out;
    px_buffer_init(&out, 1 << 20);
    MUST(px_train_config_describe(&out, &err));
    const char *text = (const char *)out.data;
    for (int i = 0; i < px_n_train_keys; i++) {
        char row[100];
        snprintf(row, sizeof row, "\n| `%s` | ", px_train_keys[i].name);
        assert_non_null(strstr(text, row));
    }
    assert_non_null(strstr(text, "| `model.head` | plain or 2020 | `\"plain\"` | "));
    assert_non_null(strstr(text, "| `loss.smoothing` | a number from 0 to below 1 | `0` | "));
    px_buffer_clear(&out);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_key_has_its_bounds),
        cmocka_unit_test(words_are_those_of_the_modules),
        cmocka_unit_test(minimal_configurations_train_sensibly),
        cmocka_unit_test(defaults_follow_other_keys),
        cmocka_unit_test(augmentation_has_the_ranges_of_its_module),
        cmocka_unit_test(defaults_pass_the_checks_of_the_parts),
        cmocka_unit_test(paths_are_relative_to_the_file),
        cmocka_unit_test(lists_and_objects_are_read),
        cmocka_unit_test(wrong_lists_are_refused),
        cmocka_unit_test(unknown_and_missing_keys_are_refused),
        cmocka_unit_test(what_does_not_go_together_is_refused),
        cmocka_unit_test(hash_is_of_what_matters),
        cmocka_unit_test(files_are_read),
        cmocka_unit_test(memory_may_run_out),
        cmocka_unit_test(every_key_is_described),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
