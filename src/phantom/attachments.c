/* What hangs on patients and pictures: side marker, text, ECG leads. */
#include <math.h>

#include "canvas.h"

/* Letters as lines between points of a 3 x 5 grid, two digits (column, row) a point; a space lifts
   the pen. */
typedef struct glyph {
    char letter;
    const char *lines;
} glyph;

static const glyph glyphs[] = {
    {'L', "00040424"},
    {'R', "04000010212212020224"},
    {'A', "0401102124 0222"},
    {'P', "040010212212"},
    {'O', "0004242000"},
    {'T', "0020 1014"},
    {'B', "0004142322120210210100"},
    {'E', "20000424 0212"},
};

static const char *glyph_of(char letter) {
    for (size_t i = 0; i < sizeof glyphs / sizeof *glyphs; i++) {
        if (glyphs[i].letter == letter) {
            return glyphs[i].lines;
        }
    }
    return "";
}

/* `height` of the letter in patient units; (x, y) is its upper left corner. */
static void draw_letter(px_plane *plane, const px_frame *frame, char letter, px_point at,
                        float height) {
    const float cell = height / 4, pen = height * 0.09f;
    px_stroke_point points[16];
    int count = 0;
    for (const char *line = glyph_of(letter);; line++) {
        if (*line == ' ' || *line == '\0') {
            px_stroke_draw(plane, frame, points, count, PX_PROFILE_SOFT);
            count = 0;
            if (*line == '\0') {
                return;
            }
            continue;
        }
        const float x = at.x + cell * (float)(line[0] - '0');
        const float y = at.y + cell * (float)(line[1] - '0');
        points[count++] = (px_stroke_point){x, y, pen, 1.8f};
        line++;
    }
}

static void draw_text(px_plane *plane, const px_frame *frame, const char *text, px_point at,
                      float height) {
    for (; *text; text++) {
        draw_letter(plane, frame, *text, at, height);
        at.x += height * 0.75f;
    }
}

/* Markers lie on the cassette: placed in the picture, straight or a little turned. */
static void draw_marker(px_canvas *c, const px_patient *p, px_random *random) {
    const bool left = px_draw_chance(random, 0.7);
    const float tilt = px_draw_range(random, -0.25f, 0.25f);
    const float half = 0.5f * (float)c->metal.width / p->frame.pixels_per_unit;
    px_frame frame = {.pixels_per_unit = p->frame.pixels_per_unit,
                      .centre_x = 0.5f * (float)c->metal.width,
                      .centre_y = 0.5f * (float)c->metal.height,
                      .cosine = 1,
                      .sine = 0};
    const float inset = px_draw_range(random, 0.12f, 0.35f);
    const px_point corner = {left ? half - inset : -half + inset * 0.7f,
                             -half + px_draw_range(random, 0.08f, 0.30f)};
    if (p->portable && px_draw_chance(random, 0.7)) {
        const px_point below = {corner.x - (left ? 0.26f : 0.02f), corner.y + 0.24f};
        draw_text(&c->metal, &frame, px_draw_chance(random, 0.5) ? "PORTABLE" : "AP", below,
                  0.055f);
    }
    const px_point centre = px_frame_to_pixel(&frame, corner.x, corner.y);
    frame = (px_frame){p->frame.pixels_per_unit, centre.x, centre.y, cosf(tilt), sinf(tilt)};
    draw_letter(&c->metal, &frame, left ? 'L' : 'R', (px_point){0, 0},
                px_draw_range(random, 0.10f, 0.15f));
}

/* An electrode's snap, and its wire in a loose curve over the edge of the picture. */
static void draw_lead(px_canvas *c, const px_patient *p, px_point at, px_random *random) {
    const px_ellipse disc = {at.x, at.y, 0.050f, 0.050f, 0, 0.10f};
    px_ellipse_add(&c->metal, &p->frame, &disc, PX_PROFILE_TUBE);
    const px_ellipse snap = {at.x, at.y, 0.020f, 0.020f, 0, 0.55f};
    px_ellipse_add(&c->metal, &p->frame, &snap, PX_PROFILE_TUBE);
    enum { POINTS = 24 };
    px_stroke_point wire[POINTS];
    const float end_x = (at.x < 0 ? -1 : 1) * px_draw_range(random, 0.4f, 1.6f), end_y = 1.8f;
    const float sag = px_draw_range(random, -0.5f, 0.5f);
    for (int i = 0; i < POINTS; i++) {
        const float t = (float)i / (POINTS - 1);
        const float bow = sag * sinf(t * 3.14159265f);
        wire[i] = (px_stroke_point){at.x + (end_x - at.x) * t + bow, at.y + (end_y - at.y) * t * t,
                                    0.007f, 0.28f};
    }
    px_stroke_draw(&c->metal, &p->frame, wire, POINTS, PX_PROFILE_TUBE);
}

void px_draw_attachments(px_canvas *c, const px_patient *p, px_random *random) {
    if (px_draw_chance(random, 0.8)) {
        draw_marker(c, p, random);
    }
    if (!px_draw_chance(random, p->portable ? 0.65 : 0.05)) {
        return;
    }
    const px_point places[] = {{-0.62f, -0.62f}, {0.62f, -0.58f}, {0.85f, 0.55f}, {-0.80f, 0.60f}};
    const int leads = 2 + (int)px_random_below(random, 3);
    for (int i = 0; i < leads; i++) {
        const px_point at = {places[i].x + px_draw_range(random, -0.15f, 0.15f),
                             places[i].y + px_draw_range(random, -0.15f, 0.15f)};
        draw_lead(c, p, at, random);
    }
}
