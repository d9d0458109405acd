/* Lines of varying width: vessels, bones, wires. */
#include "raster.h"

/* An end of a segment, in pixels. */
typedef struct end {
    px_point at;
    float radius, strength;
} end;

static end end_of(const px_frame *frame, const px_stroke_point *point) {
    end e = {px_frame_to_pixel(frame, point->x, point->y), point->radius * frame->pixels_per_unit,
             point->strength};
    const float least = 0.75f; /* pixels: thinner lines are drawn wider and fainter */
    if (e.radius < least) {
        e.strength *= e.radius / least;
        e.radius = least;
    }
    return e;
}

static px_bounds join_bounds(px_bounds p, px_bounds q) {
    return (px_bounds){p.left < q.left ? p.left : q.left, p.top < q.top ? p.top : q.top,
                       p.right > q.right ? p.right : q.right,
                       p.bottom > q.bottom ? p.bottom : q.bottom};
}

static px_bounds bounds_of_segment(const px_plane *plane, const end *a, const end *b) {
    return join_bounds(px_bounds_of_disc(plane, a->at, a->radius),
                       px_bounds_of_disc(plane, b->at, b->radius));
}

/* A segment, prepared for asking about many pixels. */
typedef struct segment {
    end a, b;
    float dx, dy, scale;
} segment;

static segment segment_of(const end *a, const end *b) {
    segment s = {*a, *b, b->at.x - a->at.x, b->at.y - a->at.y, 0};
    const float length2 = s.dx * s.dx + s.dy * s.dy;
    s.scale = length2 > 0 ? 1 / length2 : 0;
    return s;
}

/* Distance of a pixel from the middle, 1 at the edge and more outside, and the strength there. */
static inline float away(const segment *s, int x, int y, float *strength) {
    const float px = (float)x - s->a.at.x, py = (float)y - s->a.at.y;
    const float t = px_clamp((px * s->dx + py * s->dy) * s->scale, 0, 1);
    const float ex = px - t * s->dx, ey = py - t * s->dy;
    const float radius = s->a.radius + t * (s->b.radius - s->a.radius);
    const float distance2 = ex * ex + ey * ey;
    *strength = s->a.strength + t * (s->b.strength - s->a.strength);
    return distance2 < radius * radius ? sqrtf(distance2) / radius : 1;
}

static void draw_segment(px_plane *plane, const end *a, const end *b, px_profile profile) {
    const px_bounds box = bounds_of_segment(plane, a, b);
    const segment s = segment_of(a, b);
    for (int y = box.top; y < box.bottom; y++) {
        float *row = plane->data + (size_t)y * (size_t)plane->width;
        for (int x = box.left; x < box.right; x++) {
            float strength;
            const float distance = away(&s, x, y, &strength);
            if (distance < 1) {
                const float value = strength * px_profile_at(profile, distance);
                row[x] = value > row[x] ? value : row[x];
            }
        }
    }
}

void px_stroke_draw(px_plane *plane, const px_frame *frame, const px_stroke_point *points,
                    int count, px_profile profile) {
    for (int i = 0; i + 1 < count; i++) {
        const end a = end_of(frame, &points[i]), b = end_of(frame, &points[i + 1]);
        draw_segment(plane, &a, &b, profile);
    }
}

/* Note where the segment is nearer than what was noted before. */
static px_bounds note_segment(const px_pen *pen, const end *a, const end *b) {
    const px_bounds box = bounds_of_segment(pen->nearness, a, b);
    const segment s = segment_of(a, b);
    for (int y = box.top; y < box.bottom; y++) {
        const size_t row = (size_t)y * (size_t)pen->nearness->width;
        for (int x = box.left; x < box.right; x++) {
            float strength;
            const float near = 1 - away(&s, x, y, &strength);
            if (near > pen->nearness->data[row + (size_t)x]) {
                pen->nearness->data[row + (size_t)x] = near;
                pen->strength->data[row + (size_t)x] = strength;
            }
        }
    }
    return box;
}

/* Catmull and Rom's curve between b and c. */
static float smooth(float a, float b, float c, float d, float t) {
    return b + 0.5f * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

static px_stroke_point point_between(const px_stroke_point *points, int count, int i, float t) {
    const px_stroke_point *b = &points[i], *c = &points[i + 1];
    const px_stroke_point *a = i > 0 ? b - 1 : b, *d = i + 2 < count ? c + 1 : c;
    return (px_stroke_point){smooth(a->x, b->x, c->x, d->x, t), smooth(a->y, b->y, c->y, d->y, t),
                             b->radius + t * (c->radius - b->radius),
                             b->strength + t * (c->strength - b->strength)};
}

static void add_noted(px_plane *plane, const px_pen *pen, px_bounds box, px_profile profile) {
    for (int y = box.top; y < box.bottom; y++) {
        const size_t row = (size_t)y * (size_t)plane->width;
        for (size_t i = row + (size_t)box.left; i < row + (size_t)box.right; i++) {
            if (pen->nearness->data[i] > 0) {
                plane->data[i] +=
                    pen->strength->data[i] * px_profile_at(profile, 1 - pen->nearness->data[i]);
                pen->nearness->data[i] = pen->strength->data[i] = 0;
            }
        }
    }
}

void px_stroke_add(px_plane *plane, const px_pen *pen, const px_frame *frame,
                   const px_stroke_point *points, int count, px_profile profile) {
    enum { STEPS = 5 }; /* straight pieces between two points */
    px_bounds all = {plane->width, plane->height, 0, 0};
    end last = end_of(frame, &points[0]);
    for (int i = 0; i + 1 < count; i++) {
        for (int step = 1; step <= STEPS; step++) {
            const px_stroke_point p = point_between(points, count, i, (float)step / STEPS);
            const end next = end_of(frame, &p);
            all = join_bounds(all, note_segment(pen, &last, &next));
            last = next;
        }
    }
    add_noted(plane, pen, all, profile);
}
