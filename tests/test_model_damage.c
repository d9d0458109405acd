/* Model files that are damaged, hostile or wrong: each is refused, saying what is wrong where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/model/model.h"
#include "make_models.h"

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
    px_buffer bytes = make_model_file(file);
    assert_refused(&bytes, code, subject, says);
    px_buffer_clear(&bytes);
}

static void truncated_files_are_refused(void **state) {
    (void)state;
    small_file file = make_small_file();
    px_buffer bytes = make_model_file(&file);
    size_t whole = bytes.size;
    for (size_t i = 0; i < 16; i++) {
        bytes.size = whole * i / 16;
        px_error err = {0};
        assert_null(px_model_parse(bytes.data, bytes.size, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
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
        {",'\\u001bt':[]", PX_ERR_INPUT, "?t", "its entry is not"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        small_file file = make_small_file();
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
        small_file file = make_small_file();
        file.metadata = cases[i].metadata;
        assert_file_refused(&file, cases[i].code, "", cases[i].says);
    }
    small_file file = make_small_file();
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
        small_file file = make_small_file();
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
        {"'op':'relu'", "'op':7", PX_ERR_INPUT, "r", "\"op\" is not a plain text"},
        {"'name':'r'", "'name':'\\\\u001b[2Jr'", PX_ERR_INPUT, "graph",
         "\"name\" is not a plain text"},
        {"'op':'relu'", "'op':'\\\\n'", PX_ERR_INPUT, "r", "\"op\" is not a plain text"},
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
        small_file file = make_small_file();
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
        small_file file = make_small_file();
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
            small_file file = make_small_file();
            file.data[(i == 0 ? at : last) / 4] = bad[i];
            assert_file_refused(&file, PX_ERR_INPUT, small_tensors[tensor].name, "finite");
        }
        at = last + 4;
    }
    small_file file = make_small_file();
    file.data[(96 + 4 * 16) / 4 + 1] = -0.5f; /* n/variance */
    assert_file_refused(&file, PX_ERR_INPUT, "n/variance", "negative");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(truncated_files_are_refused), cmocka_unit_test(headers_are_checked),
        cmocka_unit_test(entries_are_checked),         cmocka_unit_test(metadata_is_checked),
        cmocka_unit_test(labels_are_checked),          cmocka_unit_test(graphs_are_checked),
        cmocka_unit_test(inputs_are_checked),          cmocka_unit_test(weights_must_be_finite),
    };
    return cmocka_run_group_tests_name("model_damage", tests, NULL, NULL);
}
