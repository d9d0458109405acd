/* Small ensembles in a temporary folder, for tests that read radiographs. */
#include "make_ensemble.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/file.h"
#include "../src/base/memory.h"
#include "../src/base/random.h"
#include "../src/base/sha256.h"

char *make_folder(void) {
    char *folder = strdup("/tmp/px_test_XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *where) {
    (void)info;
    (void)kind;
    (void)where;
    return remove(path);
}

void remove_folder(char *folder) {
    nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
    free(folder);
}

char *path_in(const char *folder, const char *name) {
    char *path = px_format(NULL, "%s/%s", folder, name);
    assert_non_null(path);
    return path;
}

static char *model_path(const char *folder, const char *name) {
    char *path = px_format(NULL, "%s/%s.safetensors", folder, name);
    assert_non_null(path);
    return path;
}

void make_member(const char *folder, const test_member *member) {
    px_error err = {0};
    px_model *model =
        px_model_build(member->arch, member->head, 75, member->labels, member->seed, &err);
    assert_non_null(model);
    model->trained = member->trained;
    model->input.scaling = member->scaling;
    model->input.crop = member->crop;
    char *path = model_path(folder, member->name);
    if (!px_model_save(model, path, &err))
        fail_msg("%s: %s", err.subject, err.message);
    free(path);
    px_model_unref(model);
}

char *make_ensemble(const char *folder, const test_member *members, int n, const char *findings,
                    const char *more) {
    px_buffer text;
    px_buffer_init(&text, 1 << 20);
    px_buffer_print(&text, NULL,
                    "{\"format\":\"perxeptron-ensemble/1\",\"name\":\"Test\",\"findings\":%s,"
                    "\"members\":[",
                    findings);
    for (int i = 0; i < n; i++) {
        char hash[PX_SHA256_HEX];
        make_member(folder, &members[i]);
        char *path = model_path(folder, members[i].name);
        assert_true(px_sha256_file(path, hash, NULL));
        free(path);
        px_buffer_print(&text, NULL,
                        "%s{\"name\":\"%s\",\"file\":\"%s.safetensors\",\"sha256\":\"%s\","
                        "\"weights\":%s}",
                        i ? "," : "", members[i].name, members[i].name, hash, members[i].weights);
    }
    px_buffer_print(&text, NULL, "]%s}", more);
    char *path = path_in(folder, "ensemble.json");
    assert_true(px_file_write(path, text.data, text.size, NULL));
    px_buffer_clear(&text);
    return path;
}

void make_png(int width, int height, uint64_t seed, px_buffer *out) {
    px_image image;
    px_image_init(&image);
    assert_true(px_image_new(&image, width, height, 1, 8, NULL));
    px_random random;
    px_random_init(&random, seed, 0);
    double fx = px_random_range(&random, 0.02, 0.2), fy = px_random_range(&random, 0.02, 0.2);
    uint8_t *pixels = image.pixels;
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++)
            pixels[y * width + x] = (uint8_t)(127.5 + 127.0 * sin(fx * x) * cos(fy * y));
    }
    assert_true(px_image_encode_png(&image, out, NULL));
    px_image_clear(&image);
}
