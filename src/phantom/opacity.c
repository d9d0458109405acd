/* Opacities: the part of a lung's air that illness has replaced. */
#include "opacity.h"

#include <math.h>

#include "texture.h"

/* ---- Pleural effusion ---- */

typedef struct effusion {
    const px_patient *patient;
    bool side[2];
    float level[2]; /**< y of the fluid away from the wall */
    float rise;     /**< how far it climbs along the wall */
    uint32_t seed;
} effusion;

static float effusion_on(const effusion *e, int side, px_point at) {
    if (!e->side[side] || at.y < e->level[side] - e->rise - 0.2f) {
        return 0;
    }
    const float t = fabsf(at.x) / px_curve_at(&e->patient->wall, at.y);
    const float t2 = t * t;
    const float surface = e->level[side] - e->rise * t2 * t2 * t2 +
                          0.02f * px_texture_value(e->seed, at.x * 5, at.y * 5);
    const float depth = at.y - surface;
    return px_smoothstep(-0.07f, 0.13f, depth) * (0.80f + 0.20f * px_smoothstep(0, 0.15f, depth));
}

static float effusion_at(const void *context, px_point at) {
    const float left = px_smoothstep(-0.15f, 0.15f, at.x); /* the sides meet behind the heart */
    return (1 - left) * effusion_on(context, PX_RIGHT, at) +
           left * effusion_on(context, PX_LEFT, at);
}

void px_opacity_effusion(px_canvas *c, const px_patient *p, px_random *random) {
    effusion e = {.patient = p,
                  .rise = px_draw_range(random, 0.25f, 0.40f),
                  .seed = (uint32_t)px_random_u64(random)};
    const uint64_t sides = px_random_below(random, 4); /* right, left, or both twice as likely */
    e.side[PX_RIGHT] = sides != 1;
    e.side[PX_LEFT] = sides != 0;
    for (int side = 0; side < 2; side++) {
        /* From a blunted angle to half the lung; small ones are more common. */
        const float amount = powf(px_draw_range(random, 0, 1), 1.4f);
        e.level[side] = p->dome_y[side] + 0.16f - 0.62f * amount;
    }
    px_plane_fill(&c->scratch, &c->air, &p->frame, effusion_at, &e);
}

/* ---- Consolidation ---- */

/* Where lobes lie: centre and reach on the right, mirrored for the left. */
typedef struct zone {
    float x, y, radius_x, radius_y;
    float above, below; /**< fissures that bound it sharply: y, or far away */
} zone;

static const zone zones[] = {
    {0.55f, -0.48f, 0.36f, 0.42f, -9, -0.10f}, /* upper lobe, down to the minor fissure */
    {0.50f, 0.16f, 0.38f, 0.30f, -0.08f, 9},   /* middle lobe or lingula */
    {0.62f, 0.42f, 0.36f, 0.34f, -9, 9},       /* lower lobe, at the side */
    {0.45f, 0.38f, 0.32f, 0.40f, -9, 9},       /* lower lobe, by the heart */
};

typedef struct consolidation {
    zone zone;
    float sign;
    float density;
    uint32_t seed;
} consolidation;

static float consolidation_at(const void *context, px_point at) {
    const consolidation *k = context;
    const float dx = (at.x * k->sign - k->zone.x) / k->zone.radius_x;
    const float dy = (at.y - k->zone.y) / k->zone.radius_y;
    const float r = sqrtf(dx * dx + dy * dy);
    if (at.x * k->sign < 0 || r > 1.7f) {
        return 0;
    }
    const float ragged = px_texture_octaves(k->seed, at.x * 3.5f, at.y * 3.5f, 4);
    const float patches = px_texture_octaves(k->seed + 77, at.x * 9, at.y * 9, 3);
    const float slope = 0.12f * (at.x * k->sign - 0.5f);
    const float fissures = px_smoothstep(-0.015f, 0.015f, at.y - k->zone.above - slope) *
                           px_smoothstep(-0.015f, 0.015f, k->zone.below + slope - at.y);
    return k->density * fissures * px_smoothstep(-0.15f, 0.75f, 1 - r + 0.5f * ragged) *
           (0.88f + 0.26f * patches);
}

/* Air left in the bronchi shows as dark branching lines. */
static void spare_bronchi(px_canvas *c, const px_patient *p, const consolidation *k,
                          px_random *random) {
    px_plane_erase(&c->scratch_2);
    for (int i = 0; i < 5; i++) {
        const float s = k->sign;
        const float angle = -0.9f + 0.45f * (float)i + px_draw_range(random, -0.3f, 0.3f);
        const float bend = px_draw_range(random, -0.06f, 0.06f);
        const float start_x = k->zone.x - 0.45f * k->zone.radius_x;
        const float reach = px_draw_range(random, 0.4f, 1.0f);
        const float end_x = start_x + cosf(angle) * k->zone.radius_x * reach;
        const float end_y = k->zone.y + sinf(angle) * k->zone.radius_y * reach;
        const px_stroke_point tube[] = {
            {s * start_x, k->zone.y, 0.010f, 0.16f},
            {s * (start_x + end_x) / 2, (k->zone.y + end_y) / 2 + bend, 0.009f, 0.18f},
            {s * end_x, end_y, 0.006f, 0.10f}};
        px_stroke_draw(&c->scratch_2, &p->frame, tube, 3, PX_PROFILE_TUBE);
    }
    const size_t pixels = (size_t)c->scratch.width * (size_t)c->scratch.height;
    for (size_t i = 0; i < pixels; i++) {
        c->scratch.data[i] *= 1 - c->scratch_2.data[i];
    }
}

void px_opacity_consolidation(px_canvas *c, const px_patient *p, px_random *random) {
    consolidation k = {.zone = zones[px_random_below(random, sizeof zones / sizeof *zones)],
                       .sign = px_side_sign((int)px_random_below(random, 2)),
                       .density = px_draw_range(random, 0.50f, 0.80f),
                       .seed = (uint32_t)px_random_u64(random)};
    const float scale = px_draw_range(random, 1.0f, 1.4f);
    k.zone.radius_x *= scale;
    k.zone.radius_y *= scale;
    k.zone.x += px_draw_range(random, -0.06f, 0.06f);
    k.zone.y += px_draw_range(random, -0.06f, 0.06f);
    if (k.sign > 0) { /* the left lung has no minor fissure */
        k.zone.above = -9;
        k.zone.below = 9;
    }
    px_plane_fill(&c->scratch, &c->air, &p->frame, consolidation_at, &k);
    spare_bronchi(c, p, &k, random);
}

/* ---- Edema ---- */

typedef struct edema {
    const px_patient *patient;
    float wings; /**< next to the hila */
    float haze;  /**< everywhere, more at the bases */
    uint32_t seed;
} edema;

static float edema_at(const void *context, px_point at) {
    const edema *e = context;
    const px_patient *p = e->patient;
    const float x = (fabsf(at.x) - 0.30f) / 0.36f, y = (at.y - 0.02f) / 0.48f;
    const float r2 = x * x + y * y;
    const float edge = px_smoothstep(0.02f, 0.25f, px_curve_at(&p->wall, at.y) - fabsf(at.x));
    const float cloud = px_texture_octaves(e->seed, at.x * 5, at.y * 5, 4);
    const float fluffy = px_texture_octaves(e->seed + 5, at.x * 16, at.y * 16, 2);
    const float wings = e->wings * expf(-r2 * (1 - 0.35f * cloud)) * (0.4f + 0.6f * edge);
    const float haze = e->haze * (0.6f + 0.4f * px_smoothstep(-0.8f, 0.7f, at.y));
    return (wings + haze) * (1 + 0.35f * cloud + 0.25f * fluffy);
}

/* Thickened septa: short level lines at the lower edge (Kerley B), longer oblique ones from the
   hilum (Kerley A). */
static void draw_septa(px_canvas *c, const px_patient *p, px_random *random) {
    for (int side = 0; side < 2; side++) {
        const float s = px_side_sign(side);
        for (int i = 0; i < 9; i++) {
            const float y =
                p->dome_y[side] - 0.42f + 0.06f * (float)i + px_draw_range(random, -0.015f, 0.015f);
            const float wall = px_curve_at(&p->wall, y) - 0.03f;
            const float length = px_draw_range(random, 0.07f, 0.13f);
            const px_stroke_point line[] = {{s * wall, y, 0.008f, 0.45f},
                                            {s * (wall - length), y + 0.01f, 0.006f, 0.30f}};
            px_stroke_draw(&c->scratch, &p->frame, line, 2, PX_PROFILE_TUBE);
        }
        for (int i = 0; i < 4; i++) {
            const float angle = px_draw_range(random, -0.9f, 0.1f);
            const float length = px_draw_range(random, 0.2f, 0.35f);
            const float x = px_draw_range(random, 0.32f, 0.45f),
                        y = px_draw_range(random, -0.3f, 0);
            const px_stroke_point line[] = {
                {s * x, y, 0.007f, 0.55f},
                {s * (x + length * cosf(angle)), y + length * sinf(angle), 0.006f, 0.35f}};
            px_stroke_draw(&c->scratch, &p->frame, line, 2, PX_PROFILE_TUBE);
        }
    }
}

void px_opacity_edema(px_canvas *c, const px_patient *p, px_random *random) {
    const edema e = {.patient = p,
                     .wings = px_draw_range(random, 0.45f, 0.75f),
                     .haze = px_draw_range(random, 0.10f, 0.24f),
                     .seed = (uint32_t)px_random_u64(random)};
    px_plane_blur(&c->vessels, 0.012f * p->frame.pixels_per_unit, &c->scratch);
    px_plane_fill(&c->scratch, &c->air, &p->frame, edema_at, &e);
    draw_septa(c, p, random);
}

/* ---- Atelectasis ---- */

static void draw_plates(px_canvas *c, const px_patient *p, int side, px_random *random) {
    const float s = px_side_sign(side);
    const int plates = 1 + (int)px_random_below(random, 3);
    for (int i = 0; i < plates; i++) {
        const float y =
            p->dome_y[side] - 0.12f - 0.16f * (float)i - px_draw_range(random, 0, 0.08f);
        const float inner = px_draw_range(random, 0.28f, 0.45f);
        const float outer = inner + px_draw_range(random, 0.34f, 0.56f);
        const float fall = px_draw_range(random, -0.10f, 0.10f);
        const float radius = px_draw_range(random, 0.028f, 0.050f);
        const float density = px_draw_range(random, 0.38f, 0.60f);
        const px_stroke_point plate[] = {
            {s * inner, y - fall, radius * 0.8f, density * 0.6f},
            {s * (inner * 0.6f + outer * 0.4f), y - 0.015f, radius, density},
            {s * (inner * 0.3f + outer * 0.7f), y + 0.4f * fall, radius * 0.9f, density},
            {s * outer, y + fall, radius * 0.7f, density * 0.5f}};
        px_stroke_draw(&c->scratch, &p->frame, plate, 4, PX_PROFILE_SOFT);
    }
}

typedef struct lobe {
    const px_patient *patient;
    float sign;
    px_collapse kind;
    float density;
    float reach; /**< of the collapsed lobe from the midline, at its broad end */
} lobe;

/* A lower lobe folds into a triangle behind the heart, an upper one into a wedge at the top. */
static float lobe_at(const void *context, px_point at) {
    const lobe *l = context;
    const px_patient *p = l->patient;
    const float x = at.x * l->sign;
    const float own_side = px_smoothstep(-0.12f, 0.04f, x);
    if (l->kind == PX_COLLAPSE_LOWER) {
        const float bottom = px_patient_dome_at(p, at.x);
        const float t = (at.y + 0.10f) / (bottom + 0.20f);
        const float edge = 0.18f + (l->reach - 0.18f) * px_clamp(t, 0, 1.1f);
        const float bulge = 0.05f * sinf(3.14159265f * px_clamp(t, 0, 1));
        return own_side * l->density * px_smoothstep(0.05f, -0.05f, x - edge + bulge) *
               px_smoothstep(-0.15f, 0.15f, t);
    }
    const float from = px_clamp((x - 0.15f) / 0.7f, 0, 1.2f);
    const float fissure = -0.30f - 0.34f * from - 0.22f * from * (1 - from); /* raised, concave */
    return own_side * l->density * px_smoothstep(0.035f, -0.045f, at.y - fissure);
}

void px_opacity_atelectasis(px_canvas *c, const px_patient *p, px_collapse kind, int side,
                            px_random *random) {
    if (kind == PX_COLLAPSE_PLATE) {
        px_plane_erase(&c->scratch);
        draw_plates(c, p, side, random);
        return;
    }
    const lobe l = {.patient = p,
                    .sign = px_side_sign(side),
                    .kind = kind,
                    .density = px_draw_range(random, 0.62f, 0.82f),
                    .reach = px_draw_range(random, 0.50f, 0.68f)};
    px_plane_fill(&c->scratch, &c->air, &p->frame, lobe_at, &l);
}
