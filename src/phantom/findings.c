/* What illness does to a patient's shape and lungs. */
#include "findings.h"

#include <math.h>

#include "opacity.h"

static bool has(const px_illness *illness, px_phantom_finding finding) {
    return illness->findings >> finding & 1;
}

void px_illness_sample(px_illness *illness, unsigned findings, uint64_t seed) {
    *illness = (px_illness){.findings = findings};
    for (int i = 0; i < PX_PHANTOM_FINDINGS; i++) {
        px_random_init(&illness->random[i], seed, 100 + (uint64_t)i);
    }
    px_random *random = &illness->random[PX_PHANTOM_ATELECTASIS];
    const double kind = px_random_uniform(random);
    illness->collapse_side = (int)px_random_below(random, 2);
    illness->collapse = kind < 0.5 ? PX_COLLAPSE_PLATE : PX_COLLAPSE_LOWER;
    if (kind > 0.78) {
        illness->collapse = PX_COLLAPSE_UPPER;
        illness->collapse_side = PX_RIGHT;
    }
}

static void enlarge_heart(px_patient *p, px_random *random) {
    /* Cardiothoracic ratio; the thorax is 2 units wide. */
    const float extent = 2 * px_draw_range(random, 0.56f, 0.68f);
    p->heart_extent[PX_RIGHT] = extent * px_draw_range(random, 0.30f, 0.36f);
    p->heart_extent[PX_LEFT] = extent - p->heart_extent[PX_RIGHT];
}

static void lose_volume(px_patient *p, px_collapse kind, int side, px_random *random) {
    const bool plate = kind == PX_COLLAPSE_PLATE;
    p->dome_y[side] -=
        plate ? px_draw_range(random, 0.05f, 0.12f) : px_draw_range(random, 0.12f, 0.22f);
    p->mediastinal_shift += px_side_sign(side) * (plate ? px_draw_range(random, 0, 0.03f)
                                                        : px_draw_range(random, 0.08f, 0.15f));
}

void px_illness_change_patient(px_illness *illness, px_patient *p) {
    if (has(illness, PX_PHANTOM_CARDIOMEGALY)) {
        enlarge_heart(p, &illness->random[PX_PHANTOM_CARDIOMEGALY]);
    }
    if (has(illness, PX_PHANTOM_ATELECTASIS)) {
        lose_volume(p, illness->collapse, illness->collapse_side,
                    &illness->random[PX_PHANTOM_ATELECTASIS]);
    }
    if (has(illness, PX_PHANTOM_EDEMA)) {
        px_random *random = &illness->random[PX_PHANTOM_EDEMA];
        p->vessel_scale *= px_draw_range(random, 1.05f, 1.2f);
        p->upper_vessel_scale *= px_draw_range(random, 1.4f, 1.7f); /* upper-lobe diversion */
    }
}

static void add_box(px_phantom_truth *truth, px_phantom_finding finding, const px_plane *plane,
                    const float edges[4]) {
    const int left = (int)px_clamp(edges[0], 0, (float)plane->width - 1);
    const int top = (int)px_clamp(edges[1], 0, (float)plane->height - 1);
    const int right = (int)px_clamp(edges[2], (float)left + 1, (float)plane->width);
    const int bottom = (int)px_clamp(edges[3], (float)top + 1, (float)plane->height);
    if (truth->boxes < PX_PHANTOM_MOST_BOXES) {
        truth->box[truth->boxes++] =
            (px_phantom_box){finding, left, top, right - left, bottom - top};
    }
}

/* Around the pixels of one side that lost more than `least` of air. False when there are none. */
static bool find_loss(const px_canvas *c, const px_patient *p, int side, float least,
                      float edges[4]) {
    const float far = (float)c->air.width;
    edges[0] = edges[1] = far;
    edges[2] = edges[3] = -1;
    for (int y = 0; y < c->air.height; y++) {
        for (int x = 0; x < c->air.width; x++) {
            const size_t i = (size_t)y * (size_t)c->air.width + (size_t)x;
            const px_point at = px_frame_to_patient(&p->frame, (float)x, (float)y);
            if (c->scratch.data[i] < least || (at.x > 0) != (side == PX_LEFT)) {
                continue;
            }
            edges[0] = fminf(edges[0], (float)x);
            edges[1] = fminf(edges[1], (float)y);
            edges[2] = fmaxf(edges[2], (float)x + 1);
            edges[3] = fmaxf(edges[3], (float)y + 1);
        }
    }
    return edges[2] > 0;
}

/* Take the opacity in `scratch` out of the air, and box what was lost in each lung. */
static void apply_opacity(px_canvas *c, const px_patient *p, px_phantom_finding finding,
                          px_phantom_truth *truth) {
    const size_t pixels = (size_t)c->air.width * (size_t)c->air.height;
    float most = 0;
    for (size_t i = 0; i < pixels; i++) {
        const float loss = c->air.data[i] * px_clamp(c->scratch.data[i], 0, 1);
        c->air.data[i] -= loss;
        c->scratch.data[i] = loss;
        most = fmaxf(most, loss);
    }
    /* Edema fades out over the whole lung: its box holds the denser part. */
    const float least = most * (finding == PX_PHANTOM_EDEMA ? 0.40f : 0.22f);
    for (int side = 0; side < 2 && most > 0; side++) {
        float edges[4];
        if (find_loss(c, p, side, least, edges)) {
            add_box(truth, finding, &c->air, edges);
        }
    }
}

static void box_heart(const px_canvas *c, const px_patient *p, px_phantom_truth *truth) {
    float heart[4];
    px_patient_heart_box(p, heart);
    const px_point a = px_frame_to_pixel(&p->frame, heart[0], heart[1]);
    const px_point b = px_frame_to_pixel(&p->frame, heart[2], heart[3]);
    add_box(truth, PX_PHANTOM_CARDIOMEGALY, &c->air, (float[4]){a.x, a.y, b.x, b.y});
}

void px_illness_draw(px_illness *illness, const px_patient *p, px_canvas *c,
                     px_phantom_truth *truth) {
    for (px_phantom_finding i = 0; i < PX_PHANTOM_FINDINGS; i++) {
        if (!has(illness, i)) {
            continue;
        }
        px_random *random = &illness->random[i];
        switch (i) {
        case PX_PHANTOM_CARDIOMEGALY:
            box_heart(c, p, truth);
            continue;
        case PX_PHANTOM_ATELECTASIS:
            px_opacity_atelectasis(c, p, (px_collapse)illness->collapse, illness->collapse_side,
                                   random);
            break;
        case PX_PHANTOM_CONSOLIDATION:
            px_opacity_consolidation(c, p, random);
            break;
        case PX_PHANTOM_EDEMA:
            px_opacity_edema(c, p, random);
            break;
        default:
            px_opacity_effusion(c, p, random);
            break;
        }
        apply_opacity(c, p, i, truth);
    }
}
