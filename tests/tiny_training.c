/* A training small enough for tests (tiny_training.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tiny_training.h"

#include "../src/base/file.h"
#include "../src/base/json_fields.h"
#include "../src/base/random.h"
#include "../src/image/image.h"
#include "../src/model/layers.h"
#include "dotted_keys.h"
#include "must.h"

enum { SIDE = 24, TRAINED = 32, PATHS = 4 };

const char *tiny_path(const char *folder, const char *name) {
    static char paths[PATHS][512];
    static int turn;
    turn = (turn + 1) % PATHS;
    snprintf(paths[turn], sizeof paths[turn], "%s/%s", folder, name);
    return paths[turn];
}

/* ---- the data ------------------------------------------------------------------------------ */

/* Edema: a bright left half. Effusion: rows in turn bright and dark. Both under noise. */
static void draw(px_image *image, px_random *random, bool edema, bool effusion) {
    uint8_t *pixels = image->pixels;
    for (int y = 0; y < SIDE; y++) {
        for (int x = 0; x < SIDE; x++) {
            double level = 90 + 25 * px_random_normal(random);
            level += edema && x < SIDE / 2 ? 60 : 0;
            level += effusion && y / 2 % 2 == 0 ? 50 : 0;
            pixels[y * SIDE + x] = (uint8_t)fmin(fmax(level, 0), 255);
        }
    }
}

static void write_image(const char *folder, int number, bool edema, bool effusion) {
    char name[32];
    snprintf(name, sizeof name, "%02d.png", number);
    px_image image;
    px_image_init(&image);
    MUST(px_image_new(&image, SIDE, SIDE, 1, 8, &err));
    px_random random;
    px_random_init(&random, 11, (uint64_t)number);
    draw(&image, &random, edema, effusion);
    px_buffer bytes;
    px_buffer_init(&bytes, 1 << 20);
    MUST(px_image_encode_png(&image, &bytes, &err));
    MUST(px_file_write(tiny_path(folder, name), bytes.data, bytes.size, &err));
    px_buffer_clear(&bytes);
    px_image_clear(&image);
}

static void write_data(const char *folder) {
    px_buffer tables[2];
    for (int i = 0; i < 2; i++) {
        px_buffer_init(&tables[i], 1 << 20);
        px_buffer_print(&tables[i], NULL, "path,edema,pleural_effusion\n");
    }
    px_random random;
    px_random_init(&random, 7, 0);
    for (int i = 1; i <= TINY_IMAGES; i++) {
        bool edema = px_random_below(&random, 2), effusion = px_random_below(&random, 2);
        write_image(folder, i, edema, effusion);
        px_buffer_print(&tables[i > TRAINED], NULL, "%02d.png,%d,%d\n", i, edema, effusion);
    }
    MUST(px_file_write(tiny_path(folder, "train.csv"), tables[0].data, tables[0].size, &err));
    MUST(px_file_write(tiny_path(folder, "valid.csv"), tables[1].data, tables[1].size, &err));
    px_buffer_clear(&tables[0]);
    px_buffer_clear(&tables[1]);
}

/* ---- the network --------------------------------------------------------------------------- */

static void write_model(const char *folder) {
    px_error why = {0};
    px_model *model = px_model_new(&why);
    assert_non_null(model);
    assert_true(px_model_set_labels(model, "edema,pleural_effusion", &why));
    model->name = strdup("tiny");
    model->input = (px_input_spec){.width = SIDE, .height = SIDE, .channels = 3};
    px_layers layers = {.graph = &model->graph, .seed = 5, .err = &why};
    px_conv_spec first = {8, 3, 3, 1, PX_PADDING_SAME, false},
                 second = {12, 3, 3, 2, PX_PADDING_SAME, false};
    int x = px_layers_input(&layers, 3);
    x = px_layers_conv(&layers, "conv_a", x, first);
    x = px_layers_norm(&layers, "norm_a", x, 1e-3f, true);
    x = px_layers_relu(&layers, NULL, x);
    x = px_layers_conv(&layers, "conv_b", x, second);
    x = px_layers_norm(&layers, "norm_b", x, 1e-3f, true);
    x = px_layers_relu(&layers, NULL, x);
    x = px_layers_global_avg_pool(&layers, "pool", x);
    model->graph.output = px_layers_dense(&layers, x, 2, PX_OP_SIGMOID);
    MUST(px_model_finish(model, &err));
    MUST(px_model_save(model, tiny_path(folder, "start.safetensors"), &err));
    px_model_unref(model);
}

char *tiny_make(void) {
    char *folder = strdup("/tmp/px-tiny-XXXXXX");
    assert_non_null(mkdtemp(folder));
    write_data(folder);
    write_model(folder);
    return folder;
}

void tiny_remove(char *folder) {
    char command[600];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
    free(folder);
}

/* ---- the configuration --------------------------------------------------------------------- */

static const char base_config[] =
    "{'output':'out','model.start':'start.safetensors','data.labels':'train.csv','data.images':'.',"
    "'data.validation.labels':'valid.csv','data.validation.images':'.',"
    "'data.findings':['edema','pleural_effusion'],'input.size':24,'optimiser.kind':'adamw',"
    "'optimiser.average':0.9,'schedule.kind':'constant','schedule.rate':0.01,"
    "'training.epochs':4,'training.batch':8,'model.norm_momentum':0.8,'run.threads':2}";

static json_t *parse(const char *text) {
    char *copy = strdup(text);
    for (char *c = copy; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    json_t *json = json_loads(copy, 0, NULL);
    if (!json)
        fail_msg("no JSON: %s", copy);
    free(copy);
    return json;
}

px_train_config tiny_config(const char *folder, const char *changes) {
    json_t *flat = parse(base_config), *changed = parse(changes), *root = json_object();
    json_object_update(flat, changed);
    const char *name;
    json_t *value;
    json_object_foreach(flat, name, value) {
        if (!json_is_null(value)) {
            const char *last = name;
            json_t *object = dotted_object(root, &last);
            json_object_set(object, last, value);
        }
    }
    char *text = px_json_dump(root, NULL);
    px_train_config config = {0};
    MUST(px_train_config_parse(tiny_path(folder, "train.json"), text, strlen(text), &config, &err));
    free(text);
    json_decref(root);
    json_decref(changed);
    json_decref(flat);
    return config;
}

/* ---- training ------------------------------------------------------------------------------ */

int tiny_looks = -1;

bool tiny_stopped(void) {
    return tiny_looks >= 0 && tiny_looks-- <= 0;
}

px_train_outcome tiny_train(const px_train_config *config, px_train_start start) {
    px_train_hooks hooks = {0};
    px_train_outcome outcome = {0};
    MUST(px_train(config, start, &hooks, &outcome, &err));
    return outcome;
}

bool tiny_train_until(const px_train_config *config, int steps) {
    px_train_hooks hooks = {.stopped = tiny_stopped};
    px_train_outcome outcome = {0};
    px_error err = {0};
    tiny_looks = steps;
    bool finished = px_train(config, PX_START_RESUME, &hooks, &outcome, &err);
    tiny_looks = -1;
    if (!finished && err.code != PX_ERR_CANCELLED)
        fail_msg("%s: %s", err.subject, err.message);
    px_train_outcome_clear(&outcome);
    return !finished;
}

/* ---- comparing ----------------------------------------------------------------------------- */

void tiny_assert_same_model(const char *a, const char *b) {
    px_error err = {0};
    px_model *one = px_model_load(a, &err), *other = px_model_load(b, &err);
    if (!one || !other)
        fail_msg("%s: %s", err.subject, err.message);
    assert_int_equal(one->graph.n_tensors, other->graph.n_tensors);
    for (int i = 0; i < one->graph.n_tensors; i++) {
        const px_tensor *x = &one->graph.tensors[i], *y = &other->graph.tensors[i];
        assert_string_equal(x->name, y->name);
        assert_int_equal(px_tensor_count(x), px_tensor_count(y));
        if (memcmp(x->data, y->data, (size_t)px_tensor_count(x) * sizeof(float)) != 0)
            fail_msg("%s differs", x->name);
    }
    assert_memory_equal(&one->input, &other->input, sizeof one->input);
    px_model_unref(one);
    px_model_unref(other);
}

static void assert_same_number(const char *what, int epoch, double a, double b) {
    if (!(a == b) && !(isnan(a) && isnan(b)))
        fail_msg("%s of epoch %d: %.17g and %.17g", what, epoch, a, b);
}

void tiny_assert_same_history(const px_history *a, const px_history *b) {
    assert_int_equal(a->n_rows, b->n_rows);
    for (int i = 0; i < a->n_rows; i++) {
        const px_history_row *x = &a->rows[i], *y = &b->rows[i];
        assert_int_equal(x->epoch, y->epoch);
        assert_int_equal(x->steps, y->steps);
        assert_int_equal(x->size, y->size);
        assert_int_equal(x->best, y->best);
        assert_same_number("rate", x->epoch, x->rate, y->rate);
        assert_same_number("train_loss", x->epoch, x->train_loss, y->train_loss);
        assert_same_number("gradient", x->epoch, x->gradient, y->gradient);
        assert_same_number("valid_loss", x->epoch, x->valid_loss, y->valid_loss);
        assert_same_number("mean_auc", x->epoch, x->mean_auc, y->mean_auc);
        for (int k = 0; k < a->n_findings; k++)
            assert_same_number("auc", x->epoch, x->auc[k], y->auc[k]);
    }
}
