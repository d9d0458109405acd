/* What lies at each place of an epoch: which image, prepared, augmented, mixed. */
#include "batch_images.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/random.h"
#include "../train/loss.h"
#include "mixup.h"

/* What random numbers are for: streams of their own. */
typedef enum { FOR_ORDER, FOR_IMAGE, FOR_MIXUP } purpose;

enum { EPOCH_BITS = 22, PLACE_BITS = 40, FREE_FAILURES = 10 };

static void start_random(const px_batch_images *images, purpose what, int64_t place,
                         px_random *random) {
    const uint64_t epoch = (uint64_t)images->epoch & ((1u << EPOCH_BITS) - 1);
    const uint64_t stream = ((uint64_t)what << EPOCH_BITS | epoch) << PLACE_BITS | (uint64_t)place;
    px_random_init(random, images->options.seed, stream);
}

static void order_images(px_batch_images *images) {
    px_random random;
    start_random(images, FOR_ORDER, 0, &random);
    for (int64_t i = 0; i < images->images; i++)
        images->order[i] = i;
    if (images->options.shuffle)
        px_random_order(&random, images->order, images->images);
}

bool px_batch_images_init(px_batch_images *images, const px_training_set *set,
                          const px_batch_options *options, int epoch, px_error *err) {
    *images = (px_batch_images){.set = set, .options = *options, .epoch = epoch};
    const px_input_spec *input = &options->input;
    images->findings = px_training_set_findings(set);
    images->images = px_training_set_images(set, options->part);
    images->samples = (size_t)input->width * (size_t)input->height * (size_t)input->channels;
    images->order = px_alloc((size_t)images->images, sizeof *images->order, err);
    if (!images->order)
        return false;
    order_images(images);
    return true;
}

void px_batch_images_clear(px_batch_images *images) {
    free(images->order);
    *images = (px_batch_images){0};
}

bool px_batch_scratch_init(px_batch_scratch *scratch, size_t samples, px_error *err) {
    scratch->levels = px_alloc(samples, sizeof *scratch->levels, err);
    scratch->turned = px_alloc(samples, sizeof *scratch->turned, err);
    return scratch->levels && scratch->turned;
}

void px_batch_scratch_clear(px_batch_scratch *scratch) {
    free(scratch->levels);
    free(scratch->turned);
}

static bool prepare(const px_batch_images *images, int64_t place, const px_image *image,
                    px_batch_scratch *scratch, float *tensor, px_error *err) {
    const px_batch_options *options = &images->options;
    const px_input_spec *input = &options->input;
    if (px_augmentation_is_none(&options->augmentation))
        return px_image_prepare(image, input, tensor, err);
    px_input_spec unscaled = *input;
    unscaled.scaling = PX_SCALING_UNIT;
    unscaled.channels = image->channels == 1 ? 1 : input->channels; /* grey is turned once */
    if (!px_image_prepare(image, &unscaled, scratch->levels, err))
        return false;
    px_random random;
    start_random(images, FOR_IMAGE, place, &random);
    px_augment(&options->augmentation, &random, scratch->levels, scratch->turned, input->width,
               input->height, unscaled.channels);
    px_image_scale(scratch->levels, unscaled.channels, input, tensor);
    return true;
}

static bool read_one(const px_batch_images *images, int64_t place, int64_t row,
                     px_batch_scratch *scratch, float *tensor, px_error *err) {
    px_image image;
    px_image_init(&image);
    const bool ok = px_training_set_read(images->set, images->options.part, row, &image, err) &&
                    prepare(images, place, &image, scratch, tensor, err);
    px_image_clear(&image);
    return ok;
}

static bool is_of_image(const px_error *failure) {
    return failure->code != PX_ERR_MEMORY && failure->code != PX_ERR_USAGE;
}

double px_batch_images_most_unreadable(const px_batch_images *images, int64_t read) {
    return FREE_FAILURES + images->options.most_unreadable * (double)read;
}

bool px_batch_images_make(const px_batch_images *images, int64_t place, const atomic_bool *stop,
                          px_batch_scratch *scratch, const px_batch_place *to, px_error *err) {
    const double most = px_batch_images_most_unreadable(images, images->images);
    for (int64_t tries = 0; tries < images->images && (double)tries <= most; tries++) {
        const int64_t row = images->order[(place + tries) % images->images];
        px_error failure = {0};
        if (stop && atomic_load(stop))
            return px_fail(err, PX_ERR_CANCELLED, NULL, "stopped");
        if (read_one(images, place, row, scratch, to->tensor, &failure)) {
            memcpy(to->labels, px_training_set_labels(images->set, images->options.part, row),
                   (size_t)images->findings * sizeof *to->labels);
            *to->row = row;
            return true;
        }
        if (!is_of_image(&failure))
            return px_fail(err, failure.code, failure.subject, "%s", failure.message);
        if (tries == 0 &&
            !(*to->failure = px_format(err, "%s: %s", failure.subject, failure.message)))
            return false;
    }
    return px_fail(err, PX_ERR_INPUT, NULL, "too many images cannot be read: %s", *to->failure);
}

void px_batch_images_mix(const px_batch_images *images, int64_t place, const px_batch_place *a,
                         const px_batch_place *b) {
    px_random random;
    start_random(images, FOR_MIXUP, place, &random);
    const float share = (float)px_mixup_draw(images->options.augmentation.mixup, &random);
    px_mixup_images(share, a->tensor, b->tensor, images->samples);
    px_mixup_labels(share, a->labels, b->labels, images->findings);
}

static const float *labels_at(const px_batch_images *images, int64_t place) {
    return px_training_set_labels(images->set, images->options.part,
                                  images->order[place % images->images]);
}

int64_t px_batch_images_count_known(const px_batch_images *images, int64_t step) {
    const int batch = images->options.batch;
    const bool mixes = images->options.augmentation.mixup > 0;
    int64_t known = 0;
    for (int i = 0; i < batch; i++) {
        const int other = mixes && (i ^ 1) < batch ? i ^ 1 : i;
        const float *a = labels_at(images, step * batch + i);
        const float *b = labels_at(images, step * batch + other);
        for (int f = 0; f < images->findings; f++)
            known += a[f] != PX_LABEL_UNKNOWN && b[f] != PX_LABEL_UNKNOWN;
    }
    return known;
}
