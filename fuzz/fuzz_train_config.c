/* Any bytes as a training's configuration; what parses keeps its promises. No file is opened. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/trainer/train_config.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

static void check_config(const px_train_config *c) {
    check(c->path && c->output && c->name && strlen(c->sha256) == 64);
    check(c->has_arch || c->start);
    check(c->train.labels && c->train.images);
    check(!c->validation.labels == !c->validation.images);
    check(c->n_findings > 0 && c->labels.n_findings == c->n_findings + c->n_auxiliary);
    for (int i = 0; i < c->labels.n_findings; i++)
        check(c->labels.findings[i][0] != '\0');
    for (int i = 0; i < c->n_freeze; i++)
        check(c->freeze[i][0] != '\0');
    check(c->n_stages >= 1 && c->n_stages <= PX_TRAIN_MAX_STAGES);
    check(px_train_config_size(c, c->epochs - 1) == c->input.width);
    px_rate rate = c->rate;
    rate.steps = 100;
    rate.half_cycle = 10;
    check(px_rate_check(&rate, NULL));
    check(px_augmentation_check(&c->augmentation, NULL));
    check(c->input.scaling != PX_SCALING_FEATUREWISE || c->input.std[0] == 0 ||
          (isfinite(c->input.mean[0]) && c->input.std[0] > 0));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    px_train_config config = {0};
    px_error err = {0};
    if (px_train_config_parse("site/train.json", (const char *)data, size, &config, &err))
        check_config(&config);
    else
        check(err.code == PX_ERR_INPUT && err.message[0] != '\0');
    px_train_config_clear(&config);
    return 0;
}
