/* Bones: vertebrae, ribs, clavicles, shoulder blades, upper arms. */
#include <math.h>

#include "canvas.h"

#define PI 3.14159265f

static void add_bone(px_canvas *c, const px_patient *p, const px_stroke_point *points, int count) {
    const px_pen pen = {&c->scratch, &c->scratch_2};
    px_stroke_add(&c->bone, &pen, &p->frame, points, count, PX_PROFILE_CORTICAL);
}

static void draw_vertebra(px_canvas *c, const px_patient *p, float y, float half_width) {
    const float x = px_curve_at(&p->spine, y) - 0.5f * p->turn;
    const float half_height = 0.062f;
    const px_stroke_point body[] = {{x - half_width * 0.55f, y, half_height, 0.050f},
                                    {x + half_width * 0.55f, y, half_height, 0.050f}};
    add_bone(c, p, body, 2);
    for (int end = -1; end <= 1; end += 2) {
        const float at = y + (float)end * (half_height + 0.004f);
        const px_stroke_point plate[] = {{x - half_width, at, 0.012f, 0.024f},
                                         {x, at - (float)end * 0.006f, 0.012f, 0.020f},
                                         {x + half_width, at, 0.012f, 0.024f}};
        px_stroke_draw(&c->bone, &p->frame, plate, 3, PX_PROFILE_TUBE);
    }
    for (int side = -1; side <= 1; side += 2) {
        const px_ellipse pedicle = {
            x + (float)side * half_width * 0.68f, y - 0.012f, 0.022f, 0.034f, 0, 0.016f};
        px_ellipse_add(&c->bone, &p->frame, &pedicle, PX_PROFILE_CORTICAL);
        const px_stroke_point process[] = {
            {x + (float)side * half_width * 0.9f, y - 0.03f, 0.028f, 0.028f},
            {x + (float)side * (half_width + 0.10f), y - 0.055f, 0.022f, 0.020f}};
        add_bone(c, p, process, 2);
    }
    const px_ellipse spinous = {x - 0.4f * p->turn, y + 0.055f, 0.014f, 0.032f, 0, 0.014f};
    px_ellipse_add(&c->bone, &p->frame, &spinous, PX_PROFILE_TUBE);
}

static void draw_spine(px_canvas *c, const px_patient *p) {
    float y = -1.75f;
    for (int i = 0; i < 21; i++) {
        const float t = (float)i / 20;
        draw_vertebra(c, p, y, 0.095f + 0.045f * t);
        y += 0.142f + 0.045f * t;
    }
    /* The back is furthest from the detector when the picture is taken from there. */
    px_plane_blur(&c->bone, 0.010f * p->frame.pixels_per_unit, &c->scratch);
    px_plane_erase(&c->scratch);
}

enum { RIB_POINTS = 16, RIBS = 11 };

/* A rib runs from the spine round the side to the front. `angle` goes with it, 0 at the spine. */
typedef struct rib {
    float y;    /**< at the spine */
    float drop; /**< from back to front */
    float rise; /**< of its first part above the spine's end */
    int side;
} rib;

static px_point rib_at(const px_patient *p, const rib *r, float angle) {
    const float y = r->y + r->drop * (1 - cosf(angle)) / 2 -
                    r->rise * sinf(angle * 2) * (angle < PI / 2 ? 1 : 0);
    const float reach = px_curve_at(&p->wall, y) - 0.008f;
    const float spine = px_curve_at(&p->spine, r->y);
    const float front = p->turn * (1 - cosf(angle)) / 2;
    const float x = px_side_sign(r->side) * reach * powf(sinf(angle), 0.85f);
    return (px_point){x + spine * cosf(angle) * cosf(angle) + front, y};
}

static void draw_rib(px_canvas *c, const px_patient *p, const rib *r, float density) {
    px_stroke_point points[RIB_POINTS];
    const float first = 0.06f, last = 2.50f;
    for (int i = 0; i < RIB_POINTS; i++) {
        const float t = (float)i / (RIB_POINTS - 1), angle = first + t * (last - first);
        const px_point at = rib_at(p, r, angle), next = rib_at(p, r, angle + 0.02f);
        /* Along the beam at the side of the chest, the path through the rib is longer. */
        const float seen = hypotf(next.x - at.x, next.y - at.y) / 0.02f;
        const float along = px_clamp(0.95f / (seen + 0.12f), 0.85f, 1.4f);
        const float front = px_smoothstep(1.5f, 1.9f, angle);
        /* Hidden by the spine at one end, cartilage at the other; faint below the diaphragm. */
        const float ends = px_smoothstep(0.02f, 0.25f, angle) * px_smoothstep(2.48f, 2.05f, angle);
        const float depth = at.y - px_patient_dome_at(p, at.x);
        const float shown = ends * (1 - 0.55f * px_smoothstep(-0.05f, 0.15f, depth));
        points[i] = (px_stroke_point){at.x, at.y, 0.034f + 0.012f * front,
                                      density * along * (1 - 0.30f * front) * shown};
    }
    add_bone(c, p, points, RIB_POINTS);
}

static void draw_ribs(px_canvas *c, const px_patient *p, px_random *random) {
    const float density = px_draw_range(random, 0.040f, 0.060f);
    const float bottom = p->dome_y[PX_RIGHT] + 0.22f, top = p->apex_y + 0.06f;
    for (int i = 0; i < RIBS; i++) {
        const float t = (float)i / 9.5f;
        for (int side = 0; side < 2; side++) {
            const float jitter = px_draw_range(random, -0.008f, 0.008f);
            rib r = {.y = top + (bottom - top) * t + jitter,
                     .drop = p->ribs_tilt * (0.10f + 0.62f * px_smoothstep(-0.15f, 0.75f, t)),
                     .rise = 0.045f * px_smoothstep(0, 0.4f, t),
                     .side = side};
            draw_rib(c, p, &r, density * px_draw_range(random, 0.85f, 1.15f));
        }
    }
}

static void draw_clavicle(px_canvas *c, const px_patient *p, int side, float lift, float density) {
    const float sign = px_side_sign(side), turn = p->turn;
    const px_stroke_point points[] = {
        {turn + sign * 0.11f, -0.86f, 0.052f, density},
        {turn + sign * 0.25f, -0.905f, 0.042f, density},
        {turn + sign * 0.45f, -0.95f - lift * 0.2f, 0.036f, density * 1.1f},
        {sign * 0.68f, -1.01f - lift * 0.5f, 0.036f, density * 1.15f},
        {sign * 0.90f, -1.085f - lift * 0.8f, 0.038f, density * 1.1f},
        {sign * 1.10f, -1.13f - lift, 0.042f, density},
        {sign * 1.23f, -1.13f - lift, 0.044f, density * 0.8f}};
    add_bone(c, p, points, 7);
}

/* `out`: how far the shoulder blade is turned off the lungs. */
static void draw_scapula(px_canvas *c, const px_patient *p, int side, float out) {
    const float s = px_side_sign(side);
    const px_stroke_point plate[] = {{s * (0.98f + out), -0.80f, 0.20f, 0.035f},
                                     {s * (0.99f + out), -0.45f, 0.15f, 0.032f},
                                     {s * (1.00f + out), -0.12f, 0.06f, 0.024f}};
    px_stroke_draw(&c->bone, &p->frame, plate, 3, PX_PROFILE_SOFT);
    const px_stroke_point lateral[] = {{s * 1.20f, -0.93f, 0.040f, 0.07f},
                                       {s * (1.13f + out * 0.6f), -0.62f, 0.026f, 0.045f},
                                       {s * (1.05f + out), -0.12f, 0.022f, 0.03f},
                                       {s * (1.00f + out), -0.03f, 0.03f, 0.0f}};
    add_bone(c, p, lateral, 4);
    const px_stroke_point medial[] = {{s * (0.84f + out), -0.98f, 0.014f, 0.016f},
                                      {s * (0.82f + out), -0.60f, 0.014f, 0.016f},
                                      {s * (0.97f + out), -0.06f, 0.016f, 0.016f}};
    px_stroke_draw(&c->bone, &p->frame, medial, 3, PX_PROFILE_TUBE);
    const px_stroke_point spine[] = {{s * (0.84f + out), -0.88f, 0.020f, 0.03f},
                                     {s * 1.05f, -1.03f, 0.028f, 0.06f},
                                     {s * 1.32f, -1.19f, 0.045f, 0.07f}};
    add_bone(c, p, spine, 3);
    const px_stroke_point coracoid[] = {{s * 1.10f, -1.00f, 0.035f, 0.05f},
                                        {s * 1.19f, -0.97f, 0.045f, 0.08f}};
    add_bone(c, p, coracoid, 2);
}

static void draw_humerus(px_canvas *c, const px_patient *p, int side) {
    const float dx = px_side_sign(side) * sinf(p->arm_angle), dy = cosf(p->arm_angle);
    const float x = px_side_sign(side) * 1.36f, y = -1.00f;
    const px_stroke_point bone[] = {{x, y, 0.145f, 0.085f},
                                    {x + 0.12f * dx, y + 0.12f * dy, 0.130f, 0.085f},
                                    {x + 0.32f * dx, y + 0.32f * dy, 0.080f, 0.110f},
                                    {x + 2.60f * dx, y + 2.60f * dy, 0.070f, 0.130f}};
    add_bone(c, p, bone, 4);
}

void px_draw_skeleton(px_canvas *c, const px_patient *p, px_random *random) {
    px_plane_erase(&c->scratch);
    px_plane_erase(&c->scratch_2);
    draw_spine(c, p);
    draw_ribs(c, p, random);
    const float out =
        p->portable ? px_draw_range(random, -0.12f, 0.0f) : px_draw_range(random, 0.02f, 0.14f);
    const float lift = px_draw_range(random, -0.06f, 0.10f);
    for (int side = 0; side < 2; side++) {
        draw_clavicle(c, p, side, lift, 0.085f);
        draw_scapula(c, p, side, out);
        draw_humerus(c, p, side);
    }
}
