/* The report's pictures: the radiograph, and heat maps over it. */
#include <math.h>

#include "../image/colormap.h"
#include "report_parts.h"

#define GAP 12.0
#define CAPTION 26.0
#define SCALE_WIDTH 80.0
#define SCALE_STEPS 64
#define GROUND 0x0b1418

/* From no evidence to the strongest, in the heat map's colours. */
static void draw_scale(px_drawing *drawing, double left, double top, double width) {
    const px_text_style style = {.size = 6.8, .colour = PX_SOFT, .lines = 1};
    const double before = 58, after = 44;
    double length = fmin(SCALE_WIDTH, fmax(width - before - after, 10));
    double step = length / SCALE_STEPS, x = left + before;
    px_drawing_text(drawing, left, top, before, &style, "Evidence: none");
    for (int i = 0; i < SCALE_STEPS; i++) {
        uint8_t rgb[3];
        px_colormap_turbo((float)i / (SCALE_STEPS - 1), rgb);
        px_drawing_fill(drawing, x + i * step, top + 1.5, step + 0.3, 5.5, 0,
                        (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2]);
    }
    px_drawing_text(drawing, x + length + 4, top, after, &style, "strongest");
}

static void draw_picture(px_drawing *drawing, const px_report_picture *picture, double x,
                         double top, double width, double height) {
    const px_image *image = picture->image;
    px_drawing_fill(drawing, x, top, width, height, 0, GROUND);
    if (image->width > 0 && image->height > 0) {
        double scale = fmin(width / image->width, height / image->height);
        double w = fmin(width, fmax(1, image->width * scale));
        double h = fmin(height, fmax(1, image->height * scale));
        px_drawing_image(drawing, image, x + (width - w) / 2, top + (height - h) / 2, w, h);
    } else {
        px_drawing_image(drawing, image, x, top, width, height);
    }
    const px_text_style style = {.size = 7.8, .colour = PX_INK, .lines = 1};
    px_drawing_text(drawing, x, top + height + 3, width, &style, picture->caption);
    if (picture->has_heat)
        draw_scale(drawing, x, top + height + 14, width);
}

/* As high as the highest picture needs at its width. */
static double height_needed(const px_report *report, double width, double most) {
    double needed = 0;
    for (int i = 0; i < report->n_pictures; i++) {
        const px_image *image = report->pictures[i].image;
        if (image->width > 0)
            needed = fmax(needed, width * image->height / image->width);
    }
    return fmin(fmax(needed, most / 2), most);
}

double px_report_draw_pictures(px_drawing *drawing, const px_report *report, double top,
                               double height) {
    if (report->n_pictures == 0)
        return top;
    int n = report->n_pictures > 1 ? report->n_pictures : 2;
    double width = (PX_REPORT_INSIDE - (n - 1) * GAP) / n;
    double x = report->n_pictures > 1 ? PX_REPORT_LEFT : PX_REPORT_LEFT + width / 2;
    double shown = height_needed(report, width, height - CAPTION);
    for (int i = 0; i < report->n_pictures; i++)
        draw_picture(drawing, &report->pictures[i], x + i * (width + GAP), top, width, shown);
    return top + shown + CAPTION;
}
