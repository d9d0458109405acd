/* Small model files, put together from pieces that a test can replace by wrong ones. */
#include "make_models.h"

#include <string.h>

const char small_graph[] =
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

const char small_input[] = "{'width':9,'height':7,'channels':3,'crop':'none','equalise':"
                           "'clahe','resize':'area','scaling':'featurewise',"
                           "'mean':[1.5,2,3],'std':[0.17,50,60]}";

const small_tensor small_tensors[SMALL_TENSORS] = {
    {"c/kernel", "F32", "[2,1,3,4]", 96}, {"c/bias", "F32", "[4]", 16},
    {"n/gamma", "F32", "[4]", 16},        {"n/beta", "F32", "[4]", 16},
    {"n/mean", "F32", "[4]", 16},         {"n/variance", "F32", "[4]", 16},
    {"y/kernel", "F32", "[12,2]", 96},    {"y/bias", "F32", "[2]", 8},
};
static void append_quoted(px_buffer *out, const char *text, bool escape) {
    for (; *text; text++) {
        char c = *text == '\'' ? '"' : *text;
        if (escape && c == '"')
            px_buffer_append(out, "\\", 1, NULL);
        px_buffer_append(out, &c, 1, NULL);
    }
}

small_file make_small_file(void) {
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

px_buffer make_description(const small_file *file) {
    px_buffer pieces, out;
    px_buffer_init(&pieces, 1 << 20);
    px_buffer_init(&out, 1 << 20);
    px_buffer_print(&pieces, NULL,
                    "{'format':'%s','name':'small','trained':true,'labels':%s,"
                    "'untrained_labels':%s,'input':%s,'graph':%s,'provenance':%s}",
                    file->format, file->labels, file->untrained, file->input, file->graph,
                    file->provenance);
    append_quoted(&out, (const char *)pieces.data, false);
    px_buffer_clear(&pieces);
    return out;
}

static void append_metadata(px_buffer *out, const small_file *file) {
    px_buffer description = make_description(file);
    append_quoted(out, "{'perxeptron':'", false);
    append_quoted(out, (const char *)description.data, true);
    append_quoted(out, "'}", false);
    px_buffer_clear(&description);
}

px_buffer make_model_file(const small_file *file) {
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

small_file make_small_types_file(void) {
    small_file file = make_small_file();
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
    return file;
}

void make_every_model(make_each each, void *context) {
    const small_file files[2] = {make_small_file(), make_small_types_file()};
    const char *const names[2] = {"small.safetensors", "types.safetensors"};
    for (int i = 0; i < 2; i++) {
        px_buffer bytes = make_model_file(&files[i]);
        each(context, names[i], &bytes);
        px_buffer_clear(&bytes);
    }
    px_buffer description = make_description(&files[0]);
    each(context, "description.json", &description);
    px_buffer_clear(&description);
}
