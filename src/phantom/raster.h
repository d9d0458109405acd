/* Drawing soft shapes on float planes, in the patient's coordinates. */
#ifndef PX_PHANTOM_RASTER_H
#define PX_PHANTOM_RASTER_H

#include <math.h>

#include "perxeptron.h"

/** One float a pixel, row-major. */
typedef struct px_plane {
    int width, height;
    float *data; /**< owned; [height, width] */
} px_plane;

/** Zeroed. */
bool px_plane_new(px_plane *plane, int width, int height, px_error *err);
void px_plane_clear(px_plane *plane);
/** Set every pixel to 0. */
void px_plane_erase(px_plane *plane);
/** Smooth by about a Gaussian of `sigma` pixels (three running means); edges are repeated.
 *  @param scratch  a plane of the same size, overwritten. */
void px_plane_blur(px_plane *plane, float sigma, px_plane *scratch);
/** Divide a field by the length of its gradient per patient unit, which makes it a distance near
 *  its zero line. @param scratch  a plane of the same size, overwritten. */
void px_plane_to_distance(px_plane *plane, float pixels_per_unit, px_plane *scratch);

/** Where the patient is in the picture. A unit is half the widest inner width of the thorax; the
 *  origin is on the spine at mid-thorax, x grows to the patient's left, y to the feet. */
typedef struct px_frame {
    float pixels_per_unit;
    float centre_x, centre_y; /**< the origin, in pixels */
    float cosine, sine;       /**< of the patient's tilt in the picture */
} px_frame;

typedef struct px_point {
    float x, y;
} px_point;

static inline px_point px_frame_to_patient(const px_frame *frame, float pixel_x, float pixel_y) {
    const float x = (pixel_x - frame->centre_x) / frame->pixels_per_unit;
    const float y = (pixel_y - frame->centre_y) / frame->pixels_per_unit;
    return (px_point){frame->cosine * x + frame->sine * y, frame->cosine * y - frame->sine * x};
}

static inline px_point px_frame_to_pixel(const px_frame *frame, float x, float y) {
    const float scale = frame->pixels_per_unit;
    return (px_point){frame->centre_x + scale * (frame->cosine * x - frame->sine * y),
                      frame->centre_y + scale * (frame->sine * x + frame->cosine * y)};
}

/** Set a plane from a function of place; `context` is handed on.
 *  @param where  nullable: a plane of the same size; where it is 0, the result is 0. */
void px_plane_fill(px_plane *plane, const px_plane *where, const px_frame *frame,
                   float (*value)(const void *context, px_point at), const void *context);

/** What a shape adds at a distance s from its middle, s in [0, 1]. */
typedef enum {
    PX_PROFILE_TUBE,     /**< path through a cylinder or ball */
    PX_PROFILE_CORTICAL, /**< path through bone: a dense shell around marrow */
    PX_PROFILE_SOFT,     /**< no visible edge */
} px_profile;

static inline float px_profile_at(px_profile profile, float s) {
    const float rest = 1 - s * s;
    switch (profile) {
    case PX_PROFILE_TUBE:
        return sqrtf(rest);
    case PX_PROFILE_CORTICAL: {
        const float marrow = 1 - s * s * 1.7f; /* shell: about a quarter of the radius */
        return sqrtf(rest) - (marrow > 0 ? 0.55f * sqrtf(marrow) : 0);
    }
    default:
        return rest * rest;
    }
}

/** A corner of a line of varying width; lengths in patient units. */
typedef struct px_stroke_point {
    float x, y;
    float radius;
    float strength; /**< height of the profile here */
} px_stroke_point;

/** Draw a line; where it overlaps what is there, the larger value stays. Lines thinner than a pixel
 *  become fainter instead. For profiles that fall from the middle: TUBE, SOFT. */
void px_stroke_draw(px_plane *plane, const px_frame *frame, const px_stroke_point *points,
                    int count, px_profile profile);

/** Zeroed planes of the picture's size, for px_stroke_add; it leaves them zeroed. */
typedef struct px_pen {
    px_plane *nearness; /**< 1 on the line, 0 at its edge */
    px_plane *strength;
} px_pen;

/** Draw a smooth curve through the points as one body with round ends, and add it to what is there.
 *  For any profile. */
void px_stroke_add(px_plane *plane, const px_pen *pen, const px_frame *frame,
                   const px_stroke_point *points, int count, px_profile profile);

typedef struct px_ellipse {
    float x, y;               /**< centre */
    float radius_x, radius_y; /**< before turning */
    float angle;              /**< radians, clockwise as seen */
    float strength;
} px_ellipse;

/** Add an ellipse to what is there. */
void px_ellipse_add(px_plane *plane, const px_frame *frame, const px_ellipse *ellipse,
                    px_profile profile);

/** Pixels a shape may touch: half-open, inside the plane. */
typedef struct px_bounds {
    int left, top, right, bottom;
} px_bounds;

px_bounds px_bounds_of_disc(const px_plane *plane, px_point pixel_centre, float pixel_radius);

/** 0 below `low`, 1 above `high`, smooth between. */
static inline float px_smoothstep(float low, float high, float x) {
    float t = (x - low) / (high - low);
    t = t < 0 ? 0 : t > 1 ? 1 : t;
    return t * t * (3 - 2 * t);
}

/** min(a, b) with a corner rounded over a width k. */
static inline float px_smooth_min(float a, float b, float k) {
    float h = (k - (a > b ? a - b : b - a)) / k;
    h = h > 0 ? h : 0;
    return (a < b ? a : b) - h * h * k / 4;
}

static inline float px_clamp(float x, float low, float high) {
    return x < low ? low : x > high ? high : x;
}

#endif
