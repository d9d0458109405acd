/* Measuring an evaluation: scores of a known model, sets that cannot be measured, subgroups with
 * and without a difference, heat maps against boxes, metrics.json. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/evaluate/heat_check.h"
#include "../src/evaluate/measure.h"
#include "../src/evaluate/metrics_json.h"
#include "../src/stats/normal.h"

enum { N = 600, FINDINGS = 3, SCORERS = 2, ROUNDS = 300 };

/* Binormal scores: positives are `apart` standard deviations above the negatives, so that the AUC
 * is Phi(apart / sqrt 2) (Green & Swets 1966). */
typedef struct model {
    double scores[FINDINGS * SCORERS][N];
    int8_t labels[N][FINDINGS];
    int32_t patients[N], sex[N];
    const double *columns[FINDINGS * SCORERS];
    double thresholds[FINDINGS], prevalences[FINDINGS];
    px_measure_input input;
} model;

static const char *const ids[FINDINGS] = {"edema", "mass", "nodule"};
static const char *const names[SCORERS] = {"ensemble", "one"};
static const double apart[SCORERS] = {1.5, 0.8};

static double known_auc(int scorer) {
    return px_normal_cdf(apart[scorer] / sqrt(2));
}

static double to_score(double x) {
    return 1 / (1 + exp(-x));
}

/* Two images a patient; every third image is positive. */
static model *make_model(uint64_t seed) {
    model *m = calloc(1, sizeof *m);
    px_random random;
    assert_non_null(m);
    px_random_init(&random, seed, 0);
    for (int i = 0; i < N; i++) {
        m->patients[i] = i / 2;
        m->sex[i] = (i / 2) % 2;
        for (int f = 0; f < FINDINGS; f++) {
            m->labels[i][f] = px_random_uniform(&random) < 1.0 / 3;
            for (int s = 0; s < SCORERS; s++)
                m->scores[f * SCORERS + s][i] =
                    to_score(px_random_normal(&random) + (m->labels[i][f] ? apart[s] : 0));
        }
    }
    for (int i = 0; i < FINDINGS * SCORERS; i++)
        m->columns[i] = m->scores[i];
    for (int f = 0; f < FINDINGS; f++) {
        m->thresholds[f] = f == 0 ? 0.6 : NAN;
        m->prevalences[f] = f == 0 ? 0.05 : NAN;
    }
    m->input = (px_measure_input){.n = N,
                                  .n_findings = FINDINGS,
                                  .n_scorers = SCORERS,
                                  .findings = ids,
                                  .scorers = names,
                                  .has_ensemble = true,
                                  .labels = &m->labels[0][0],
                                  .scores = m->columns,
                                  .thresholds = m->thresholds,
                                  .prevalences = m->prevalences,
                                  .patients = m->patients,
                                  .level = 0.999,
                                  .rounds = ROUNDS,
                                  .seed = 7};
    return m;
}

static px_evaluation measure(const model *m) {
    px_evaluation e;
    px_error err = {0};
    px_evaluation_init(&e);
    if (!px_measure_scorers(&m->input, &e, &err))
        fail_msg("%s", err.message);
    return e;
}

static void assert_within(const px_interval *figure, double truth) {
    if (!(figure->low <= truth && truth <= figure->high))
        fail_msg("%g is not in [%g, %g] around %g", truth, figure->low, figure->high,
                 figure->value);
    assert_true(figure->low <= figure->value && figure->value <= figure->high);
}

static void a_known_auc_lies_in_its_intervals(void **state) {
    (void)state;
    model *m = make_model(1);
    px_evaluation e = measure(m);
    for (int s = 0; s < SCORERS; s++) {
        for (int f = 0; f < FINDINGS; f++) {
            const px_evaluation_measure *measured = &e.scorers[s].measures[f];
            assert_null(measured->reason);
            assert_within(&measured->auc, known_auc(s));
            assert_within(&measured->auc_bootstrap, known_auc(s));
            assert_true(measured->auc_bootstrap.value == measured->auc.value);
            assert_true(measured->auc.high - measured->auc.low < 0.2);
        }
        assert_int_equal(e.scorers[s].mean_auc_findings, FINDINGS);
        assert_within(&e.scorers[s].mean_auc, known_auc(s));
    }
    assert_int_equal(e.images, N);
    assert_int_equal(e.patients, N / 2);
    px_evaluation_clear(&e);
    free(m);
}

/* Youden's J of two normal distributions of one width is greatest half-way between the means. */
static void thresholds_decide(void **state) {
    (void)state;
    model *m = make_model(2);
    px_evaluation e = measure(m);
    const px_evaluation_measure *measured = &e.scorers[0].measures[0];
    assert_true(fabs(measured->youden.threshold - to_score(apart[0] / 2)) < 0.15);
    assert_true(measured->operating.known);
    assert_true(measured->operating.threshold == 0.6);
    const double cut = log(0.6 / 0.4); /* of the logit */
    assert_within(&measured->operating.sensitivity, 1 - px_normal_cdf(cut - apart[0]));
    assert_within(&measured->operating.specificity, px_normal_cdf(cut));
    const double sensitivity = measured->operating.sensitivity.value;
    const double false_alarms = 1 - measured->operating.specificity.value;
    const double ppv = sensitivity * 0.05 / (sensitivity * 0.05 + false_alarms * 0.95);
    assert_true(fabs(measured->operating.adjusted_ppv.value - ppv) < 1e-12);
    assert_true(measured->operating.adjusted_ppv.low < ppv);
    assert_false(e.scorers[0].measures[1].operating.known);
    assert_false(e.scorers[1].measures[0].operating.known);
    assert_true(isnan(e.scorers[0].measures[1].youden.adjusted_ppv.value));
    px_evaluation_clear(&e);
    free(m);
}

/* Bayes' rule is the calibration of this model's scores: the Brier score falls, the area stays. */
static void calibrated_scores_are_measured_as_probabilities(void **state) {
    (void)state;
    model *m = make_model(3);
    double probabilities[N], squares = 0;
    const double *columns[FINDINGS] = {probabilities};
    for (int i = 0; i < N; i++) {
        const double score = m->scores[0][i], logit = log(score / (1 - score));
        const double odds = apart[0] * logit - apart[0] * apart[0] / 2 + log(1.0 / 2);
        probabilities[i] = to_score(odds);
        squares += pow(probabilities[i] - m->labels[i][0], 2);
    }
    px_evaluation before = measure(m);
    m->input.probabilities = columns;
    px_evaluation after = measure(m);
    const px_evaluation_measure *raw = &before.scorers[0].measures[0];
    const px_evaluation_measure *calibrated = &after.scorers[0].measures[0];
    assert_false(raw->calibrated);
    assert_true(calibrated->calibrated);
    assert_true(calibrated->auc.value == raw->auc.value);
    assert_true(calibrated->operating.sensitivity.value == raw->operating.sensitivity.value);
    assert_true(fabs(calibrated->brier.value - squares / N) < 1e-12);
    assert_within(&calibrated->brier, squares / N);
    assert_true(calibrated->brier.value < raw->brier.value);
    assert_true(calibrated->ece < raw->ece / 2);
    assert_false(after.scorers[0].measures[1].calibrated); /* it has none */
    assert_false(after.scorers[1].measures[0].calibrated); /* a member */
    px_evaluation_clear(&before);
    px_evaluation_clear(&after);
    free(m);
}

static void counts_add_up(void **state) {
    (void)state;
    model *m = make_model(3);
    for (int i = 0; i < 40; i++) {
        m->labels[i][1] = PX_MEASURE_NO_LABEL;
        m->scores[SCORERS + 1][40 + i] = NAN; /* of scorer 1 at finding 1 */
    }
    px_evaluation e = measure(m);
    const px_evaluation_measure *of[2] = {&e.scorers[0].measures[1], &e.scorers[1].measures[1]};
    assert_int_equal(of[0]->n, N - 40);
    assert_int_equal(of[0]->missing, 0);
    assert_int_equal(of[1]->n, N - 80);
    assert_int_equal(of[1]->missing, 40);
    assert_int_equal(e.findings[1].blank, 40);
    assert_int_equal(e.findings[1].positive, of[0]->positives);
    assert_int_equal(px_evaluation_compared(&e, 1, 1)->n, N - 80);
    for (int s = 0; s < 2; s++) {
        const px_evaluation_rates *r = &of[s]->youden;
        int64_t bins = 0, histogram = 0;
        for (int b = 0; b < PX_EVALUATION_BINS; b++)
            bins += of[s]->bins[b].count;
        for (int b = 0; b < PX_EVALUATION_HISTOGRAM; b++)
            histogram += of[s]->negatives_histogram[b] + of[s]->positives_histogram[b];
        assert_int_equal(bins, of[s]->n);
        assert_int_equal(histogram, of[s]->n);
        assert_int_equal(r->true_positives + r->false_negatives, of[s]->positives);
        assert_int_equal(r->true_positives + r->false_positives + r->true_negatives +
                             r->false_negatives,
                         of[s]->n);
        assert_true(of[s]->roc.count <= PX_EVALUATION_CURVE_POINTS);
        assert_true(of[s]->roc.x[0] == 0 && of[s]->roc.y[0] == 0);
        assert_true(of[s]->roc.x[of[s]->roc.count - 1] == 1);
        assert_true(of[s]->pr.x[of[s]->pr.count - 1] == 1);
    }
    px_evaluation_clear(&e);
    free(m);
}

static void scorers_are_compared(void **state) {
    (void)state;
    model *m = make_model(4);
    memcpy(m->scores[5], m->scores[4], sizeof m->scores[4]); /* both alike at finding 2 */
    px_evaluation e = measure(m);
    const px_evaluation_comparison *c = px_evaluation_compared(&e, 0, 1);
    assert_true(c->p < 0.001);
    assert_within(&c->difference, known_auc(0) - known_auc(1));
    assert_int_equal(px_evaluation_compared(&e, 0, 0)->n, 0);
    assert_true(px_evaluation_compared(&e, 2, 1)->p == 1);
    assert_true(px_evaluation_kappa(&e, 2, 0, 1) == 1);
    const double kappa = px_evaluation_kappa(&e, 0, 0, 1);
    assert_true(kappa > 0 && kappa < 0.7);
    assert_true(kappa == px_evaluation_kappa(&e, 0, 1, 0));
    px_evaluation_clear(&e);
    free(m);
}

/* ---- What cannot be measured ---------------------------------------------------------------- */

static void assert_reason(const px_evaluation *e, int finding, const char *says) {
    assert_non_null(e->scorers[0].measures[finding].reason);
    assert_non_null(strstr(e->scorers[0].measures[finding].reason, says));
    assert_int_equal(e->scorers[0].measures[finding].roc.count, 0);
    assert_true(isnan(px_evaluation_kappa(e, finding, 0, 1)));
}

static void degenerate_findings_have_a_reason(void **state) {
    (void)state;
    model *m = make_model(5);
    for (int i = 0; i < N; i++) {
        m->labels[i][0] = 0;
        m->labels[i][1] = PX_MEASURE_NO_LABEL;
        m->scores[2 * SCORERS][i] = 0.5;
    }
    px_evaluation e = measure(m);
    assert_reason(&e, 0, "all labels are negative: 600");
    assert_reason(&e, 1, "no image has a label");
    assert_reason(&e, 2, "all 600 scores are equal");
    assert_true(isnan(e.scorers[0].mean_auc.value));
    assert_int_equal(e.scorers[1].mean_auc_findings, 1); /* its scores differ at finding 2 */
    char *text = px_metrics_text(&e, NULL);
    assert_non_null(strstr(text, "\"mean_auc\": null"));
    free(text);
    px_evaluation_clear(&e);

    for (int i = 0; i < N; i++) {
        m->labels[i][0] = 1;
        m->labels[i][1] = i < 3;
        m->scores[SCORERS][i] = i < 3 ? 0.9 : 0.1; /* apart without an error */
        m->scores[2 * SCORERS][i] = NAN;
    }
    e = measure(m);
    assert_reason(&e, 0, "all labels are positive");
    assert_reason(&e, 2, "no image with a label has a score");
    const px_evaluation_measure *few = &e.scorers[0].measures[1];
    assert_null(few->reason);
    assert_non_null(strstr(few->note, "only 3 positives"));
    assert_true(few->auc.value == 1 && isnan(few->auc.low));
    px_evaluation_clear(&e);
    free(m);
}

static void five_images_are_enough_to_say_so(void **state) {
    (void)state;
    model *m = make_model(6);
    m->input.n = 5;
    for (int i = 0; i < 5; i++)
        m->labels[i][0] = i == 2;
    px_evaluation e = measure(m);
    assert_null(e.scorers[0].measures[0].reason);
    assert_non_null(strstr(e.scorers[0].measures[0].note, "only 1 positive:"));
    px_evaluation_clear(&e);
    free(m);
}

static void bad_input_is_refused(void **state) {
    (void)state;
    model *m = make_model(7);
    px_evaluation e;
    px_error err = {0};
    px_evaluation_init(&e);
    m->input.n = 0;
    assert_false(px_measure_scorers(&m->input, &e, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
    px_evaluation_clear(&e);
    m->input.n = N;
    m->input.level = 1;
    err = (px_error){0};
    assert_false(px_measure_scorers(&m->input, &e, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    px_evaluation_clear(&e);
    m->input.level = 0.95;
    m->scores[0][3] = 1.5;
    err = (px_error){0};
    assert_false(px_measure_scorers(&m->input, &e, &err));
    assert_int_equal(err.code, PX_ERR_INPUT);
    assert_non_null(strstr(err.subject, "edema"));
    px_evaluation_clear(&e);
    free(m);
}

static bool stop_at_once(void *context, int64_t done) {
    *(int64_t *)context += done;
    return false;
}

static bool count_steps(void *context, int64_t done) {
    *(int64_t *)context += done;
    return true;
}

static void it_can_be_stopped_and_counts_its_steps(void **state) {
    (void)state;
    model *m = make_model(8);
    px_evaluation e;
    px_error err = {0};
    int64_t steps = 0;
    px_evaluation_init(&e);
    m->input.context = &steps;
    m->input.carry_on = stop_at_once;
    assert_false(px_measure_scorers(&m->input, &e, &err));
    assert_int_equal(err.code, PX_ERR_CANCELLED);
    assert_int_equal(steps, 1);
    px_evaluation_clear(&e);
    m->input.carry_on = count_steps;
    steps = 0;
    e = measure(m);
    assert_int_equal(steps, px_measure_steps(&m->input));
    px_evaluation_clear(&e);
    free(m);
}

/* ---- Subgroups ------------------------------------------------------------------------------ */

static px_evaluation measure_sexes(model *m) {
    static const char *const values[] = {"female", "male"};
    const px_measure_column sex = {"sex", 2, values, m->sex};
    px_error err = {0};
    m->input.level = 0.95;
    px_evaluation e = measure(m);
    if (!px_measure_subgroups(&m->input, &sex, 1, &e, &err))
        fail_msg("%s", err.message);
    assert_int_equal(e.n_subgroups, 1);
    assert_int_equal(e.subgroups[0].n_groups, 2);
    return e;
}

static void equal_groups_are_not_flagged(void **state) {
    (void)state;
    int flagged = 0;
    for (uint64_t seed = 20; seed < 24; seed++) {
        model *m = make_model(seed);
        px_evaluation e = measure_sexes(m);
        const px_evaluation_group_measure *g = &e.subgroups[0].groups[0].measures[0];
        assert_null(g->reason);
        assert_int_equal(g->n, N / 2);
        assert_int_equal(e.subgroups[0].groups[1].images, N / 2);
        assert_true(g->auc.difference.value ==
                    -e.subgroups[0].groups[1].measures[0].auc.difference.value);
        assert_true(g->auc.p_holm >= g->auc.p);
        flagged += e.subgroups[0].flagged;
        px_evaluation_clear(&e);
        free(m);
    }
    assert_int_equal(flagged, 0); /* these seeds; one in 20 sets would be by chance */
}

static void a_planted_difference_is_flagged(void **state) {
    (void)state;
    model *m = make_model(30);
    px_random random;
    px_random_init(&random, 31, 0);
    for (int i = 0; i < N; i++)
        if (m->sex[i] == 1) /* a coin for men at finding 1 */
            m->scores[SCORERS][i] = px_random_uniform(&random);
    px_evaluation e = measure_sexes(m);
    const px_evaluation_group *groups = e.subgroups[0].groups;
    assert_true(groups[1].measures[1].auc.flagged);
    assert_true(groups[0].measures[1].auc.flagged);
    assert_true(groups[1].measures[1].auc.difference.high < 0);
    assert_true(groups[1].measures[1].auc.value.value < 0.62);
    assert_false(groups[1].measures[0].auc.flagged);
    assert_false(groups[1].measures[2].auc.flagged);
    assert_true(e.subgroups[0].flagged >= 1);
    px_evaluation_clear(&e);
    free(m);
}

static void small_groups_are_named_and_not_compared(void **state) {
    (void)state;
    static const char *const values[] = {"a", "b", "nobody"};
    model *m = make_model(32);
    for (int i = 0; i < N; i++)
        m->sex[i] = i < 20 ? 0 : i < 50 ? -1 : 1;
    const px_measure_column column = {"site", 3, values, m->sex};
    px_error err = {0};
    px_evaluation e = measure(m);
    assert_true(px_measure_subgroups(&m->input, &column, 1, &e, &err));
    const px_evaluation_group *groups = e.subgroups[0].groups;
    assert_non_null(strstr(groups[0].measures[0].reason, "too small to compare"));
    assert_non_null(strstr(groups[1].measures[0].reason, "the rest is too small"));
    assert_int_equal(groups[2].images, 0);
    assert_true(isnan(groups[2].measures[0].auc.value.value));
    assert_true(isnan(groups[0].measures[0].auc.p));
    assert_int_equal(groups[1].images, N - 50);
    assert_int_equal(e.subgroups[0].flagged, 0);
    px_evaluation_clear(&e);
    free(m);
}

/* ---- Heat maps ------------------------------------------------------------------------------ */

static void overlaps_are_as_drawn(void **state) {
    (void)state;
    const double a[4] = {0, 0, 0.5, 0.5}, b[4] = {0.25, 0, 0.5, 0.5}, c[4] = {0.6, 0.6, 0.1, 0.1};
    const double none[4] = {0};
    assert_true(px_heat_iou(a, a) == 1);
    assert_true(fabs(px_heat_iou(a, b) - 1.0 / 3) < 1e-12);
    assert_true(px_heat_iou(a, c) == 0);
    assert_true(px_heat_iou(none, none) == 0);
}

static void pointing_is_counted_by_image(void **state) {
    (void)state;
    const px_prediction_heat maps[4] = {
        {.there = true, .box = {0, 0, 0.5, 0.5}, .point = {0.1, 0.1}},
        {.there = true, .box = {0.5, 0.5, 0.5, 0.5}, .point = {0.9, 0.9}},
        {.there = false},
        {.there = true, .point = {0.5, 0.5}},
    };
    const px_prediction_heat *const heat[3] = {maps, NULL, maps};
    const px_heat_box boxes[] = {
        {1, 0, {0, 0, 0.5, 0.5}}, {0, 0, {0.7, 0.7, 0.2, 0.2}},
        {0, 0, {0, 0, 0.5, 0.5}}, {2, 0, {0, 0, 1, 1}}, /* has no map */
        {3, 1, {0, 0, 1, 1}},                           /* of a finding without maps */
    };
    model *m = make_model(40);
    px_evaluation e = measure(m);
    px_error err = {0};
    assert_true(px_heat_check(heat, boxes, 5, 0.5, &e, &err));
    const px_evaluation_heat_check *check = &e.heat_checks[0];
    assert_int_equal(check->images, 2);
    assert_int_equal(check->hits, 1);
    assert_int_equal(check->overlaps, 1);
    assert_true(check->hit_rate.value == 0.5);
    assert_true(check->mean_iou == 0.5);
    assert_true(fabs(check->chance - (0.25 + 0.04 + 0.25) / 2) < 1e-12);
    assert_int_equal(e.heat_checks[1].images, 0);
    assert_true(isnan(e.heat_checks[1].hit_rate.value));
    assert_int_equal(e.heat_checks[2].images, 0);
    char *text = px_metrics_text(&e, &err);
    assert_non_null(strstr(text, "\"hits\": 1"));
    free(text);
    px_evaluation_clear(&e);
    px_evaluation other = measure(m);
    assert_false(px_heat_check(heat, boxes, 5, 0, &other, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
    px_evaluation_clear(&other);
    free(m);
}

/* ---- metrics.json --------------------------------------------------------------------------- */

static const json_t *at(const json_t *json, const char *path) {
    char copy[128], *rest = copy;
    snprintf(copy, sizeof copy, "%s", path);
    while (json && rest && *rest) {
        char *key = strsep(&rest, "/");
        json = json_object_get(json, key);
    }
    if (!json)
        fail_msg("no %s", path);
    return json;
}

static void metrics_hold_what_was_measured(void **state) {
    (void)state;
    model *m = make_model(50);
    px_evaluation e = measure_sexes(m);
    px_error err = {0};
    json_t *json = px_metrics_to_json(&e, &err);
    const px_evaluation_measure *first = &e.scorers[0].measures[0];
    assert_string_equal(json_string_value(at(json, "format")), PX_METRICS_FORMAT);
    assert_true(json_real_value(at(json, "findings/edema/auc/value")) == first->auc.value);
    assert_int_equal(json_array_size(at(json, "findings/edema/auc/ci95")), 2);
    assert_int_equal(json_integer_value(at(json, "findings/edema/n")), N);
    assert_true(json_real_value(at(json, "findings/edema/youden/sensitivity")) ==
                first->youden.sensitivity.value);
    assert_true(json_is_null(at(json, "findings/mass/operating_point")));
    assert_true(json_real_value(at(json, "mean_auc")) == e.scorers[0].mean_auc.value);
    assert_true(json_is_real(at(json, "findings/edema/members/one/difference/p")));
    assert_true(json_is_boolean(at(json, "subgroups/sex/groups/male/findings/mass/auc/flagged")));
    json_decref(json);
    char *text = px_metrics_text(&e, &err), *again = px_metrics_text(&e, &err);
    assert_string_equal(text, again);
    free(text);
    free(again);
    px_evaluation_clear(&e);
    free(m);
}

static void curves_are_a_table(void **state) {
    (void)state;
    model *m = make_model(51);
    px_evaluation e = measure(m);
    px_buffer text;
    px_error err = {0};
    px_buffer_init(&text, 1 << 24);
    assert_true(px_metrics_print_curves(&e, &text, &err));
    const char *csv = (const char *)text.data;
    assert_true(
        strncmp(csv, "finding,scorer,curve,x,y,threshold\nedema,ensemble,roc,0,0,inf\n", 62) == 0);
    assert_non_null(strstr(csv, "\nedema,ensemble,net_benefit,0.01,"));
    assert_non_null(strstr(csv, "\nnodule,one,pr,"));
    assert_null(strstr(csv, "one,net_benefit"));
    px_buffer_clear(&text);
    px_buffer_init(&text, 100);
    assert_false(px_metrics_print_curves(&e, &text, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    px_buffer_clear(&text);
    px_evaluation_clear(&e);
    free(m);
}

static void results_do_not_depend_on_threads(void **state) {
    (void)state;
    model *m = make_model(52);
    px_evaluation alone = measure_sexes(m);
    m->input.pool = px_pool_new(3, NULL);
    px_evaluation pooled = measure_sexes(m);
    char *a = px_metrics_text(&alone, NULL), *b = px_metrics_text(&pooled, NULL);
    assert_string_equal(a, b);
    free(a);
    free(b);
    px_pool_free(m->input.pool);
    px_evaluation_clear(&alone);
    px_evaluation_clear(&pooled);
    free(m);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_known_auc_lies_in_its_intervals),
        cmocka_unit_test(thresholds_decide),
        cmocka_unit_test(calibrated_scores_are_measured_as_probabilities),
        cmocka_unit_test(counts_add_up),
        cmocka_unit_test(scorers_are_compared),
        cmocka_unit_test(degenerate_findings_have_a_reason),
        cmocka_unit_test(five_images_are_enough_to_say_so),
        cmocka_unit_test(bad_input_is_refused),
        cmocka_unit_test(it_can_be_stopped_and_counts_its_steps),
        cmocka_unit_test(equal_groups_are_not_flagged),
        cmocka_unit_test(a_planted_difference_is_flagged),
        cmocka_unit_test(small_groups_are_named_and_not_compared),
        cmocka_unit_test(overlaps_are_as_drawn),
        cmocka_unit_test(pointing_is_counted_by_image),
        cmocka_unit_test(metrics_hold_what_was_measured),
        cmocka_unit_test(curves_are_a_table),
        cmocka_unit_test(results_do_not_depend_on_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
