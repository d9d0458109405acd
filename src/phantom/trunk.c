/* Flesh and lungs: what the beam passes between the two skins. */
#include <math.h>

#include "canvas.h"

/* Part of the full path at a distance inside the edge of a rounded body. */
static inline float rounded(float distance, float radius) {
    if (distance <= 0) {
        return 0;
    }
    const float rest = 1 - distance / radius;
    return rest > 0 ? sqrtf(1 - rest * rest) : 1;
}

/* A limb: from a to b, with a radius at each end. */
typedef struct limb {
    px_point a, b;
    float radius_a, radius_b;
    float depth; /**< front to back, as a part of its width */
} limb;

static float limb_path(const limb *l, px_point p) {
    const float dx = l->b.x - l->a.x, dy = l->b.y - l->a.y;
    const float x = p.x - l->a.x, y = p.y - l->a.y;
    const float t = px_clamp((x * dx + y * dy) / (dx * dx + dy * dy), 0, 1);
    const float ex = x - t * dx, ey = y - t * dy;
    const float radius = l->radius_a + t * (l->radius_b - l->radius_a);
    const float rest = radius * radius - ex * ex - ey * ey;
    return rest > 0 ? 2 * l->depth * sqrtf(rest) : 0;
}

enum { NECK, SLOPE, SHOULDER, ARM, LIMBS };

static void set_limbs(limb limbs[LIMBS], const px_patient *p) {
    const float build = 1 + 0.08f * p->habitus;
    limbs[NECK] = (limb){{0, -2.3f}, {0, -1.1f}, 0.34f * build, 0.38f * build, 1.3f};
    limbs[SLOPE] = (limb){{0.20f, -1.38f}, {1.15f, -1.10f}, 0.20f * build, 0.24f * build, 1.7f};
    limbs[SHOULDER] = (limb){{0.85f, -0.92f}, {1.36f, -1.00f}, 0.22f * build, 0.29f * build, 1.7f};
    limbs[ARM] = (limb){{1.36f, -0.98f},
                        {1.36f + 2.6f * sinf(p->arm_angle), -0.98f + 2.6f * cosf(p->arm_angle)},
                        0.28f * build,
                        0.18f * build,
                        1.4f};
}

static inline float torso_path(const px_patient *p, px_point at) {
    const float q = fabsf(at.x) / px_curve_at(&p->torso, at.y);
    if (q >= 1) {
        return 0;
    }
    return px_curve_at(&p->depth, at.y) * sqrtf(1 - q * q * q * q * q * q);
}

static void draw_flesh(px_plane *soft, const px_patient *p, const limb limbs[LIMBS]) {
    for (int y = 0; y < soft->height; y++) {
        for (int x = 0; x < soft->width; x++) {
            const px_point at = px_frame_to_patient(&p->frame, (float)x, (float)y);
            const px_point folded = {fabsf(at.x), at.y};
            const float trunk = torso_path(p, at);
            /* Cubes merge overlapping parts without creases. */
            float cubes = trunk * trunk * trunk;
            for (int i = 0; i < LIMBS; i++) {
                const float path = limb_path(&limbs[i], folded);
                cubes += path * path * path;
            }
            soft->data[(size_t)y * (size_t)soft->width + (size_t)x] = cbrtf(cubes);
        }
    }
}

/* Positive inside the ribs and below the apex of a lung. */
static float chest_field(const void *context, px_point at) {
    const px_patient *p = context;
    const float x = fabsf(at.x), from_peak = x - 0.36f;
    const float above = at.y - p->apex_y - 1.5f * from_peak * from_peak;
    return px_smooth_min(px_curve_at(&p->wall, at.y) - x, above, 0.22f);
}

static float mediastinum_field(const void *context, px_point at) {
    const px_patient *p = context;
    const float x = at.x - px_curve_at(&p->midline, at.y);
    return px_smooth_min(px_curve_at(&p->border[PX_LEFT], at.y) - x,
                         px_curve_at(&p->border[PX_RIGHT], at.y) + x, 0.05f);
}

/* Part of the lung's depth above the diaphragm. Some lung reaches down behind the domes and shows
   through the abdomen as a faint veil. */
static inline float above_dome(const px_patient *p, px_point at) {
    const float height = px_patient_dome_at(p, at.x) - at.y;
    return height > 0 ? fmaxf(rounded(height, 0.14f), 0.05f) : 0.05f * expf(height * 4);
}

static void draw_lungs(px_canvas *c, const px_patient *p) {
    px_plane_fill(&c->air, NULL, &p->frame, chest_field, p);
    px_plane_to_distance(&c->air, p->frame.pixels_per_unit, &c->scratch);
    px_plane_fill(&c->scratch_2, NULL, &p->frame, mediastinum_field, p);
    px_plane_to_distance(&c->scratch_2, p->frame.pixels_per_unit, &c->scratch);
    for (int y = 0; y < c->air.height; y++) {
        for (int x = 0; x < c->air.width; x++) {
            const size_t i = (size_t)y * (size_t)c->air.width + (size_t)x;
            const px_point at = px_frame_to_patient(&p->frame, (float)x, (float)y);
            const float full = px_curve_at(&p->depth, at.y) * 0.72f;
            const float path = full * rounded(c->air.data[i], 0.42f) * above_dome(p, at);
            /* The heart leaves some lung before and behind it; the great vessels little. */
            const float filled = 0.93f - 0.12f * px_smoothstep(-0.3f, 0.1f, at.y);
            c->air.data[i] = path * (1 - filled * rounded(c->scratch_2.data[i], 0.30f));
        }
    }
}

static void draw_breasts(px_canvas *c, const px_patient *p, px_random *random) {
    const float radius = px_draw_range(random, 0.36f, 0.50f) * (1 + 0.08f * p->habitus);
    const float low = px_draw_range(random, 0.15f, 0.40f);
    for (int side = 0; side < 2; side++) {
        const px_ellipse breast = {.x = px_side_sign(side) * px_draw_range(random, 0.58f, 0.66f),
                                   .y = low + px_draw_range(random, -0.03f, 0.03f),
                                   .radius_x = radius * 1.05f,
                                   .radius_y = radius,
                                   .strength = 0.11f + 0.02f * p->habitus};
        px_ellipse_add(&c->soft, &p->frame, &breast, PX_PROFILE_TUBE);
        px_ellipse_add(&c->soft, &p->frame, &breast, PX_PROFILE_SOFT);
    }
}

/* Pectoral muscles, abdomen: broad shades without an edge. */
static void draw_shades(px_canvas *c, const px_patient *p) {
    const float muscle = p->female ? 0.06f : 0.16f;
    for (int side = 0; side < 2; side++) {
        const float sign = px_side_sign(side);
        const px_ellipse pectoral = {sign * 0.72f, -0.45f, 0.55f, 0.38f, sign * -0.5f, muscle};
        px_ellipse_add(&c->soft, &p->frame, &pectoral, PX_PROFILE_SOFT);
    }
    const px_ellipse liver = {-0.45f, 1.25f, 0.95f, 0.70f, 0, 0.22f};
    px_ellipse_add(&c->soft, &p->frame, &liver, PX_PROFILE_SOFT);
}

/* At the bedside the chin often lies over the top of the picture. */
static void draw_chin(px_canvas *c, const px_patient *p, px_random *random) {
    const px_ellipse chin = {.x = px_draw_range(random, -0.08f, 0.08f),
                             .y = px_draw_range(random, -1.85f, -1.65f),
                             .radius_x = 0.50f,
                             .radius_y = 0.48f,
                             .strength = 0.9f};
    px_ellipse_add(&c->soft, &p->frame, &chin, PX_PROFILE_TUBE);
}

static void draw_gas(px_canvas *c, const px_patient *p, px_random *random) {
    if (px_draw_chance(random, 0.6)) {
        const float radius = px_draw_range(random, 0.10f, 0.20f);
        const px_ellipse bubble = {.x = px_draw_range(random, 0.38f, 0.62f),
                                   .y = p->dome_y[PX_LEFT] + 0.09f + radius * 0.75f,
                                   .radius_x = radius * px_draw_range(random, 1.0f, 1.5f),
                                   .radius_y = radius * 0.75f,
                                   .angle = px_draw_range(random, 0, 0.4f),
                                   .strength = -px_draw_range(random, 0.12f, 0.36f)};
        px_ellipse_add(&c->soft, &p->frame, &bubble, PX_PROFILE_TUBE);
    }
    const int loops = (int)px_random_below(random, 6);
    for (int i = 0; i < loops; i++) {
        const float radius = px_draw_range(random, 0.05f, 0.11f);
        const px_ellipse loop = {.x = px_draw_range(random, -0.5f, 0.9f),
                                 .y = px_draw_range(random, 1.2f, 1.5f),
                                 .radius_x = radius * px_draw_range(random, 1, 1.8f),
                                 .radius_y = radius,
                                 .angle = px_draw_range(random, -1, 1),
                                 .strength = -px_draw_range(random, 0.08f, 0.22f)};
        px_ellipse_add(&c->soft, &p->frame, &loop, PX_PROFILE_SOFT);
    }
}

void px_draw_trunk(px_canvas *c, const px_patient *p, px_random *random) {
    limb limbs[LIMBS];
    set_limbs(limbs, p);
    draw_flesh(&c->soft, p, limbs);
    draw_shades(c, p);
    if (p->female) {
        draw_breasts(c, p, random);
    }
    if (p->portable && px_draw_chance(random, 0.5)) {
        draw_chin(c, p, random);
    }
    draw_gas(c, p, random);
    draw_lungs(c, p);
}
