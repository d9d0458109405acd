/* A folder of small radiographs with label tables, for tests of the trainer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "make_training_set.h"

#include "../src/base/random.h"
#include "must.h"

static char folder[32];

const char *make_folder(void) {
    snprintf(folder, sizeof folder, "/tmp/px_trainer_XXXXXX");
    assert_non_null(mkdtemp(folder));
    return folder;
}

void remove_folder(void) {
    char command[64];
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    assert_int_equal(system(command), 0);
}

const char *in_folder(const char *name) {
    static char paths[8][128];
    static int next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

/* Not px_file_write, which waits for the disk each time. */
static void put_bytes(const char *name, const void *bytes, size_t size) {
    FILE *file = fopen(in_folder(name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, size, file), size);
    assert_int_equal(fclose(file), 0);
}

void put_text(const char *name, const char *text) {
    put_bytes(name, text, strlen(text));
}

static void put_pixels(const char *name, int width, int height, int channels, uint64_t seed) {
    px_image image;
    px_buffer png;
    px_random random;
    px_image_init(&image);
    px_buffer_init(&png, 1 << 20);
    px_random_init(&random, seed, 0);
    MUST(px_image_new(&image, width, height, channels, 8, &err));
    for (int i = 0; i < width * height * channels; i++)
        ((uint8_t *)image.pixels)[i] = (uint8_t)px_random_below(&random, 256);
    MUST(px_image_encode_png(&image, &png, &err));
    put_bytes(name, png.data, png.size);
    px_buffer_clear(&png);
    px_image_clear(&image);
}

void put_image(const char *name, int width, int height, uint64_t seed) {
    put_pixels(name, width, height, 1, seed);
}

void put_colours(const char *name, int width, int height, uint64_t seed) {
    put_pixels(name, width, height, 3, seed);
}

const char *const set_findings[SET_FINDINGS] = {"edema", "mass", "hernia"};

void put_set(int images) {
    px_buffer table;
    px_buffer_init(&table, 1 << 20);
    MUST(px_buffer_print(&table, &err, "path,patient,edema,mass,hernia\n"));
    for (int i = 0; i < images; i++) {
        char name[16];
        snprintf(name, sizeof name, "%02d.png", i);
        put_image(name, 16 + i % 5, 20 - i % 3, (uint64_t)i);
        MUST(px_buffer_print(&table, &err, "%s,p%d,%d,%d,%s\n", name, i / 2, i % 2, i / 2 % 2,
                             i % 5 == 4  ? ""
                             : i / 4 % 2 ? "1"
                                         : "0"));
    }
    put_text("labels.csv", (const char *)table.data);
    px_buffer_clear(&table);
}

px_train_config make_config(const char *train, const char *validation) {
    px_train_config config = {
        .train = {.labels = in_folder(train), .images = folder},
        .validation_fraction = 0.25,
        .labels = {.findings = set_findings, .n_findings = SET_FINDINGS},
        .n_findings = SET_FINDINGS - 1,
        .n_auxiliary = 1,
        .seed = 7,
    };
    if (validation)
        config.validation = (px_train_table){in_folder(validation), folder};
    return config;
}
