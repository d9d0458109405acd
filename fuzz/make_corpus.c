/* Writes the first inputs of the fuzz targets: make_corpus FOLDER makes FOLDER/TARGET/FILE…
 * One function a target. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/error.h"
#include "../src/base/file.h"
#include "../src/base/memory.h"
#include "../tests/keras_files.h"
#include "../tests/keras_tiny.h"
#include "../tests/make_models.h"
#include "../tests/make_zip.h"
#include "../tests/onnx_tiny.h"

typedef struct corpus {
    const char *folder; /* where this target's files go */
    px_error err;       /* the first failure */
} corpus;

static void save(void *context, const char *name, const px_buffer *file) {
    corpus *into = context;
    char *path = px_format(&into->err, "%s/%s", into->folder, name);
    if (path)
        px_file_write(path, file->data, file->size, &into->err);
    free(path);
}

static void make_image_corpus(corpus *into) {
    make_every_image(save, into);
}

static void save_bytes(corpus *into, const char *name, const char *bytes, size_t size) {
    px_buffer file;
    px_buffer_init(&file, size);
    if (px_buffer_append(&file, bytes, size, &into->err))
        save(into, name, &file);
    px_buffer_clear(&file);
}

/* Piece size, Content-Type, a zero byte, body. */
static void make_fields_corpus(corpus *into) {
    static const char json[] =
        "application/json\0{\"a\":\"2026-11-23T08:31:12.5+01:00\",\"b\":1.5e-7,"
        "\"c\":8}";
    static const char other[] =
        "application/json\0{\"a\":null,\"b\":[{}],\"c\":true,\"d\":\"\\u0000\"}";
    static const char form[] = "application/x-www-form-urlencoded\0a=%e3%80%80x+&b=%00&c=b";
    save_bytes(into, "json", json, sizeof json - 1);
    save_bytes(into, "other", other, sizeof other - 1);
    save_bytes(into, "form", form, sizeof form - 1);
}

static void make_head_corpus(corpus *into) {
    static const char plain[] =
        "GET /healthz HTTP/1.1\r\nHost: localhost:8000\r\nAccept: */*\r\n\r\n";
    static const char upload[] =
        "POST /api/v1/xrays?consent=true HTTP/1.1\r\nHost: xray.example\r\nContent-Length: 5\r\n"
        "Expect: 100-continue\r\nX-Forwarded-For: 192.0.2.1, [2001:db8::1]:4711, 10.0.0.2\r\n"
        "X-Forwarded-Proto: https\r\nCookie: a=b\r\n\r\n";
    static const char chunks[] =
        "POST / HTTP/1.1\r\nHost: [::1]\r\nTransfer-Encoding: chunked\r\n\r\n";
    save_bytes(into, "plain", plain, sizeof plain - 1);
    save_bytes(into, "upload", upload, sizeof upload - 1);
    save_bytes(into, "chunks", chunks, sizeof chunks - 1);
}

static void make_accept_corpus(corpus *into) {
    static const char coding[] = "br;q=1.0, gzip;q=0.8, *;q=0.1";
    static const char language[] = "de-AT,de;q=0.9,en-x-a;q=0.8,*;q=0.5";
    static const char page[] = "text/html,application/xhtml+xml,*/*;q=0.8";
    static const char cookie[] = "a=b; language=de; perxeptron_session=0";
    save_bytes(into, "coding", coding, sizeof coding - 1);
    save_bytes(into, "language", language, sizeof language - 1);
    save_bytes(into, "page", page, sizeof page - 1);
    save_bytes(into, "cookie", cookie, sizeof cookie - 1);
}

static void make_multipart_corpus(corpus *into) {
    static const char form[] =
        "\x07multipart/form-data; boundary=XyZ\0--XyZ\r\nContent-Disposition: form-data; "
        "name=\"title\"\r\n\r\nChest\r\n--XyZ\r\nContent-Disposition: form-data; name=image; "
        "filename=\"a\\\"b.png\"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n--Xy\r\n--XyZ--\r\n";
    static const char odd[] =
        "\x01multipart/form-data ;x=y;boundary=\"a b\";\0preamble\r\n--a b \t\r\n"
        "Content-Disposition:form-data;name=q;\r\n\r\n\r\n--a b--rest";
    save_bytes(into, "form", form, sizeof form - 1);
    save_bytes(into, "odd", odd, sizeof odd - 1);
}

static void make_ensemble_corpus(corpus *into) {
#define HASH "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
    static const char ensemble[] =
        "{\"format\":\"perxeptron-ensemble/1\",\"name\":\"E\",\"findings\":[{\"id\":\"edema\","
        "\"name\":\"Edema\"}],\"members\":[{\"name\":\"a\",\"file\":\"b/a.safetensors\","
        "\"sha256\":\"" HASH "\",\"weights\":{\"edema\":0.5}}],\"operating_points\":{\"method\":"
        "\"youden\",\"data\":\"v\",\"images\":2,\"thresholds\":{\"edema\":0.2},\"members\":{\"a\":"
        "\"" HASH
        "\"}},\"calibration\":{\"method\":\"platt\",\"parameters\":{\"edema\":[1.5,-1e-2]}},"
        "\"card\":{\"limits\":null}}";
    static const char table[] =
        "\xef\xbb\xbf"
        "finding,weight\r\n# none\r\n\"Pleural Effusion\",1e-2 \r\n\nEdema,2";
    static const char calibrated[] =
        "{\"format\":\"perxeptron-ensemble/1\",\"name\":\"E\",\"findings\":[{\"id\":\"edema\","
        "\"name\":\"Edema\"},{\"id\":\"mass\",\"name\":\"Mass\"}],\"members\":[{\"name\":\"a\","
        "\"file\":\"a\",\"sha256\":\"" HASH "\",\"weights\":{\"edema\":1,\"mass\":1}}],"
        "\"calibration\":{\"method\":\"isotonic\",\"parameters\":{\"edema\":[[0.1,0],[0.5,0.25],"
        "[0.9,1]],\"mass\":{\"method\":\"temperature\",\"parameters\":1.5}}}}";
    save_bytes(into, "ensemble", ensemble, sizeof ensemble - 1);
    save_bytes(into, "calibrated", calibrated, sizeof calibrated - 1);
    save_bytes(into, "table", table, sizeof table - 1);
}

static void make_predictions_corpus(corpus *into) {
    static const char long_form[] = "path,member,finding,score\r\n\"a,1.png\",ensemble,Pleural "
                                    "Effusion,2.5e-1\n\"a,1.png\",m,effusion,1\nb/c.png,m,edema,\n";
    static const char wide_form[] = "Edema,Path,Mass\n0.5,x/a.png,.25\n,b.png,1e-300\n";
    save_bytes(into, "long", long_form, sizeof long_form - 1);
    save_bytes(into, "wide", wide_form, sizeof wide_form - 1);
}

static void make_history_corpus(corpus *into) {
    static const char history[] =
        "epoch,steps,size,rate,train_loss,gradient,valid_loss,mean_auc,images_per_second,seconds,"
        "best,restarted,auc edema,\"auc a,b\"\n1,91,112,1e-3,0.69,1.5,0.68,0.61,10,60,1,0,.61,\n"
        "2,182,224,9.5e-4,0.6,1.25,,,10.5,125,0,1,,0.5\n";
    save_bytes(into, "two", history, sizeof history - 1);
}

static void make_npy_corpus(corpus *into) {
    static const char one[] =
        "\x93NUMPY\x01\0\x42\0{'descr': '<f4', 'fortran_order': False, 'shape': "
        "(1, 1, 3), }\n   \0\0\x80\x3f\0\0\0\0\0\0\0\x40";
    static const char two[] = "\x93NUMPY\x02\0\x3f\0\0\0{'fortran_order':False,'shape':(1,1,3,),"
                              "'descr':'<f4'}        \n\0\0\x80\x3f\0\0\0\0\0\0\0\x40";
    save_bytes(into, "one", one, sizeof one - 1);
    save_bytes(into, "two", two, sizeof two - 1);
}

/* Options, the table, and behind a zero byte its boxes. */
static void make_label_table_corpus(corpus *into) {
    static const char chexpert[] =
        "\xb0Path,Sex,Age,Frontal/Lateral,AP/PA,No Finding,Edema,Pleural Effusion,y\n"
        "C/valid/patient1/study1/view1_frontal.jpg,Male,73,Frontal,AP,,-1.0,1.0,\"a\"\"b\"\n"
        "C/valid/patient1/study1/view2_lateral.jpg,Male,73,Lateral,,1.0,,0.0,\"c\nd\"\n";
    static const char nih[] =
        "\x04Image Index,Finding Labels,Patient ID,Patient Age,View Position,\r\n"
        "1_0.png,Effusion|Edema,1,057Y,PA,\r\n1_1.png,No Finding,1,3,AP,\r\n\0"
        "Image Index,Finding Label,Bbox [x,y,w,h],,,\n1_0.png,Effusion,1.5,900,300,200,,,\n";
    static const char plain[] =
        "\x08\xef\xbb\xbf"
        "file,patient,study,hospital,x,edema\na.png,1,2,h,,1\nb.png,1,2,i,,-1\n"
        "a.png,1,2,h,,0\na.png,1,2,h,,1\n\0path,finding,x,y,width,height\nb.png,edema,1,2,3,4\n";
    save_bytes(into, "chexpert", chexpert, sizeof chexpert - 1);
    save_bytes(into, "nih", nih, sizeof nih - 1);
    save_bytes(into, "plain", plain, sizeof plain - 1);
}

static void make_zip_corpus(corpus *into) {
    /* Three zeros, deflated: a block of fixed codes. */
    static const zip_part parts[] = {
        {.name = "a/", .data = ""},
        {.name = "a/b.png", .data = "one", .size = 3},
        {.name = "../c.jpg", .data = "two", .size = 3},
        {.name = "d.png", .data = "b.png", .size = 5, .mode = 0120777},
        {.name = "e.png", .data = "secret bytes", .size = 12, .flags = 1},
        {.name = "f.jpeg", .data = "\x63\x60\x60\0", .size = 5, .method = 8, .claimed = 3}};
    px_buffer file;
    px_buffer_init(&file, 1 << 16);
    if (make_zip(parts, 2, &file, &into->err))
        save(into, "plain", &file);
    px_buffer_clear(&file);
    px_buffer_init(&file, 1 << 16);
    if (make_zip(parts, 6, &file, &into->err))
        save(into, "hostile", &file);
    px_buffer_clear(&file);
}

/* Length of the content, then one change: kind, place, and two numbers more; three bytes each. */
static void make_sealed_corpus(corpus *into) {
    save_bytes(into, "bytes", "\0pxseal1\n0123456789abcdef01234567sealed chunk", 46);
    save_bytes(into, "cut", "\1\1\0\0\0\0\0\1\0\x31", 10);
    save_bytes(into, "flip", "\1\0\1\0\0\0\1\0\0\x20\0\0\4", 13);
    save_bytes(into, "copy", "\1\2\0\0\0\0\2\0\0\x20\1\0\x31\1\0\x11", 16);
    save_bytes(into, "extend", "\1\0\0\0\0\0\3\0\0\0\0\0\7\0\0\x11", 16);
    save_bytes(into, "same", "\1\2\0\1\0\0\1\0\0\x20\0\0\0", 13);
}

static void make_safetensors_corpus(corpus *into) {
    make_every_model(save, into);
}

static void make_settings_corpus(corpus *into) {
    static const char text[] = "# comment\r\n\n  queue =  5 # no comment\t\r\nlisten=[::1]:0\n"
                               "database = postgresql://a:b@c/d\n = \nx =\n[y]";
    save_bytes(into, "text", text, sizeof text - 1);
}

static void make_train_config_corpus(corpus *into) {
    static const char plain[] =
        "{\"data\":{\"labels\":\"t.csv\",\"findings\":[\"Edema\"]},\"model\":{"
        "\"architecture\":\"xception\"}}";
    static const char full[] =
        "{\"output\":\"o\",\"name\":\"n\",\"data\":{\"labels\":\"t\",\"findings\":[\"Edema\"],"
        "\"auxiliary\":[\"Mass\"],\"uncertain\":{\"*\":\"zeros\",\"mass\":\"ones\"},\"columns\":{"
        "\"a\":\"path\"},\"validation\":{\"labels\":\"v\",\"images\":\"v.zip\"}},\"model\":{"
        "\"start\":"
        "\"m\",\"freeze\":[\"conv*\"]},\"input\":{\"size\":64,\"scaling\":\"featurewise\",\"mean\":"
        "["
        "1,2,3],\"std\":[1e-2,2,3]},\"schedule\":{\"kind\":\"plateau\",\"rate\":0.1},\"training\":{"
        "\"sizes\":[{\"size\":32,\"epochs\":2}],\"seed\":7},\"run\":{\"sync_norm\":false}}";
    save_bytes(into, "plain", plain, sizeof plain - 1);
    save_bytes(into, "full", full, sizeof full - 1);
}

/* The HDF5 library writes files itself, by name. */
static void make_hdf5_corpus(corpus *into) {
    static const keras_write_options ways[] = {
        {0},
        {.variable_strings = true, .split_names = true},
        {.compressed = true, .dtype = KERAS_FLOAT16},
        {.config = keras_tiny_json, .dtype = KERAS_FLOAT64},
    };
    px_hdf5_file weights;
    keras_tiny_weights(&weights);
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char *path = px_format(&into->err, "%s/way%zu.h5", into->folder, i);
        if (path && !keras_write(path, &weights, &ways[i]))
            px_fail(&into->err, PX_ERR_IO, path, "HDF5 cannot write it");
        free(path);
    }
    px_hdf5_clear(&weights);
}

static void make_keras_json_corpus(corpus *into) {
    save_bytes(into, "tiny.json", keras_tiny_json, strlen(keras_tiny_json));
}

static void save_onnx(corpus *into, const char *name, Onnx__ModelProto *model) {
    px_buffer file;
    px_buffer_init(&file, 1 << 20);
    onnx_pack(model, &file);
    onnx__model_proto__free_unpacked(model, NULL);
    save(into, name, &file);
    px_buffer_clear(&file);
}

static void make_onnx_corpus(corpus *into) {
    save_onnx(into, "plain", onnx_tiny((onnx_variant){0}));
    save_onnx(into, "constants", onnx_tiny((onnx_variant){.storage = CONSTANT_NODES}));
    save_onnx(into, "half", onnx_tiny((onnx_variant){.storage = HALF_LISTED, .dense = MATMUL}));
    save_onnx(into, "old",
              onnx_tiny((onnx_variant){.opset = 9, .pad_attribute = true, .pooling = MEAN}));
    save_onnx(into, "turned",
              onnx_tiny((onnx_variant){
                  .channels_last = true, .same_lower = true, .pooling = UNSQUEEZED}));
    save_onnx(into, "flatten", onnx_tiny_flatten(true));
}

static const struct {
    const char *target;
    void (*make)(corpus *into);
} targets[] = {
    {"accept", make_accept_corpus},
    {"ensemble", make_ensemble_corpus},
    {"fields", make_fields_corpus},
    {"hdf5", make_hdf5_corpus},
    {"image", make_image_corpus},
    {"keras_json", make_keras_json_corpus},
    {"head", make_head_corpus},
    {"history", make_history_corpus},
    {"label_table", make_label_table_corpus},
    {"multipart", make_multipart_corpus},
    {"npy", make_npy_corpus},
    {"onnx", make_onnx_corpus},
    {"predictions", make_predictions_corpus},
    {"safetensors", make_safetensors_corpus},
    {"sealed", make_sealed_corpus},
    {"settings", make_settings_corpus},
    {"train_config", make_train_config_corpus},
    {"zip", make_zip_corpus},
};

static bool make_target(const char *folder, size_t target, px_error *err) {
    char *path = px_format(err, "%s/%s", folder, targets[target].target);
    corpus into = {.folder = path};
    if (path && px_path_make_folders(path, err))
        targets[target].make(&into);
    free(path);
    if (into.err.code != PX_OK)
        *err = into.err;
    return err->code == PX_OK;
}

int main(int count, char **arguments) {
    px_error err = {0};
    if (count != 2) {
        fprintf(stderr, "usage: make_corpus FOLDER\n");
        return 1;
    }
    for (size_t i = 0; i < sizeof targets / sizeof *targets; i++)
        if (!make_target(arguments[1], i, &err)) {
            fprintf(stderr, "%s: %s\n", err.subject, err.message);
            return 4;
        }
    return 0;
}
