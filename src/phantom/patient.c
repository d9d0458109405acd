/* One made-up patient: habitus, pose and the outlines that follow from them. */
#include "patient.h"

#include <math.h>

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static void sample_pose(px_patient *p, px_random *random, int size) {
    const float side = (float)size;
    const float width_units = px_draw_range(random, 2.50f, 2.95f); /* of the whole picture */
    const float tilt = px_clamp(0.025f * (float)px_random_normal(random), -0.07f, 0.07f);
    p->frame.pixels_per_unit = side / width_units;
    p->frame.centre_x = side * px_draw_range(random, 0.48f, 0.52f);
    p->frame.centre_y = side * px_draw_range(random, 0.475f, 0.525f);
    p->frame.cosine = cosf(tilt);
    p->frame.sine = sinf(tilt);
    p->turn = px_clamp(0.025f * (float)px_random_normal(random), -0.06f, 0.06f);
}

void px_patient_sample(px_patient *p, px_random *random, int size) {
    *p = (px_patient){.vessel_scale = 1, .upper_vessel_scale = 1};
    p->female = px_draw_chance(random, 0.45);
    p->portable = px_draw_chance(random, 0.35);
    p->habitus = px_clamp((float)px_random_normal(random), -1.5f, 2.2f);
    sample_pose(p, random, size);
    const float inspiration = px_draw_range(random, -0.10f, 0.08f) - (p->portable ? 0.10f : 0.0f);
    p->apex_y = px_draw_range(random, -1.08f, -1.00f);
    p->dome_y[PX_RIGHT] = 0.70f + inspiration;
    p->dome_y[PX_LEFT] = p->dome_y[PX_RIGHT] + px_draw_range(random, 0.03f, 0.11f);
    /* Cardiothoracic ratio 0.40 to 0.48. */
    const float heart = px_draw_range(random, 0.80f, 0.95f);
    p->heart_extent[PX_RIGHT] = heart * px_draw_range(random, 0.30f, 0.34f);
    p->heart_extent[PX_LEFT] = heart - p->heart_extent[PX_RIGHT];
    p->ribs_tilt = px_draw_range(random, 0.85f, 1.15f) * (p->portable ? 0.9f : 1.0f);
    p->flare = px_draw_range(random, -0.03f, 0.05f);
    p->arm_angle =
        p->portable ? px_draw_range(random, 0.05f, 0.25f) : px_draw_range(random, 0.25f, 0.65f);
    p->texture_seed = (uint32_t)px_random_u64(random);
    const float scoliosis = 0.02f * (float)px_random_normal(random);
    const px_point spine[] = {{-1.6f, 0},
                              {-0.9f, 0.3f * scoliosis},
                              {-0.2f, scoliosis},
                              {0.5f, -0.3f * scoliosis},
                              {1.5f, -scoliosis}};
    px_curve_through(&p->spine, spine, COUNT(spine));
}

static void shape_trunk(px_patient *p) {
    const float flesh = 0.15f + 0.06f * (p->habitus + 1.5f) * 0.8f; /* outside the ribs */
    const float waist = p->habitus > 0 ? 0.04f * p->habitus : 0;
    const px_point torso[] = {{-1.60f, 0.30f},
                              {-1.30f, 0.36f},
                              {-1.18f, 0.60f},
                              {-1.00f, 0.92f},
                              {-0.75f, 1.05f + flesh * 0.6f},
                              {-0.40f, 1.04f + flesh},
                              {0.10f, 1.02f + flesh},
                              {0.70f, 1.02f + flesh},
                              {1.50f, 1.00f + flesh + waist}};
    px_curve_through(&p->torso, torso, COUNT(torso));
    const float build = 0.07f * p->habitus;
    const px_point depth[] = {{-1.60f, 0.50f},           {-1.25f, 0.70f},
                              {-1.00f, 1.10f + build},   {-0.60f, 1.38f + build},
                              {0.00f, 1.50f + build},    {0.60f, 1.55f + build},
                              {1.50f, 1.58f + 2 * build}};
    px_curve_through(&p->depth, depth, COUNT(depth));
    const float bell = p->flare; /* narrower above, where positive */
    const px_point wall[] = {{-1.20f, 0.48f},        {-1.00f, 0.54f - bell},
                             {-0.85f, 0.64f - bell}, {-0.60f, 0.78f - bell},
                             {-0.25f, 0.89f - bell}, {0.15f, 0.96f - 0.6f * bell},
                             {0.50f, 0.99f},         {0.80f, 1.00f},
                             {1.20f, 0.97f},         {1.60f, 0.90f}};
    px_curve_through(&p->wall, wall, COUNT(wall));
    const px_point dome[] = {{0.00f, 0.06f}, {0.20f, 0.025f}, {0.40f, 0.00f}, {0.58f, 0.025f},
                             {0.75f, 0.11f}, {0.87f, 0.22f},  {0.95f, 0.34f}, {1.05f, 0.50f}};
    px_curve_through(&p->dome, dome, COUNT(dome));
}

/* y where the heart is widest: its apex rests on the diaphragm, unless that is raised very high. */
static float heart_level(const px_patient *p) {
    return fmaxf(p->dome_y[PX_LEFT] - 0.28f, 0.30f);
}

static void shape_heart(px_patient *p) {
    const float r = p->heart_extent[PX_RIGHT], l = p->heart_extent[PX_LEFT];
    const float base = heart_level(p);
    const float upper = base + 0.27f; /* height of the part that widens */
    const px_point right[] = {
        {-1.40f, 0.15f},           {-1.00f, 0.16f},
        {-0.70f, 0.165f},          {-0.45f, 0.175f},
        {-0.25f, 0.18f},           {base - 0.75f * upper, 0.18f + 0.35f * (r - 0.18f)},
        {base - 0.22f * upper, r}, {base + 0.10f, r * 0.97f},
        {base + 0.35f, r * 0.8f},  {base + 0.9f, r * 0.6f}};
    px_curve_through(&p->border[PX_RIGHT], right, COUNT(right));
    /* From above: aortic knob, window, pulmonary trunk, left ventricle, apex. */
    const px_point left[] = {{-1.40f, 0.13f},
                             {-1.00f, 0.15f},
                             {-0.74f, 0.18f},
                             {-0.58f, 0.255f},
                             {-0.45f, 0.215f},
                             {-0.30f, 0.245f + 0.05f * l},
                             {base - 0.62f * upper, 0.25f + 0.26f * (l - 0.20f)},
                             {base - 0.31f * upper, 0.20f + 0.70f * (l - 0.20f)},
                             {base, l * 0.975f},
                             {base + 0.10f, l},
                             {base + 0.22f, l * 0.96f},
                             {base + 0.45f, l * 0.88f},
                             {base + 0.9f, l * 0.5f}};
    px_curve_through(&p->border[PX_LEFT], left, COUNT(left));
    const float top = 0.3f * p->mediastinal_shift; /* the upper mediastinum moves less */
    const px_point midline[] = {{-1.4f, 0.2f * top},
                                {-0.8f, top + 0.5f * p->turn},
                                {0.0f, 0.8f * p->mediastinal_shift + p->turn},
                                {0.6f, p->mediastinal_shift + p->turn},
                                {1.4f, p->mediastinal_shift}};
    px_curve_through(&p->midline, midline, COUNT(midline));
}

void px_patient_shape(px_patient *p) {
    shape_trunk(p);
    shape_heart(p);
}

float px_patient_cardiothoracic_ratio(const px_patient *p) {
    return (px_curve_max(&p->border[PX_RIGHT]) + px_curve_max(&p->border[PX_LEFT])) /
           (2 * px_curve_max(&p->wall));
}

void px_patient_heart_box(const px_patient *p, float box[4]) {
    const float base = heart_level(p);
    const float x = px_curve_at(&p->midline, base);
    box[0] = x - px_curve_max(&p->border[PX_RIGHT]);
    box[1] = -0.30f;
    box[2] = x + px_curve_max(&p->border[PX_LEFT]);
    box[3] = base + 0.34f;
}

float px_patient_dome_at(const px_patient *p, float x) {
    /* The two halves meet under the heart. */
    const float t = px_smoothstep(-0.25f, 0.25f, x);
    const float peak = p->dome_y[PX_RIGHT] + t * (p->dome_y[PX_LEFT] - p->dome_y[PX_RIGHT]);
    return peak + px_curve_at(&p->dome, fabsf(x));
}
