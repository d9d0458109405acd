/* Tubes of the lungs: branching vessels, hila, trachea and bronchi. */
#include <math.h>

#include "canvas.h"

/* A growing branch: where its tip is, where it heads. */
typedef struct branch {
    float x, y, angle, radius;
    int generation;
} branch;

enum { MOST_BRANCHES = 96, BRANCH_POINTS = 6, MOST_GENERATIONS = 6 };

static bool in_chest(const px_patient *p, float x, float y) {
    return fabsf(x) < px_curve_at(&p->wall, y) && y > p->apex_y - 0.05f &&
           y < px_patient_dome_at(p, x) + 0.10f;
}

/* Draw one branch and move it to its far end. False where it leaves the lung. */
static bool grow(px_canvas *c, const px_patient *p, branch *b, px_random *random) {
    px_stroke_point points[BRANCH_POINTS];
    const float length = px_draw_range(random, 0.10f, 0.22f);
    const float bend = px_draw_range(random, -0.9f, 0.9f) / BRANCH_POINTS;
    const float thinner = powf(0.80f, 1.0f / BRANCH_POINTS);
    for (int i = 0; i < BRANCH_POINTS; i++) {
        const float zone = b->y < -0.15f ? p->upper_vessel_scale : p->vessel_scale;
        const float radius = b->radius * zone;
        points[i] = (px_stroke_point){b->x, b->y, radius, 6.5f * radius};
        if (i + 1 < BRANCH_POINTS) {
            b->angle += bend;
            b->x += cosf(b->angle) * length / (BRANCH_POINTS - 1);
            b->y += sinf(b->angle) * length / (BRANCH_POINTS - 1);
            b->radius *= thinner;
        }
    }
    px_stroke_draw(&c->vessels, &p->frame, points, BRANCH_POINTS, PX_PROFILE_TUBE);
    return in_chest(p, b->x, b->y);
}

/* Grow a tree from its first branch, breadth first; each branch splits in two. */
static void grow_tree(px_canvas *c, const px_patient *p, branch first, px_random *random) {
    branch waiting[MOST_BRANCHES] = {first};
    int count = 1;
    for (int i = 0; i < count; i++) {
        branch b = waiting[i];
        if (!grow(c, p, &b, random) || b.generation + 1 >= MOST_GENERATIONS ||
            count + 2 > MOST_BRANCHES) {
            continue;
        }
        const float spread = px_draw_range(random, 0.15f, 0.45f);
        const float share = px_draw_range(random, 0.3f, 0.7f);
        for (int child = 0; child < 2; child++) {
            branch next = b;
            const float part = child ? share : 1 - share;
            next.angle += child ? spread * (1 - share) * 2 : -spread * share * 2;
            next.radius *= powf(part, 0.35f); /* thinner than Murray's 1/3 law by a little */
            next.generation++;
            waiting[count++] = next;
        }
    }
}

static void draw_lung_trees(px_canvas *c, const px_patient *p, int side, px_random *random) {
    const float s = px_side_sign(side);
    const float x = px_curve_at(&p->midline, 0) + s * (side == PX_RIGHT ? 0.22f : 0.24f);
    const float y = side == PX_RIGHT ? -0.14f : -0.20f;
    enum { TREES = 12 };
    for (int i = 0; i < TREES; i++) {
        const float t = (float)i / (TREES - 1);
        /* From straight up, over the side, to straight down. */
        float angle = -1.35f + 2.75f * t + px_draw_range(random, -0.12f, 0.12f);
        const float radius = (0.018f + 0.014f * t) * px_draw_range(random, 0.85f, 1.15f);
        angle = side == PX_RIGHT ? 3.14159265f - angle : angle;
        grow_tree(c, p, (branch){x + s * 0.03f * cosf(angle), y + 0.20f * t, angle, radius, 0},
                  random);
    }
    /* The descending pulmonary artery. */
    const px_stroke_point artery[] = {{x, y - 0.05f, 0.06f, 0.11f},
                                      {x + s * 0.06f, y + 0.10f, 0.055f, 0.11f},
                                      {x + s * 0.09f, y + 0.32f, 0.035f, 0.07f}};
    px_stroke_draw(&c->vessels, &p->frame, artery, 3, PX_PROFILE_TUBE);
    const px_ellipse hilum = {x + s * 0.03f, y + 0.08f, 0.14f, 0.24f, -s * 0.25f, 0.14f};
    px_ellipse_add(&c->vessels, &p->frame, &hilum, PX_PROFILE_SOFT);
}

void px_draw_vessels(px_canvas *c, const px_patient *p, px_random *random) {
    for (int side = 0; side < 2; side++) {
        draw_lung_trees(c, p, side, random);
    }
    px_plane_blur(&c->vessels, 0.005f * p->frame.pixels_per_unit, &c->scratch);
}

void px_draw_airways(px_canvas *c, const px_patient *p, px_random *random) {
    px_plane *tubes = &c->scratch;
    const size_t pixels = (size_t)tubes->width * (size_t)tubes->height;
    px_plane_erase(tubes);
    const float lean = px_draw_range(random, -0.03f, 0.0f);
    const float top = px_curve_at(&p->midline, -1.3f);
    const float carina_x = px_curve_at(&p->midline, -0.5f) + lean, carina_y = -0.44f;
    const float path = 0.15f;
    const px_stroke_point trachea[] = {{top, -1.7f, 0.068f, path},
                                       {top, -1.2f, 0.068f, path},
                                       {(top + carina_x) / 2 + lean * 0.5f, -0.8f, 0.066f, path},
                                       {carina_x, carina_y, 0.064f, path}};
    px_stroke_draw(tubes, &p->frame, trachea, 4, PX_PROFILE_TUBE);
    const px_stroke_point right[] = {{carina_x, carina_y, 0.055f, path * 0.7f},
                                     {carina_x - 0.16f, carina_y + 0.20f, 0.045f, path * 0.55f},
                                     {carina_x - 0.22f, carina_y + 0.36f, 0.038f, path * 0.3f}};
    px_stroke_draw(tubes, &p->frame, right, 3, PX_PROFILE_TUBE);
    const px_stroke_point left[] = {{carina_x, carina_y, 0.050f, path * 0.7f},
                                    {carina_x + 0.20f, carina_y + 0.17f, 0.042f, path * 0.5f},
                                    {carina_x + 0.30f, carina_y + 0.27f, 0.034f, path * 0.3f}};
    px_stroke_draw(tubes, &p->frame, left, 3, PX_PROFILE_TUBE);
    for (size_t i = 0; i < pixels; i++) {
        c->soft.data[i] -= tubes->data[i];
    }
}
