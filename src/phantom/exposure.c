/* From path lengths to grey levels: Beer-Lambert's law, scatter, noise, tone curve. */
#include "exposure.h"

#include <math.h>
#include <string.h>

#include "texture.h"

/* Attenuation at 120 kVp over one patient unit (14 cm): flesh 0.19 a cm, bone 0.48. */
#define FLESH 2.6f
#define BONE 6.7f
/* Inflated lung has a quarter of the density of flesh. */
#define LUNG_LIGHTER 0.74f

void px_exposure_sample(px_exposure *e, const px_patient *p, px_random *random) {
    *e = (px_exposure){0};
    e->scatter = px_draw_range(random, 0.005f, 0.014f) +
                 (p->portable ? px_draw_range(random, 0.004f, 0.022f) : 0);
    e->noise = px_draw_range(random, 0.0015f, 0.0035f) * (p->portable ? 1.6f : 1);
    e->blur = px_draw_range(random, 0.001f, 0.003f);
    e->black = px_draw_range(random, 0.65f, 0.95f) + 0.10f * p->habitus;
    e->white = px_draw_range(random, 3.85f, 4.3f) + 0.18f * p->habitus;
    e->gamma = px_draw_range(random, 0.80f, 1.45f);
    e->detail = px_draw_range(random, 0.2f, 0.6f);
    e->white += 0.5f * e->detail; /* edges of dense parts overshoot */
    for (int side = 0; side < 4; side++) {
        e->border[side] =
            px_draw_chance(random, 0.12) ? px_draw_range(random, 0.005f, 0.035f) : 0.0f;
    }
}

/* Optical depth of the flesh, lung and bone in each pixel's beam, into `soft`. */
static void sum_attenuation(px_canvas *c, const px_patient *p) {
    const uint32_t seed = p->texture_seed;
    for (int y = 0; y < c->soft.height; y++) {
        for (int x = 0; x < c->soft.width; x++) {
            const size_t i = (size_t)y * (size_t)c->soft.width + (size_t)x;
            const float air = c->air.data[i];
            float flesh = c->soft.data[i] - LUNG_LIGHTER * air;
            if (air > 0) {
                const px_point at = px_frame_to_patient(&p->frame, (float)x, (float)y);
                const float aerated = px_clamp((air - 0.08f) * 1.8f, 0, 1);
                /* Vessels too small to draw. */
                const float fine = px_texture_octaves(seed, at.x * 16, at.y * 16, 3);
                flesh += aerated * (LUNG_LIGHTER * c->vessels.data[i] + 0.036f * fine);
            }
            c->soft.data[i] = FLESH * (flesh > 0 ? flesh : 0) + BONE * c->bone.data[i];
        }
    }
}

/* Irwin-Hall: the sum of four uniform numbers is near enough to normal, from one draw. */
static inline float quick_normal(px_random *random) {
    const uint64_t bits = px_random_u64(random);
    const uint32_t sum = (uint32_t)(bits & 0xffff) + (uint32_t)(bits >> 16 & 0xffff) +
                         (uint32_t)(bits >> 32 & 0xffff) + (uint32_t)(bits >> 48);
    return ((float)sum - 131070.0f) * (1.0f / 37837.0f);
}

/* What the detector reports: the logarithm of primary and scattered light, with noise. */
static void detect(px_plane *depth, const px_exposure *e, px_random *random) {
    const size_t pixels = (size_t)depth->width * (size_t)depth->height;
    for (size_t i = 0; i < pixels; i++) {
        const float light = expf(-depth->data[i]) + e->scatter;
        /* Photons are counted: noise is relative to the root of their number. */
        depth->data[i] = -logf(light) + e->noise * quick_normal(random) / sqrtf(light);
    }
}

/* Subtract part of the surroundings, as digital systems do to show lung and spine at once. */
static void add_detail(px_canvas *c, float amount) {
    px_plane *depth = &c->soft, *around = &c->scratch;
    const size_t pixels = (size_t)depth->width * (size_t)depth->height;
    memcpy(around->data, depth->data, pixels * sizeof *depth->data);
    px_plane_blur(around, 0.03f * (float)depth->width, &c->scratch_2);
    for (size_t i = 0; i < pixels; i++) {
        depth->data[i] += amount * (depth->data[i] - around->data[i]);
    }
}

/* Film's S-shaped curve between black and white. */
static inline float tone(float t, float gamma) {
    t = px_clamp(t, 0, 1);
    t = powf(t, gamma);
    return 0.55f * t + 0.45f * t * t * (3 - 2 * t);
}

static inline bool behind_shutter(const px_exposure *e, float x, float y) {
    return x < e->border[0] || y < e->border[1] || 1 - x < e->border[2] || 1 - y < e->border[3];
}

void px_expose(px_canvas *c, const px_patient *p, const px_exposure *e, px_random *random) {
    sum_attenuation(c, p);
    px_plane_blur(&c->soft, e->blur * p->frame.pixels_per_unit, &c->scratch);
    detect(&c->soft, e, random);
    add_detail(c, e->detail);
    const int size = c->soft.width;
    const float scale = 1 / (e->white - e->black);
    for (int y = 0; y < size; y++) {
        for (int x = 0; x < size; x++) {
            float *grey = &c->soft.data[(size_t)y * (size_t)size + (size_t)x];
            const float metal = c->metal.data[(size_t)y * (size_t)size + (size_t)x];
            const float shade = tone((*grey - e->black) * scale, e->gamma);
            const bool hidden =
                behind_shutter(e, ((float)x + 0.5f) / (float)size, ((float)y + 0.5f) / (float)size);
            *grey = hidden ? 0 : px_clamp(shade + (1 - shade) * metal, 0, 1);
        }
    }
}
