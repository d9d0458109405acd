/* Augmentation: what is drawn for an image, and what it does to it. */
#include "augment.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

#include "../base/error.h"
#include "warp.h"

static const char *const fill_names[] = {
    [PX_FILL_NEAREST] = "nearest", [PX_FILL_CONSTANT] = "constant", [PX_FILL_REFLECT] = "reflect"};

enum { FILLS = sizeof fill_names / sizeof *fill_names };

const char *px_fill_name(px_fill fill) {
    return (unsigned)fill < FILLS ? fill_names[fill] : NULL;
}

/* ---- What may be asked for --------------------------------------------------------------------
 */

/* A number, and the most it may be; the least is 0. */
typedef struct bound {
    const char *name;
    size_t offset;
    double most;
} bound;

#define OF(field) #field, offsetof(px_augmentation, field)
static const bound bounds[] = {
    {OF(rotation), 180}, {OF(shift_x), 1}, {OF(shift_y), 1},    {OF(zoom), 1},
    {OF(shear), 45},     {OF(flip), 1},    {OF(brightness), 1}, {OF(contrast), 1},
    {OF(gamma), 1},      {OF(erase), 1},   {OF(mixup), 10},
};
#undef OF

enum { BOUNDS = sizeof bounds / sizeof *bounds, MIXUP = BOUNDS - 1 };

static double value_of(const px_augmentation *augmentation, const bound *b) {
    double value;
    memcpy(&value, (const char *)augmentation + b->offset, sizeof value);
    return value;
}

bool px_augmentation_check(const px_augmentation *augmentation, px_error *err) {
    for (int i = 0; i < BOUNDS; i++) {
        const bound *b = &bounds[i];
        const double value = value_of(augmentation, b);
        if (!(value >= 0 && value <= b->most))
            return px_fail(err, PX_ERR_USAGE, b->name, "is %g, must be 0 to %g", value, b->most);
    }
    return px_fill_name(augmentation->fill) ||
           px_fail(err, PX_ERR_USAGE, "fill", "is %d, which is none", (int)augmentation->fill);
}

bool px_augmentation_is_none(const px_augmentation *augmentation) {
    for (int i = 0; i < MIXUP; i++)
        if (value_of(augmentation, &bounds[i]) != 0)
            return false;
    return true;
}

/* ---- What is drawn ----------------------------------------------------------------------------
 */

/* A box of one grey level, as random erasing (Zhong et al. 2020) has it. */
typedef struct box {
    bool there;
    double area, aspect; /* share of the image; height by width */
    double x, y;         /* how far in what room is left, in [0, 1) */
    float level;
} box;

typedef struct drawn {
    px_warp_map map;
    float brightness, contrast, gamma; /* added; factor; exponent */
    box box;
} drawn;

static double draw_within(px_random *random, double most) {
    return px_random_range(random, -1, 1) * most;
}

/* The way back from the result: shift, rotation, shear and zoom undone, then the mirror. */
static px_warp_map draw_map(const px_augmentation *a, px_random *random, int width, int height) {
    const double degree = 0.017453292519943295;
    const double angle = draw_within(random, a->rotation) * degree;
    const double shift_x = draw_within(random, a->shift_x) * width;
    const double shift_y = draw_within(random, a->shift_y) * height;
    const double scale = exp(-draw_within(random, a->zoom));
    const double shear = tan(draw_within(random, a->shear) * degree);
    const double mirror = px_random_uniform(random) < a->flip ? -1 : 1;
    const double c = cos(angle), s = sin(angle);
    px_warp_map map = {.xx = mirror * scale * (c + shear * s),
                       .xy = mirror * scale * (s - shear * c),
                       .yx = -scale * s,
                       .yy = scale * c};
    map.x0 = -map.xx * shift_x - map.xy * shift_y;
    map.y0 = -map.yx * shift_x - map.yy * shift_y;
    return map;
}

static box draw_box(const px_augmentation *a, px_random *random) {
    box b = {.there = px_random_uniform(random) < a->erase};
    b.area = px_random_range(random, 0.02, 0.2);
    b.aspect = exp(px_random_range(random, -1, 1));
    b.x = px_random_uniform(random);
    b.y = px_random_uniform(random);
    b.level = (float)px_random_uniform(random);
    return b;
}

static drawn draw(const px_augmentation *a, px_random *random, int width, int height) {
    drawn d = {.map = draw_map(a, random, width, height)};
    d.brightness = (float)draw_within(random, a->brightness);
    d.contrast = (float)exp(draw_within(random, a->contrast));
    d.gamma = (float)exp(draw_within(random, a->gamma));
    d.box = draw_box(a, random);
    return d;
}

/* ---- What it does -----------------------------------------------------------------------------
 */

static bool moves(const px_warp_map *m) {
    return m->xx != 1 || m->xy != 0 || m->x0 != 0 || m->yx != 0 || m->yy != 1 || m->y0 != 0;
}

static float mean_of(const float *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)values[i];
    return (float)(sum / (double)count);
}

static void change_levels(const drawn *d, float *values, size_t count) {
    if (d->gamma != 1)
        for (size_t i = 0; i < count; i++)
            values[i] = powf(values[i], d->gamma);
    if (d->contrast == 1 && d->brightness == 0)
        return;
    const float mean = d->contrast == 1 ? 0 : mean_of(values, count);
    for (size_t i = 0; i < count; i++) {
        const float level = (values[i] - mean) * d->contrast + mean + d->brightness;
        values[i] = level < 0 ? 0 : level > 1 ? 1 : level;
    }
}

static int limit_side(double side, int most) {
    return side < 1 ? 1 : side > most ? most : (int)lround(side);
}

static void paint_box(const box *b, float *image, int width, int height, int channels) {
    const double area = b->area * width * height;
    const int box_height = limit_side(sqrt(area * b->aspect), height);
    const int box_width = limit_side(area / box_height, width);
    const int left = (int)(b->x * (width - box_width + 1));
    const int top = (int)(b->y * (height - box_height + 1));
    for (int y = top; y < top + box_height; y++) {
        float *row = image + ((size_t)y * (size_t)width + (size_t)left) * (size_t)channels;
        for (size_t i = 0; i < (size_t)box_width * (size_t)channels; i++)
            row[i] = b->level;
    }
}

void px_augment(const px_augmentation *augmentation, px_random *random, float *image,
                float *scratch, int width, int height, int channels) {
    const size_t count = (size_t)width * (size_t)height * (size_t)channels;
    const drawn d = draw(augmentation, random, width, height);
    if (moves(&d.map)) {
        px_warp(image, width, height, channels, &d.map, augmentation->fill, scratch);
        memcpy(image, scratch, count * sizeof *image);
    }
    change_levels(&d, image, count);
    if (d.box.there)
        paint_box(&d.box, image, width, height, channels);
}
