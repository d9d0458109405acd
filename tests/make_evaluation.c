/* An evaluation of made-up scores. */
#include "make_evaluation.h"

#include <math.h>
#include <stdlib.h>

#include "../src/base/memory.h"
#include "../src/base/random.h"
#include "../src/evaluate/measure.h"

static const char *const ids[MADE_FINDINGS] = {"atelectasis", "cardiomegaly", "pleural_effusion",
                                               "pneumothorax"};
static const char *const names[MADE_FINDINGS] = {"Atelectasis", "Cardiomegaly", "Pleural effusion",
                                                 "Pneumothorax"};
static const char *const scorers[MADE_SCORERS] = {"ensemble", "xception", "densenet121",
                                                  "inception_resnet_v2"};
static const double shares[MADE_FINDINGS] = {0.34, 0.28, 0.1, 0};
static const double distances[MADE_FINDINGS] = {1.1, 1.5, 2.2, 1}; /* of the classes */

/* All that is measured. */
typedef struct world {
    int8_t labels[MADE_IMAGES * MADE_FINDINGS];
    double scores[MADE_FINDINGS][MADE_SCORERS][MADE_IMAGES];
    const double *columns[MADE_FINDINGS * MADE_SCORERS];
    int32_t patients[MADE_IMAGES], sex[MADE_IMAGES], age[MADE_IMAGES];
} world;

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

/* Scores of one image: normal about the class's mean, members alike, one group harder. */
static void make_image(world *w, px_random *random, int i) {
    w->patients[i] = i * 3 / 4;
    w->sex[i] = (int32_t)px_random_below(random, 2);
    w->age[i] = (int32_t)px_random_below(random, 4);
    for (int f = 0; f < MADE_FINDINGS; f++) {
        bool positive = px_random_uniform(random) < shares[f];
        double distance = f == 1 && w->age[i] == 3 ? 0.1 : distances[f];
        double common = px_random_normal(random), sum = 0;
        w->labels[i * MADE_FINDINGS + f] = (int8_t)positive;
        for (int s = 1; s < MADE_SCORERS; s++) {
            double own = 0.7 * px_random_normal(random) / sqrt(s);
            double score = logistic(-2.2 + (positive ? 1.25 * distance : 0) + common + own);
            w->scores[f][s][i] = score;
            sum += score;
        }
        w->scores[f][0][i] = sum / (MADE_SCORERS - 1);
    }
}

static bool measure(const world *w, px_evaluation *e, px_error *err) {
    static const double thresholds[MADE_FINDINGS] = {0.2, 0.25, 0.31, 0.2};
    static const double prevalences[MADE_FINDINGS] = {0.05, NAN, 0.08, NAN};
    static const char *const sexes[] = {"F", "M"};
    static const char *const ages[] = {"20-39", "40-59", "60-79", "80 and above"};
    const px_measure_column columns[] = {{"sex", 2, sexes, w->sex}, {"age", 4, ages, w->age}};
    const px_measure_input input = {.n = MADE_IMAGES,
                                    .n_findings = MADE_FINDINGS,
                                    .n_scorers = MADE_SCORERS,
                                    .findings = ids,
                                    .scorers = scorers,
                                    .has_ensemble = true,
                                    .labels = w->labels,
                                    .scores = w->columns,
                                    .thresholds = thresholds,
                                    .prevalences = prevalences,
                                    .patients = w->patients,
                                    .level = 0.95,
                                    .rounds = 200,
                                    .seed = 7};
    return px_measure_scorers(&input, e, err) && px_measure_subgroups(&input, columns, 2, e, err);
}

bool set_text(char **text, const char *value, px_error *err) {
    char *copy = px_strdup(value, err);
    if (!copy)
        return false;
    free(*text);
    *text = copy;
    return true;
}

static bool set_texts(px_evaluation *e, px_error *err) {
    for (int f = 0; f < MADE_FINDINGS; f++)
        if (!set_text(&e->findings[f].name, names[f], err) ||
            !set_text(&e->findings[f].policy, f % 2 ? "zeros" : "ones", err))
            return false;
    e->findings[0].uncertain = 12;
    e->findings[2].blank = 3;
    return set_text(&e->ensemble_name, "Made-up chest ensemble", err) &&
           set_text(&e->ensemble_version, "2", err) && set_text(&e->data, "made_up.csv", err) &&
           set_text(&e->data_sha256,
                    "d2c5ac15c5b1d1d6b6a5c6f4a9f1c6f2b0e6a7c9d8e7f6a5b4c3d2e1f0a9b8c7", err) &&
           set_text(&e->program, "perxeptron test", err) &&
           set_text(&e->notice, "Untrained weights: for demonstration only.", err);
}

static bool set_heat_checks(px_evaluation *e, px_error *err) {
    e->heat_checks = px_alloc(MADE_FINDINGS, sizeof *e->heat_checks, err);
    if (!e->heat_checks)
        return false;
    e->iou_threshold = 0.1;
    for (int f = 0; f < 3; f++)
        e->heat_checks[f] = (px_evaluation_heat_check){.images = 40,
                                                       .hits = 22 + f,
                                                       .hit_rate = {0.55, 0.4, 0.69},
                                                       .chance = 0.12,
                                                       .mean_iou = 0.31,
                                                       .overlaps = 30,
                                                       .overlap_rate = {0.75, 0.6, 0.86}};
    return true;
}

static bool set_left_out(px_evaluation *e, px_error *err) {
    e->left_out = px_alloc(2, sizeof *e->left_out, err);
    if (!e->left_out)
        return false;
    e->n_left_out = 2;
    e->left_out[0].count = 3;
    e->left_out[1].count = 41;
    e->left_out[0].n_examples = 1;
    return set_text(&e->left_out[0].what, "images that cannot be read", err) &&
           set_text(&e->left_out[0].examples[0], "patient00042/study1/view1.jpg", err) &&
           set_text(&e->left_out[1].what, "rows of lateral views", err);
}

bool make_evaluation(px_evaluation *e, px_error *err) {
    world *w = px_alloc(1, sizeof *w, err);
    if (!w)
        return false;
    px_random random;
    px_random_init(&random, 2026, 6);
    for (int i = 0; i < MADE_IMAGES; i++)
        make_image(w, &random, i);
    for (int f = 0; f < MADE_FINDINGS; f++)
        for (int s = 0; s < MADE_SCORERS; s++)
            w->columns[f * MADE_SCORERS + s] = w->scores[f][s];
    bool ok =
        measure(w, e, err) && set_texts(e, err) && set_heat_checks(e, err) && set_left_out(e, err);
    free(w);
    return ok;
}
