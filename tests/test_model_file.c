/* Model files: what is saved comes back, and every kind of damage is refused by name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "../src/base/buffer.h"
#include "../src/base/file.h"
#include "../src/model/builders.h"
#include "../src/model/safetensors.h"

static char folder[] = "/tmp/perxeptron-model-XXXXXX";
static char path[256];

static int make_folder(void **state) {
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/model.safetensors", folder);
    return 0;
}

static int remove_folder(void **state) {
    (void)state;
    unlink(path);
    return rmdir(folder);
}

static int files_in_folder(void) {
    int count = 0;
    DIR *dir = opendir(folder);
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count;
}

/* ---- building files by hand ---------------------------------------------------------------- */

/* A network of one of each kind of layer: pad, depthwise and 1x1 convolutions, norm, pools, scale,
 * add, concat, dropout, dense, sigmoid. */
static const char small_graph[] =
    "{'nodes':["
    "{'op':'input','name':'in'},"
    "{'op':'pad','name':'pad','inputs':['in'],'padding':[1,0,2,3]},"
    "{'op':'conv2d','name':'c','inputs':['pad'],'kernel':[2,1],'strides':[2,1],"
    "'padding':'same','groups':1,'tensors':{'kernel':'c/kernel','bias':'c/bias'}},"
    "{'op':'batch_norm','name':'n','inputs':['c'],'epsilon':0.001,'tensors':{'gamma':'n/gamma',"
    "'beta':'n/beta','mean':'n/mean','variance':'n/variance'}},"
    "{'op':'relu','name':'r','inputs':['n']},"
    "{'op':'max_pool','name':'mp','inputs':['r'],'kernel':[2,2],'strides':[1,1],"
    "'padding':'same'},"
    "{'op':'avg_pool','name':'ap','inputs':['r'],'kernel':[3,3],'strides':[1,1],"
    "'padding':[1,1,1,1],'count_include_pad':true},"
    "{'op':'scale','name':'s','inputs':['mp'],'factor':0.17},"
    "{'op':'add','name':'a','inputs':['s','ap']},"
    "{'op':'concat','name':'k','inputs':['a','r','a']},"
    "{'op':'global_avg_pool','name':'g','inputs':['k']},"
    "{'op':'dropout','name':'d','inputs':['g'],'rate':0.3},"
    "{'op':'flatten','name':'f','inputs':['d']},"
    "{'op':'dense','name':'y','inputs':['f'],'tensors':{'kernel':'y/kernel','bias':'y/bias'}},"
    "{'op':'sigmoid','name':'p','inputs':['y']}],'output':'p'}";

static const char small_input[] = "{'width':9,'height':7,'channels':3,'crop':'none','equalise':"
                                  "'clahe','resize':'area','scaling':'featurewise',"
                                  "'mean':[1.5,2,3],'std':[0.17,50,60]}";

typedef struct small_tensor {
    const char *name, *dtype, *shape;
    size_t size;
} small_tensor;

static const small_tensor small_tensors[] = {
    {"c/kernel", "F32", "[2,1,3,4]", 96}, {"c/bias", "F32", "[4]", 16},
    {"n/gamma", "F32", "[4]", 16},        {"n/beta", "F32", "[4]", 16},
    {"n/mean", "F32", "[4]", 16},         {"n/variance", "F32", "[4]", 16},
    {"y/kernel", "F32", "[12,2]", 96},    {"y/bias", "F32", "[2]", 8},
};
enum { SMALL_TENSORS = sizeof small_tensors / sizeof *small_tensors, SMALL_DATA = 280 };

static void append_quoted(px_buffer *out, const char *text, bool escape) {
    for (; *text; text++) {
        char c = *text == '\'' ? '"' : *text;
        if (escape && c == '"')
            px_buffer_append(out, "\\", 1, NULL);
        px_buffer_append(out, &c, 1, NULL);
    }
}

/* The pieces of a small model; a test replaces what it wants to be wrong. */
typedef struct small_file {
    const char *format, *labels, *untrained, *input, *graph, *provenance;
    const char *entries;  /* NULL: the small tensors */
    const char *metadata; /* NULL: made of the above */
    float data[SMALL_DATA / 4];
    size_t data_size;
} small_file;

static small_file good_file(void) {
    small_file file = {.format = "perxeptron-model/1",
                       .labels = "['edema','pleural_effusion']",
                       .untrained = "['edema']",
                       .input = small_input,
                       .graph = small_graph,
                       .provenance = "{'auc':0.915,'n':[1,2]}",
                       .data_size = SMALL_DATA};
    for (int i = 0; i < SMALL_DATA / 4; i++)
        file.data[i] = 0.25f * (float)(i % 7) + 0.1f;
    return file;
}

static void append_small_entries(px_buffer *out) {
    size_t at = 0;
    for (int i = 0; i < SMALL_TENSORS; i++) {
        const small_tensor *t = &small_tensors[i];
        px_buffer_print(out, NULL,
                        ",\"%s\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":[%zu,%zu]}",
                        t->name, t->dtype, t->shape, at, at + t->size);
        at += t->size;
    }
}

static void append_metadata(px_buffer *out, const small_file *file) {
    px_buffer inner;
    px_buffer_init(&inner, 1 << 20);
    px_buffer_print(&inner, NULL,
                    "{'format':'%s','name':'small','trained':true,'labels':%s,"
                    "'untrained_labels':%s,'input':%s,'graph':%s,'provenance':%s}",
                    file->format, file->labels, file->untrained, file->input, file->graph,
                    file->provenance);
    append_quoted(out, "{'perxeptron':'", false);
    append_quoted(out, (const char *)inner.data, true);
    append_quoted(out, "'}", false);
    px_buffer_clear(&inner);
}

static px_buffer assemble(const small_file *file) {
    px_buffer header, out;
    px_buffer_init(&header, 1 << 20);
    px_buffer_init(&out, 1 << 20);
    append_quoted(&header, "{'__metadata__':", false);
    if (file->metadata)
        append_quoted(&header, file->metadata, false);
    else
        append_metadata(&header, file);
    if (file->entries)
        append_quoted(&header, file->entries, false);
    else
        append_small_entries(&header);
    px_buffer_append(&header, "}", 1, NULL);
    while ((header.size + 8) % 64)
        px_buffer_append(&header, " ", 1, NULL);
    uint8_t length[8] = {(uint8_t)header.size, (uint8_t)(header.size >> 8),
                         (uint8_t)(header.size >> 16)};
    px_buffer_append(&out, length, 8, NULL);
    px_buffer_append(&out, header.data, header.size, NULL);
    px_buffer_append(&out, file->data, file->data_size, NULL);
    px_buffer_clear(&header);
    return out;
}

/* Parsing the bytes fails with this code, about this subject ("" for any), saying this. */
static void assert_refused(const px_buffer *bytes, px_error_code code, const char *subject,
                           const char *says) {
    px_error err = {0};
    px_model *model = px_model_parse(bytes->data, bytes->size, &err);
    if (model)
        fail_msg("a file that should say \"%s\" was accepted", says);
    if (err.code != code || (subject[0] && strcmp(subject, err.subject) != 0) ||
        !strstr(err.message, says))
        fail_msg("%s: %s: %s, not %s: %s: %s", px_error_code_name(err.code), err.subject,
                 err.message, px_error_code_name(code), subject, says);
}

static void assert_file_refused(const small_file *file, px_error_code code, const char *subject,
                                const char *says) {
    px_buffer bytes = assemble(file);
    assert_refused(&bytes, code, subject, says);
    px_buffer_clear(&bytes);
}

/* ---- what comes back ----------------------------------------------------------------------- */

static void assert_same_graph(const px_graph *a, const px_graph *b) {
    assert_int_equal(a->n_nodes, b->n_nodes);
    assert_int_equal(a->n_tensors, b->n_tensors);
    assert_int_equal(a->output, b->output);
    for (int i = 0; i < a->n_nodes; i++) {
        const px_node *x = &a->nodes[i], *y = &b->nodes[i];
        assert_string_equal(x->name, y->name);
        assert_int_equal(x->op, y->op);
        assert_int_equal(x->n_inputs, y->n_inputs);
        assert_memory_equal(x->inputs, y->inputs, (size_t)x->n_inputs * sizeof *x->inputs);
        assert_memory_equal(&x->window, &y->window, sizeof x->window);
        assert_memory_equal(&x->shape, &y->shape, sizeof x->shape);
        assert_int_equal(x->groups, y->groups);
        assert_int_equal(x->count_include_pad, y->count_include_pad);
        assert_true(x->epsilon == y->epsilon);
        assert_true(x->scale == y->scale);
        for (int k = 0; k < PX_NODE_TENSORS; k++) {
            assert_int_equal(x->tensors[k] < 0, y->tensors[k] < 0);
            if (x->tensors[k] < 0)
                continue;
            const px_tensor *t = &a->tensors[x->tensors[k]], *u = &b->tensors[y->tensors[k]];
            assert_string_equal(t->name, u->name);
            assert_int_equal(t->dtype, u->dtype);
            assert_int_equal(t->n_dims, u->n_dims);
            assert_memory_equal(t->dims, u->dims, (size_t)t->n_dims * sizeof *t->dims);
            assert_memory_equal(t->data, u->data,
                                (size_t)px_tensor_count(t) * px_dtype_size(t->dtype));
        }
    }
}

static px_model *load(void) {
    px_error err = {0};
    px_model *model = px_model_load(path, &err);
    if (!model)
        fail_msg("%s: %s", err.subject, err.message);
    return model;
}

static void save(const px_model *model) {
    px_error err = {0};
    if (!px_model_save(model, path, &err))
        fail_msg("%s: %s", err.subject, err.message);
}

static px_buffer read_back(void) {
    px_buffer bytes;
    px_buffer_init(&bytes, (size_t)1 << 30);
    assert_true(px_file_read(path, &bytes, NULL));
    return bytes;
}

static void networks_come_back_bit_for_bit(void **state) {
    (void)state;
    const px_arch archs[] = {PX_ARCH_INCEPTION_RESNET_V2, PX_ARCH_XCEPTION, PX_ARCH_DENSENET121};
    for (int i = 0; i < 3; i++) {
        px_model *model =
            px_model_build(archs[i], PX_HEAD_2020, 96, "Edema, Pleural Effusion", 3, NULL);
        save(model);
        px_model *loaded = load();
        assert_same_graph(&model->graph, &loaded->graph);
        assert_string_equal(loaded->name, model->name);
        assert_int_equal(loaded->n_labels, 2);
        assert_string_equal(loaded->labels[1], "pleural_effusion");
        assert_false(loaded->trained);
        assert_int_equal(loaded->input.scaling, model->input.scaling);
        assert_true(json_equal(loaded->provenance, model->provenance));
        px_buffer first = read_back();
        save(loaded); /* over the file that it is mapped from */
        px_buffer second = read_back();
        assert_int_equal(first.size, second.size);
        assert_memory_equal(first.data, second.data, first.size);
        px_buffer_clear(&first);
        px_buffer_clear(&second);
        px_model_unref(model);
        px_model_unref(loaded);
    }
}

static void every_field_comes_back(void **state) {
    (void)state;
    small_file file = good_file();
    px_buffer bytes = assemble(&file);
    px_error err = {0};
    px_model *model = px_model_parse(bytes.data, bytes.size, &err);
    if (!model)
        fail_msg("%s: %s", err.subject, err.message);
    save(model);
    px_model *loaded = load();
    assert_same_graph(&model->graph, &loaded->graph);
    assert_true(loaded->trained);
    assert_false(loaded->label_trained[0]);
    assert_true(loaded->label_trained[1]);
    assert_int_equal(loaded->input.width, 9);
    assert_int_equal(loaded->input.height, 7);
    assert_int_equal(loaded->input.equalise, PX_EQUALISE_CLAHE);
    assert_int_equal(loaded->input.resize, PX_RESIZE_AREA);
    assert_int_equal(loaded->input.scaling, PX_SCALING_FEATUREWISE);
    assert_true(loaded->input.mean[0] == 1.5f && loaded->input.std[0] == 0.17f);
    assert_true(json_real_value(json_object_get(loaded->provenance, "auc")) == 0.915);
    px_model_unref(model);
    px_model_unref(loaded);
    px_buffer_clear(&bytes);
}

static void data_is_aligned(void **state) {
    (void)state;
    px_model *model = px_model_build(PX_ARCH_XCEPTION, PX_HEAD_2020, 75, "a,b,c,d,e", 3, NULL);
    save(model);
    px_model_unref(model);
    model = load();
    for (int i = 0; i < model->graph.n_tensors; i++) {
        const px_tensor *tensor = &model->graph.tensors[i];
        assert_false(tensor->owned);
        bool whole_lines = px_tensor_count(tensor) % 16 == 0;
        assert_int_equal((uintptr_t)tensor->data % (whole_lines ? 64 : 4), 0);
    }
    px_model_unref(model);
}

static void misaligned_weights_are_copied(void **state) {
    (void)state;
    small_file file = good_file();
    px_buffer bytes = assemble(&file);
    uint8_t *moved = malloc(bytes.size + 8);
    for (int shift = 0; shift < 4; shift++) {
        memcpy(moved + shift, bytes.data, bytes.size);
        px_model *model = px_model_parse(moved + shift, bytes.size, NULL);
        const px_tensor *tensor = &model->graph.tensors[0];
        assert_int_equal(tensor->owned, shift != 0);
        assert_int_equal((uintptr_t)tensor->data % 4, 0);
        assert_memory_equal(tensor->data, file.data, 96);
        px_model_unref(model);
    }
    free(moved);
    px_buffer_clear(&bytes);
}

/* y/kernel as int8 with its scales, c/kernel as float16: read as what they stand for. */
static void small_types_are_read(void **state) {
    (void)state;
    small_file file = good_file();
    file.entries = ",'y/kernel.scale':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},"
                   "'c/bias':{'dtype':'F32','shape':[4],'data_offsets':[8,24]},"
                   "'n/gamma':{'dtype':'F32','shape':[4],'data_offsets':[24,40]},"
                   "'n/beta':{'dtype':'F32','shape':[4],'data_offsets':[40,56]},"
                   "'n/mean':{'dtype':'F32','shape':[4],'data_offsets':[56,72]},"
                   "'n/variance':{'dtype':'F32','shape':[4],'data_offsets':[72,88]},"
                   "'y/bias':{'dtype':'F32','shape':[2],'data_offsets':[88,96]},"
                   "'c/kernel':{'dtype':'F16','shape':[2,1,3,4],'data_offsets':[96,144]},"
                   "'y/kernel':{'dtype':'I8','shape':[12,2],'data_offsets':[144,168]}";
    file.data_size = 168;
    file.data[0] = 0.5f;
    file.data[1] = 2.0f;
    uint16_t halves[24];
    int8_t bytes8[24];
    for (int i = 0; i < 24; i++) {
        halves[i] = (uint16_t)(0x3c00 + (i << 6)); /* 1 + i / 16 */
        bytes8[i] = (int8_t)(i * 11 - 128);
    }
    memcpy((char *)file.data + 96, halves, 48);
    memcpy((char *)file.data + 144, bytes8, 24);
    px_buffer bytes = assemble(&file);
    px_error err = {0};
    px_model *model = px_model_parse(bytes.data, bytes.size, &err);
    if (!model)
        fail_msg("%s: %s", err.subject, err.message);
    save(model);
    px_model *loaded = load();
    assert_int_equal(loaded->graph.n_tensors, SMALL_TENSORS);
    assert_int_equal(px_graph_count_parameters(&loaded->graph), 24 + 5 * 4 + 24 + 2);
    float values[24];
    const int half = px_graph_find_tensor(&loaded->graph, "c/kernel");
    const int byte = px_graph_find_tensor(&loaded->graph, "y/kernel");
    px_tensor_to_f32(&loaded->graph.tensors[half], values);
    for (int i = 0; i < 24; i++)
        assert_true(values[i] == (i < 16 ? 1 + (float)i / 16 : 2 + (float)(i - 16) / 8));
    px_tensor_to_f32(&loaded->graph.tensors[byte], values);
    for (int i = 0; i < 24; i++)
        assert_true(values[i] == (float)(i * 11 - 128) * (i % 2 ? 2.0f : 0.5f));
    px_model_unref(model);
    px_model_unref(loaded);
    px_buffer_clear(&bytes);
}

/* ---- damage -------------------------------------------------------------------------------- */

static void truncated_files_are_refused(void **state) {
    (void)state;
    small_file file = good_file();
    px_buffer bytes = assemble(&file);
    size_t whole = bytes.size;
    for (size_t i = 0; i < 16; i++) {
        bytes.size = whole * i / 16;
        px_error err = {0};
        assert_null(px_model_parse(bytes.data, bytes.size, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        assert_true(px_file_write(path, bytes.data, bytes.size, NULL));
        err = (px_error){0};
        assert_null(px_model_load(path, &err));
        assert_string_equal(err.subject, path);
    }
    bytes.size = whole - 1;
    assert_refused(&bytes, PX_ERR_INPUT, "y/bias", "cut short");
    px_buffer_append(&bytes, "12", 2, NULL);
    assert_refused(&bytes, PX_ERR_INPUT, "", "281 bytes of data, but its tensors take 280");
    px_buffer_clear(&bytes);
}

static void headers_are_checked(void **state) {
    (void)state;
    px_buffer bytes;
    px_buffer_init(&bytes, 64 << 20);
    assert_refused(&bytes, PX_ERR_INPUT, "", "0 bytes are too few");
    px_buffer_append(&bytes, "\xff\xff\xff\xff\xff\xff\xff\xff{}", 10, NULL);
    assert_refused(&bytes, PX_ERR_INPUT, "", "not a safetensors model");
    bytes.size = 0;
    px_buffer_append(&bytes, "\x89PNG\r\n\x1a\n________", 16, NULL);
    assert_refused(&bytes, PX_ERR_INPUT, "", "not a safetensors model");
    bytes.size = 0;
    px_buffer_append(&bytes, "\x03\0\0\0\0\0\0\0{,}", 11, NULL);
    assert_refused(&bytes, PX_ERR_INPUT, "", "not JSON");
    bytes.size = 0;
    px_buffer_append(&bytes, "\x02\0\0\0\0\0\0\0{}", 10, NULL);
    assert_refused(&bytes, PX_ERR_INPUT, "", "without a network");
    const size_t huge = (size_t)17 << 20;
    bytes.size = 0;
    px_buffer_append(&bytes, "\0\0\x10\1\0\0\0\0{", 9, NULL); /* 17 MiB, and they are there */
    char *spaces = calloc(huge, 1);
    px_buffer_append(&bytes, spaces, huge, NULL);
    assert_refused(&bytes, PX_ERR_LIMIT, "", "header of 17825792 bytes");
    free(spaces);
    px_buffer_clear(&bytes);
}

static void entries_are_checked(void **state) {
    (void)state;
    const struct {
        const char *entries;
        px_error_code code;
        const char *subject, *says;
    } cases[] = {
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[0,16]},"
         "'u':{'dtype':'F32','shape':[4],'data_offsets':[12,28]}",
         PX_ERR_INPUT, "u", "starts at byte 12"},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[0,16]},"
         "'u':{'dtype':'F32','shape':[4],'data_offsets':[20,36]}",
         PX_ERR_INPUT, "u", "starts at byte 20"},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[4,20]}", PX_ERR_INPUT, "t",
         "starts at byte 4"},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[0,16]}", PX_ERR_INPUT, "",
         "280 bytes of data, but its tensors take 16"},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[16,0]}", PX_ERR_INPUT, "t", "outside"},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[-16,0]}", PX_ERR_INPUT, "t", "outside"},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[0,9223372036854775807]}", PX_ERR_INPUT,
         "t", "outside"},
        {",'t':{'dtype':'F32','shape':[5],'data_offsets':[0,16]}", PX_ERR_INPUT, "t",
         "shape [5] in F32 does not take 16 bytes"},
        {",'t':{'dtype':'F32','shape':[4294967296,4294967296,4],'data_offsets':[0,0]}",
         PX_ERR_INPUT, "t", "does not take 0 bytes"},
        {",'t':{'dtype':'F32','shape':[4611686018427387904],'data_offsets':[0,0]}", PX_ERR_INPUT,
         "t", "does not take 0 bytes"},
        {",'t':{'dtype':'F32','shape':[-4],'data_offsets':[0,16]}", PX_ERR_INPUT, "t", "natural"},
        {",'t':{'dtype':'F32','shape':[1,1,1,1,4],'data_offsets':[0,16]}", PX_ERR_UNSUPPORTED, "t",
         "5 dimensions"},
        {",'t':{'dtype':'BF16','shape':[4],'data_offsets':[0,8]}", PX_ERR_UNSUPPORTED, "t",
         "type \"BF16\""},
        {",'t':{'dtype':'I8','shape':[],'data_offsets':[0,1]}", PX_ERR_INPUT, "t",
         "without dimensions"},
        {",'t':{'dtype':'I8','shape':[280],'data_offsets':[0,280]}", PX_ERR_MISMATCH, "t",
         "\"t.scale\""},
        {",'t':{'dtype':'I8','shape':[2,66],'data_offsets':[16,148]},"
         "'t.scale':{'dtype':'F32','shape':[4],'data_offsets':[0,16]},"
         "'u':{'dtype':'F32','shape':[33],'data_offsets':[148,280]}",
         PX_ERR_MISMATCH, "t", "\"t.scale\""},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[0,16]},"
         "'t':{'dtype':'F32','shape':[4],'data_offsets':[16,32]}",
         PX_ERR_INPUT, "", "duplicate"},
        {",'t':{'dtype':'F32','shape':[4]}", PX_ERR_INPUT, "t", "data_offsets"},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[0,16],'x':1}", PX_ERR_INPUT, "t",
         "its entry is not"},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[0,16.5]}", PX_ERR_INPUT, "t", "integers"},
        {",'t':{'dtype':'F32','shape':[4],'data_offsets':[0]}", PX_ERR_INPUT, "t", "integers"},
        {",'t':[]", PX_ERR_INPUT, "t", "its entry is not"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        small_file file = good_file();
        file.entries = cases[i].entries;
        assert_file_refused(&file, cases[i].code, cases[i].subject, cases[i].says);
    }
}

static void metadata_is_checked(void **state) {
    (void)state;
    const struct {
        const char *metadata;
        px_error_code code;
        const char *says;
    } cases[] = {
        {"{}", PX_ERR_INPUT, "without a network"},
        {"{'perxeptron':1}", PX_ERR_INPUT, "not an object of texts"},
        {"[]", PX_ERR_INPUT, "not an object of texts"},
        {"{'perxeptron':''}", PX_ERR_INPUT, "not JSON"},
        {"{'perxeptron':'[]'}", PX_ERR_INPUT, "\"format\" is missing"},
        {"{'perxeptron':'{}'}", PX_ERR_INPUT, "\"format\" is missing"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        small_file file = good_file();
        file.metadata = cases[i].metadata;
        assert_file_refused(&file, cases[i].code, "", cases[i].says);
    }
    small_file file = good_file();
    file.format = "perxeptron-model/2";
    assert_file_refused(&file, PX_ERR_UNSUPPORTED, "model", "perxeptron-model/1 is known");
}

static void labels_are_checked(void **state) {
    (void)state;
    const struct {
        const char *labels, *untrained;
        px_error_code code;
        const char *says;
    } cases[] = {
        {"['a']", "[]", PX_ERR_MISMATCH, "2 outputs for 1 labels"},
        {"['a','b','c']", "[]", PX_ERR_MISMATCH, "2 outputs for 3 labels"},
        {"[]", "[]", PX_ERR_INPUT, "empty"},
        {"['a','']", "[]", PX_ERR_INPUT, "empty"},
        {"['a','a']", "[]", PX_ERR_INPUT, "twice"},
        {"['a,b']", "[]", PX_ERR_INPUT, "label 1"},
        {"['a',2]", "[]", PX_ERR_INPUT, "label 2"},
        {"'a'", "[]", PX_ERR_INPUT, "\"labels\" is not an array"},
        {"['a','b']", "['c']", PX_ERR_INPUT, "item 1 is not a label"},
        {"['a','b']", "[7]", PX_ERR_INPUT, "item 1 is not a label"},
        {"['a','b']", "{}", PX_ERR_INPUT, "\"untrained_labels\" is not an array"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        small_file file = good_file();
        file.labels = cases[i].labels;
        file.untrained = cases[i].untrained;
        assert_file_refused(&file, cases[i].code, "", cases[i].says);
    }
}

/* The text with its first `from` replaced by `to`; to be freed. */
static char *replace(const char *text, const char *from, const char *to) {
    const char *at = strstr(text, from);
    if (!at)
        fail_msg("no %s to replace", from);
    size_t size = strlen(text) + strlen(to) + 1;
    char *result = malloc(size);
    snprintf(result, size, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    return result;
}

static void graphs_are_checked(void **state) {
    (void)state;
    const struct {
        const char *from, *to;
        px_error_code code;
        const char *subject, *says;
    } cases[] = {
        {"'op':'relu'", "'op':'gelu'", PX_ERR_UNSUPPORTED, "r", "\"gelu\" is not known"},
        {"'op':'relu'", "'op':7", PX_ERR_INPUT, "r", "\"op\" is not a text"},
        {"'name':'r',", "", PX_ERR_INPUT, "graph", "\"name\" is missing"},
        {"'name':'r'", "'name':'n'", PX_ERR_INPUT, "n", "two layers"},
        {"'inputs':['n']", "'inputs':['g']", PX_ERR_INPUT, "r", "g is not an earlier layer"},
        {"'inputs':['n']", "'inputs':['n','c']", PX_ERR_INPUT, "r", "cannot have 2 inputs"},
        {"'inputs':['n']", "'inputs':[]", PX_ERR_INPUT, "r", "cannot have 0 inputs"},
        {"'inputs':['n']", "'inputs':[3]", PX_ERR_INPUT, "r", "not an earlier layer"},
        {"'inputs':['n']", "'inputs':['n'],'alpha':1", PX_ERR_UNSUPPORTED, "r", "\"alpha\""},
        {"'groups':1,", "", PX_ERR_INPUT, "c", "needs \"groups\""},
        {"'groups':1", "'groups':2", PX_ERR_MISMATCH, "c", "2 groups"},
        {"'groups':1", "'groups':4294967297", PX_ERR_INPUT, "c", "\"groups\""},
        {"'strides':[2,1]", "'strides':[0,1]", PX_ERR_INPUT, "c", "\"strides\""},
        {"'strides':[2,1]", "'strides':[2]", PX_ERR_INPUT, "c", "has 1 items, not 2"},
        {"'kernel':[2,1]", "'kernel':[1,2]", PX_ERR_MISMATCH, "c", "not [1, 2, 3, 4]"},
        {"'padding':'same'", "'padding':'full'", PX_ERR_UNSUPPORTED, "c", "\"full\""},
        {"'padding':[1,0,2,3]", "'padding':'same'", PX_ERR_UNSUPPORTED, "pad", "\"same\""},
        {"'padding':[1,0,2,3]", "'padding':[1,-1,2,3]", PX_ERR_INPUT, "pad", "\"padding\""},
        {"'padding':[1,0,2,3]", "'padding':[1000000,0,0,0]", PX_ERR_INPUT, "pad", "padding of"},
        {"'epsilon':0.001", "'epsilon':-1", PX_ERR_INPUT, "n", "epsilon"},
        {"'epsilon':0.001", "'epsilon':1e300", PX_ERR_INPUT, "n", "\"epsilon\" is not a number"},
        {"'count_include_pad':true", "'count_include_pad':1", PX_ERR_INPUT, "ap", "true or false"},
        {"'factor':0.17", "'factor':'x'", PX_ERR_INPUT, "s", "\"factor\" is not a number"},
        {"'kernel':'c/kernel',", "'kernel':'c/kernels',", PX_ERR_MISMATCH, "c",
         "c/kernels is not in the file"},
        {"'kernel':'c/kernel',", "", PX_ERR_MISMATCH, "c/kernel", "no layer uses"},
        {"'kernel':'c/kernel'", "'kernel':'c/bias'", PX_ERR_MISMATCH, "c/kernel", "no layer uses"},
        {"'bias':'c/bias'", "'bias':'c/bias','gamma':'c/bias'", PX_ERR_UNSUPPORTED, "c",
         "no tensor \"gamma\""},
        {"'beta':'n/beta'", "'beta':'y/bias'", PX_ERR_MISMATCH, "n/beta", "no layer uses"},
        {"'output':'p'", "'output':'q'", PX_ERR_INPUT, "graph", "output q"},
        {"'output':'p'", "'output':'r'", PX_ERR_MISMATCH, "r", "not a vector"},
        {"'nodes':[", "'nodes':[7,", PX_ERR_INPUT, "graph", "\"name\" is missing"},
        {"{'op':'input','name':'in'},", "", PX_ERR_INPUT, "pad", "in is not an earlier layer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        small_file file = good_file();
        char *graph = replace(small_graph, cases[i].from, cases[i].to);
        file.graph = graph;
        assert_file_refused(&file, cases[i].code, cases[i].subject, cases[i].says);
        free(graph);
    }
}

static void inputs_are_checked(void **state) {
    (void)state;
    const struct {
        const char *from, *to;
        px_error_code code;
        const char *says;
    } cases[] = {
        {"'width':9", "'width':0", PX_ERR_INPUT, "\"width\""},
        {"'width':9", "'width':100000", PX_ERR_INPUT, "100000 x 7 pixels"},
        {"'channels':3", "'channels':2", PX_ERR_INPUT, "2 channels"},
        {"'channels':3", "'channels':1", PX_ERR_MISMATCH, "[2, 1, 3, 4]"},
        {"'crop':'none'", "'crop':'left'", PX_ERR_UNSUPPORTED, "crop \"left\""},
        {"'clahe'", "'x'", PX_ERR_UNSUPPORTED, "equalise \"x\""},
        {"'area'", "'lanczos'", PX_ERR_UNSUPPORTED, "resize \"lanczos\""},
        {"'featurewise'", "'x'", PX_ERR_UNSUPPORTED, "scaling \"x\""},
        {"'std':[0.17", "'std':[0", PX_ERR_INPUT, "not positive"},
        {",'std':[0.17,50,60]", "", PX_ERR_INPUT, "\"std\" is missing"},
        {"'mean':[1.5,", "'mean':[", PX_ERR_INPUT, "2 items, not 3"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        small_file file = good_file();
        char *input = replace(small_input, cases[i].from, cases[i].to);
        file.input = input;
        assert_file_refused(&file, cases[i].code, "", cases[i].says);
        free(input);
    }
}

static void weights_must_be_finite(void **state) {
    (void)state;
    const float bad[] = {NAN, INFINITY, -INFINITY};
    size_t at = 0;
    for (int tensor = 0; tensor < SMALL_TENSORS; tensor++) {
        const size_t last = at + small_tensors[tensor].size - 4;
        for (int i = 0; i < 3; i++) {
            small_file file = good_file();
            file.data[(i == 0 ? at : last) / 4] = bad[i];
            assert_file_refused(&file, PX_ERR_INPUT, small_tensors[tensor].name, "finite");
        }
        at = last + 4;
    }
    small_file file = good_file();
    file.data[(96 + 4 * 16) / 4 + 1] = -0.5f; /* n/variance */
    assert_file_refused(&file, PX_ERR_INPUT, "n/variance", "negative");
}

/* ---- writing, sharing ---------------------------------------------------------------------- */

static void a_full_disk_leaves_nothing_behind(void **state) {
    (void)state;
    unlink(path);
    px_model *model = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, "a", 1, NULL);
    struct rlimit old, small = {1 << 20, 1 << 20};
    getrlimit(RLIMIT_FSIZE, &old);
    small.rlim_max = old.rlim_max;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    px_error err = {0};
    bool saved = px_model_save(model, path, &err);
    setrlimit(RLIMIT_FSIZE, &old);
    signal(SIGXFSZ, handler);
    assert_false(saved);
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, path);
    assert_int_equal(files_in_folder(), 0);
    px_model_unref(model);
}

static void unwritable_paths_are_named(void **state) {
    (void)state;
    px_model *model = px_model_build(PX_ARCH_DENSENET121, PX_HEAD_PLAIN, 75, "a", 1, NULL);
    px_error err = {0};
    assert_false(px_model_save(model, "/nonexistent/model.safetensors", &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, "/nonexistent/model.safetensors");
    err = (px_error){0};
    assert_null(px_model_load("/nonexistent/model.safetensors", &err));
    assert_int_equal(err.code, PX_ERR_IO);
    err = (px_error){0};
    assert_null(px_model_load(folder, &err));
    assert_string_equal(err.subject, folder);
    px_model_unref(model);
}

static void names_that_clash_are_not_written(void **state) {
    (void)state;
    float value = 1;
    char first[] = "t";
    px_tensor twice[2] = {{.name = first, .n_dims = 1, .dims = {1}, .data = &value},
                          {.name = first, .n_dims = 1, .dims = {1}, .data = &value}};
    const char *const names[] = {"t", "__metadata__", "\xff\xfe"};
    for (int i = 0; i < 3; i++) {
        char name[16];
        snprintf(name, sizeof name, "%s", names[i]);
        twice[1].name = name;
        px_error err = {0};
        assert_false(px_safetensors_write(path, twice, 2, NULL, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        assert_int_equal(files_in_folder(), 0);
    }
}

static void *ref_and_unref(void *model) {
    for (int i = 0; i < 100000; i++)
        px_model_unref(px_model_ref(model));
    return NULL;
}

static void references_are_counted_across_threads(void **state) {
    (void)state;
    px_model *model = px_model_new(NULL);
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, ref_and_unref, model), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(model->references, 1);
    px_model_unref(model);
    px_model_unref(NULL);
}

static void labels_become_ids(void **state) {
    (void)state;
    px_model *model = px_model_new(NULL);
    assert_true(px_model_set_labels(model, " Pleural Effusion ,No-Finding,x2", NULL));
    assert_int_equal(model->n_labels, 3);
    assert_string_equal(model->labels[0], "pleural_effusion");
    assert_string_equal(model->labels[1], "no_finding");
    assert_string_equal(model->labels[2], "x2");
    assert_true(model->label_trained[2]);
    assert_false(px_model_set_labels(model, "a,,b", NULL));
    assert_int_equal(model->n_labels, 3); /* untouched */
    assert_string_equal(model->labels[0], "pleural_effusion");
    assert_false(px_model_set_labels(model, NULL, NULL));
    px_model_unref(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(networks_come_back_bit_for_bit),
        cmocka_unit_test(every_field_comes_back),
        cmocka_unit_test(data_is_aligned),
        cmocka_unit_test(misaligned_weights_are_copied),
        cmocka_unit_test(small_types_are_read),
        cmocka_unit_test(truncated_files_are_refused),
        cmocka_unit_test(headers_are_checked),
        cmocka_unit_test(entries_are_checked),
        cmocka_unit_test(metadata_is_checked),
        cmocka_unit_test(labels_are_checked),
        cmocka_unit_test(graphs_are_checked),
        cmocka_unit_test(inputs_are_checked),
        cmocka_unit_test(weights_must_be_finite),
        cmocka_unit_test(a_full_disk_leaves_nothing_behind),
        cmocka_unit_test(unwritable_paths_are_named),
        cmocka_unit_test(names_that_clash_are_not_written),
        cmocka_unit_test(references_are_counted_across_threads),
        cmocka_unit_test(labels_become_ids),
    };
    return cmocka_run_group_tests_name("model_file", tests, make_folder, remove_folder);
}
