/* Drawing soft shapes on float planes, in the patient's coordinates. */
#include "raster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

bool px_plane_new(px_plane *plane, int width, int height, px_error *err) {
    /* One row more than there are pixels: blurring keeps its running sums there. */
    float *data = px_alloc((size_t)width * (size_t)(height + 1), sizeof *data, err);
    if (!data) {
        return false;
    }
    *plane = (px_plane){width, height, data};
    return true;
}

void px_plane_clear(px_plane *plane) {
    free(plane->data);
    *plane = (px_plane){0};
}

void px_plane_erase(px_plane *plane) {
    memset(plane->data, 0, (size_t)plane->width * (size_t)plane->height * sizeof *plane->data);
}

/* Running mean of 2 r + 1 samples along a row, edges repeated. */
static void mean_row(const float *from, float *to, int n, int r) {
    const float scale = 1.0f / (float)(2 * r + 1);
    float sum = from[0] * (float)r;
    for (int i = 0; i < r; i++) {
        sum += from[i < n ? i : n - 1];
    }
    for (int i = 0; i < n; i++) {
        sum += from[i + r < n ? i + r : n - 1];
        to[i] = sum * scale;
        sum -= from[i - r > 0 ? i - r : 0];
    }
}

/* The same down all columns at once; `to` must not be `from`. */
static void mean_columns(const px_plane *from, px_plane *to, int r, float *sum) {
    const int w = from->width, h = from->height;
    const float scale = 1.0f / (float)(2 * r + 1);
    memset(sum, 0, (size_t)w * sizeof *sum);
    for (int y = -r; y < r; y++) {
        const float *row = from->data + (size_t)(y < 0 ? 0 : y < h ? y : h - 1) * (size_t)w;
        for (int x = 0; x < w; x++) {
            sum[x] += row[x];
        }
    }
    for (int y = 0; y < h; y++) {
        const float *in = from->data + (size_t)(y + r < h ? y + r : h - 1) * (size_t)w;
        const float *out = from->data + (size_t)(y - r > 0 ? y - r : 0) * (size_t)w;
        float *row = to->data + (size_t)y * (size_t)w;
        for (int x = 0; x < w; x++) {
            sum[x] += in[x];
            row[x] = sum[x] * scale;
            sum[x] -= out[x];
        }
    }
}

void px_plane_blur(px_plane *plane, float sigma, px_plane *scratch) {
    /* Three means of radius r have variance r (r + 1). */
    const int r = (int)lroundf(sqrtf(sigma * sigma + 0.25f) - 0.5f);
    const size_t w = (size_t)plane->width;
    if (r < 1) {
        return;
    }
    for (int pass = 0; pass < 3; pass++) {
        for (int y = 0; y < plane->height; y++) {
            mean_row(plane->data + (size_t)y * w, scratch->data + (size_t)y * w, plane->width, r);
        }
        mean_columns(scratch, plane, r, scratch->data + (size_t)plane->height * w);
    }
}

void px_plane_to_distance(px_plane *plane, float pixels_per_unit, px_plane *scratch) {
    const int w = plane->width, h = plane->height;
    for (int y = 0; y < h; y++) {
        const float *row = plane->data + (size_t)y * (size_t)w;
        const float *above = y > 0 ? row - w : row, *below = y + 1 < h ? row + w : row;
        const float rows = y > 0 && y + 1 < h ? 2.0f : 1.0f;
        float *out = scratch->data + (size_t)y * (size_t)w;
        for (int x = 0; x < w; x++) {
            const int left = x > 0 ? x - 1 : x, right = x + 1 < w ? x + 1 : x;
            const float dx = (row[right] - row[left]) / (float)(right - left);
            const float dy = (below[x] - above[x]) / rows;
            const float slope = sqrtf(dx * dx + dy * dy) * pixels_per_unit;
            out[x] = row[x] / (slope > 0.2f ? slope : 0.2f);
        }
    }
    memcpy(plane->data, scratch->data, (size_t)w * (size_t)h * sizeof *plane->data);
}

void px_plane_fill(px_plane *plane, const px_plane *where, const px_frame *frame,
                   float (*value)(const void *context, px_point at), const void *context) {
    for (int y = 0; y < plane->height; y++) {
        const size_t row = (size_t)y * (size_t)plane->width;
        for (int x = 0; x < plane->width; x++) {
            const size_t i = row + (size_t)x;
            const bool wanted = !where || where->data[i] != 0;
            plane->data[i] =
                wanted ? value(context, px_frame_to_patient(frame, (float)x, (float)y)) : 0;
        }
    }
}

px_bounds px_bounds_of_disc(const px_plane *plane, px_point pixel_centre, float pixel_radius) {
    const float w = (float)plane->width, h = (float)plane->height;
    px_bounds b = {
        .left = (int)px_clamp(floorf(pixel_centre.x - pixel_radius), 0, w),
        .top = (int)px_clamp(floorf(pixel_centre.y - pixel_radius), 0, h),
        .right = (int)px_clamp(ceilf(pixel_centre.x + pixel_radius) + 1, 0, w),
        .bottom = (int)px_clamp(ceilf(pixel_centre.y + pixel_radius) + 1, 0, h),
    };
    return b;
}

void px_ellipse_add(px_plane *plane, const px_frame *frame, const px_ellipse *ellipse,
                    px_profile profile) {
    const float cosine = cosf(ellipse->angle), sine = sinf(ellipse->angle);
    const float radius = fmaxf(ellipse->radius_x, ellipse->radius_y) * frame->pixels_per_unit;
    const px_bounds box =
        px_bounds_of_disc(plane, px_frame_to_pixel(frame, ellipse->x, ellipse->y), radius);
    for (int y = box.top; y < box.bottom; y++) {
        float *row = plane->data + (size_t)y * (size_t)plane->width;
        for (int x = box.left; x < box.right; x++) {
            const px_point p = px_frame_to_patient(frame, (float)x, (float)y);
            const float dx = p.x - ellipse->x, dy = p.y - ellipse->y;
            const float a = (cosine * dx + sine * dy) / ellipse->radius_x;
            const float b = (cosine * dy - sine * dx) / ellipse->radius_y;
            const float s2 = a * a + b * b;
            if (s2 < 1) {
                row[x] += ellipse->strength * px_profile_at(profile, sqrtf(s2));
            }
        }
    }
}
