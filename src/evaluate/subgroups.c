/* Does the first scorer do as well in one group of patients as in the others? */
#include <math.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "../stats/auc.h"
#include "../stats/bootstrap.h"
#include "../stats/normal.h"
#include "../stats/rates.h"
#include "measure_parts.h"

/* A standard error is known to 5 % after 200 rounds; intervals from quantiles would need more. */
enum { FIGURES = 3, MOST_ROUNDS = 200 };

static const px_bootstrap_statistic followed[FIGURES] = {PX_BOOTSTRAP_AUC, PX_BOOTSTRAP_SENSITIVITY,
                                                         PX_BOOTSTRAP_SPECIFICITY};

/* One side of a comparison: a group, or all others. */
typedef struct side {
    int64_t positives, negatives;
    px_auc_estimate auc;
    px_confusion counts;
} side;

/* One finding in one column: each group and what remains. */
typedef struct split {
    const px_measure_input *input;
    const px_measure_column *column;
    int finding;
    double threshold, whole_auc;
    px_measure_rows *rows; /* of scorer 0 */
    double *scores;        /* [n] room for one side */
    uint8_t *kept;         /* [n] its labels */
    uint8_t *masks;        /* [n_values * 2][n] labels of each side for the bootstrap */
    px_bootstrap_set *sets;
    px_bootstrap_term *terms;
    double *replicates; /* [n_values * 2 * FIGURES][rounds] */
    uint32_t *clusters;
} split;

static px_evaluation_group_figure *figure_of(px_evaluation_group_measure *m, int figure) {
    px_evaluation_group_figure *const figures[FIGURES] = {&m->auc, &m->sensitivity,
                                                          &m->specificity};
    return figures[figure];
}

static bool on_side(const split *s, uint32_t image, int group, bool rest) {
    const int value = s->column->value[image];
    return value >= 0 && (value == group) != rest;
}

/* ---- One group ------------------------------------------------------------------------------ */

static bool look_at_side(split *s, int group, bool rest, side *out, px_error *err) {
    size_t n = 0;
    *out = (side){.auc.auc = {NAN, NAN, NAN}, .auc.variance = NAN};
    for (size_t i = 0; i < s->rows->n; i++) {
        if (!on_side(s, s->rows->images[i], group, rest))
            continue;
        s->scores[n] = s->rows->scores[i];
        s->kept[n] = s->rows->labels[i];
        out->positives += s->kept[n];
        out->negatives += !s->kept[n];
        n++;
    }
    if (n > 0 && !px_confusion_count(s->scores, s->kept, n, s->threshold, &out->counts, err))
        return false;
    return out->positives == 0 || out->negatives == 0 ||
           px_auc_delong(s->scores, s->kept, n, s->input->level, &out->auc, err);
}

static px_evaluation_group_figure bare_figure(px_interval value) {
    return (px_evaluation_group_figure){value, {NAN, NAN, NAN}, NAN, NAN, false};
}

static bool is_small(const side *s) {
    return s->positives < PX_MEASURE_FEW || s->negatives < PX_MEASURE_FEW;
}

static bool describe_group(const split *s, const side *group, const side *rest,
                           px_evaluation_group_measure *m, px_error *err) {
    const px_rates rates = px_rates_of(&group->counts, s->input->level);
    m->n = group->positives + group->negatives;
    m->positives = group->positives;
    px_interval auc = group->auc.auc;
    if (!(group->auc.variance > 0))
        auc.low = auc.high = NAN;
    m->auc = bare_figure(auc);
    m->sensitivity = bare_figure(rates.sensitivity);
    m->specificity = bare_figure(rates.specificity);
    if (is_small(group))
        m->reason = px_format(err, "too small to compare: %lld positive, %lld negative",
                              (long long)group->positives, (long long)group->negatives);
    else if (is_small(rest))
        m->reason = px_format(err, "the rest is too small to compare: %lld positive, %lld negative",
                              (long long)rest->positives, (long long)rest->negatives);
    else
        return true;
    return m->reason != NULL;
}

/* ---- The difference and its test ------------------------------------------------------------ */

/* Variance of an AUC at these numbers of either class. */
static double variance_of_auc(double auc, const side *s) {
    return px_auc_expected_variance(auc, (int64_t)s->positives, (int64_t)s->negatives);
}

/* Of the difference of two proportions that are the same in truth. */
static double pooled_error(size_t hits_a, size_t n_a, size_t hits_b, size_t n_b) {
    const double p = (double)(hits_a + hits_b) / (double)(n_a + n_b);
    return sqrt(p * (1 - p) * (1 / (double)n_a + 1 / (double)n_b));
}

static double error_without_difference(const split *s, int figure, const side *a, const side *b) {
    const px_confusion *ca = &a->counts, *cb = &b->counts;
    switch (figure) {
    case 0:
        return sqrt(variance_of_auc(s->whole_auc, a) + variance_of_auc(s->whole_auc, b));
    case 1:
        return pooled_error(ca->tp, ca->tp + ca->fn, cb->tp, cb->tp + cb->fn);
    default:
        return pooled_error(ca->tn, ca->tn + ca->fp, cb->tn, cb->tn + cb->fp);
    }
}

static double value_of(const side *s, int figure) {
    const px_confusion *c = &s->counts;
    return figure == 0   ? s->auc.auc.value
           : figure == 1 ? (double)c->tp / (double)(c->tp + c->fn)
                         : (double)c->tn / (double)(c->tn + c->fp);
}

static size_t rounds_of(const px_measure_input *input) {
    return (size_t)(input->rounds < MOST_ROUNDS ? input->rounds : MOST_ROUNDS);
}

static bool test_figure(const split *s, int figure, const side *group, const side *rest,
                        const double *of_group, const double *of_rest,
                        px_evaluation_group_figure *out, px_error *err) {
    const double difference = value_of(group, figure) - value_of(rest, figure);
    const double width = px_normal_half_width(s->input->level);
    double differences[MOST_ROUNDS];
    px_bootstrap_interval drawn;
    for (size_t i = 0; i < rounds_of(s->input); i++)
        differences[i] = of_group[i] - of_rest[i];
    if (!px_bootstrap_summarise(differences, rounds_of(s->input), difference, s->input->level,
                                &drawn, err))
        return false;
    double error = error_without_difference(s, figure, group, rest);
    if (drawn.standard_error > error)
        error = drawn.standard_error;
    out->difference = (px_interval){difference, fmax(-1, difference - width * error),
                                    fmin(1, difference + width * error)};
    out->p = difference == 0 ? 1 : px_normal_two_sided(difference / error);
    return true;
}

static void mask_side(const split *s, int group, bool rest, uint8_t *mask) {
    for (int64_t i = 0; i < s->input->n; i++)
        mask[i] = PX_BOOTSTRAP_NO_LABEL;
    for (size_t i = 0; i < s->rows->n; i++)
        if (on_side(s, s->rows->images[i], group, rest))
            mask[s->rows->images[i]] = s->rows->labels[i];
}

static bool run_rounds(split *s, const int *groups, int count, px_error *err) {
    const px_measure_input *in = s->input;
    const px_bootstrap_options options = {.scheme = PX_BOOTSTRAP_CLUSTERED,
                                          .clusters = s->clusters,
                                          .rounds = rounds_of(in),
                                          .seed = in->seed,
                                          .pool = in->pool};
    for (int k = 0; k < 2 * count; k++) {
        uint8_t *mask = s->masks + (size_t)k * (size_t)in->n;
        mask_side(s, groups[k / 2], k % 2, mask);
        s->sets[k] = (px_bootstrap_set){px_measure_column_of(in, s->finding, 0), mask};
        for (int f = 0; f < FIGURES; f++)
            s->terms[k * FIGURES + f] = (px_bootstrap_term){followed[f], (size_t)k, s->threshold};
    }
    return px_bootstrap_run(s->sets, (size_t)(2 * count), (size_t)in->n, s->terms,
                            (size_t)(2 * count * FIGURES), &options, s->replicates, err);
}

/* The groups of a finding that are large enough: their differences from the rest. */
static bool test_groups(split *s, const int *groups, int count, const side (*sides)[2],
                        px_evaluation_subgroups *out, px_error *err) {
    const size_t rounds = rounds_of(s->input);
    bool ok = count == 0 || run_rounds(s, groups, count, err);
    for (int k = 0; ok && k < count; k++) {
        px_evaluation_group_measure *m = &out->groups[groups[k]].measures[s->finding];
        const double *own = s->replicates + (size_t)(2 * k * FIGURES) * rounds;
        const double *rest = own + FIGURES * rounds;
        for (int f = 0; ok && f < FIGURES; f++)
            ok = test_figure(s, f, &sides[groups[k]][0], &sides[groups[k]][1], own + f * rounds,
                             rest + f * rounds, figure_of(m, f), err);
    }
    return ok;
}

static int tested_groups(const px_evaluation_subgroups *out) {
    return out->n_groups == 2 ? 1 : out->n_groups;
}

static bool measure_finding(split *s, px_evaluation_subgroups *out, px_error *err) {
    const size_t n_values = (size_t)s->column->n_values;
    side(*sides)[2] = px_alloc(n_values, sizeof *sides, err);
    int *groups = px_alloc(n_values, sizeof *groups, err), count = 0;
    bool ok = sides && groups;
    for (int g = 0; ok && g < out->n_groups; g++) {
        px_evaluation_group_measure *m = &out->groups[g].measures[s->finding];
        ok = look_at_side(s, g, false, &sides[g][0], err) &&
             look_at_side(s, g, true, &sides[g][1], err) &&
             describe_group(s, &sides[g][0], &sides[g][1], m, err);
        if (ok && !m->reason && g < tested_groups(out))
            groups[count++] = g;
    }
    ok = ok && test_groups(s, groups, count, (const side(*)[2])sides, out, err);
    free(sides);
    free(groups);
    return ok;
}

/* ---- Holm's correction over a column -------------------------------------------------------- */

static int compare_p(const void *a, const void *b) {
    const double p = (*(px_evaluation_group_figure *const *)a)->p;
    const double q = (*(px_evaluation_group_figure *const *)b)->p;
    return (p > q) - (p < q);
}

static void correct(px_evaluation_group_figure **tests, int count, double level) {
    double least = 0;
    qsort(tests, (size_t)count, sizeof(px_evaluation_group_figure *), compare_p);
    for (int i = 0; i < count; i++) {
        const double p = fmin(1, tests[i]->p * (count - i));
        least = fmax(least, p);
        tests[i]->p_holm = least;
        tests[i]->flagged = least < 1 - level;
    }
}

/* Of two groups each is the other's rest: tests are made once, for the first, and turned round. */
static void mirror(px_evaluation_subgroups *out, int n_findings) {
    for (int f = 0; f < n_findings; f++)
        for (int k = 0; k < FIGURES; k++) {
            const px_evaluation_group_figure *from = figure_of(&out->groups[0].measures[f], k);
            px_evaluation_group_figure *to = figure_of(&out->groups[1].measures[f], k);
            const px_interval d = from->difference;
            to->difference = (px_interval){-d.value, -d.high, -d.low};
            to->p = from->p;
            to->p_holm = from->p_holm;
            to->flagged = from->flagged;
        }
}

static bool correct_column(px_evaluation_subgroups *out, int n_findings, double level,
                           px_error *err) {
    const int groups = tested_groups(out);
    px_evaluation_group_figure **tests = px_alloc((size_t)(groups * n_findings * FIGURES),
                                                  sizeof(px_evaluation_group_figure *), err);
    if (!tests)
        return false;
    int count = 0;
    for (int g = 0; g < groups; g++)
        for (int f = 0; f < n_findings; f++)
            for (int k = 0; k < FIGURES; k++) {
                px_evaluation_group_figure *test = figure_of(&out->groups[g].measures[f], k);
                if (!isnan(test->p))
                    tests[count++] = test;
            }
    correct(tests, count, level);
    for (int i = 0; i < count; i++)
        out->flagged += tests[i]->flagged;
    if (out->n_groups == 2)
        mirror(out, n_findings);
    free(tests);
    return true;
}

/* ---- Columns -------------------------------------------------------------------------------- */

static bool make_groups(const px_measure_input *input, const px_measure_column *column,
                        px_evaluation_subgroups *out, px_error *err) {
    out->column = px_strdup(column->name, err);
    out->groups = px_alloc((size_t)column->n_values, sizeof *out->groups, err);
    out->n_groups = out->groups ? column->n_values : 0;
    bool ok = out->column && out->groups;
    if (ok && column->n_values == 0)
        ok = (out->note = px_strdup("no image has a value", err)) != NULL;
    for (int g = 0; ok && g < out->n_groups; g++) {
        px_evaluation_group *group = &out->groups[g];
        group->value = px_strdup(column->values[g], err);
        group->measures = px_alloc((size_t)input->n_findings, sizeof *group->measures, err);
        ok = group->value && group->measures;
        if (ok)
            px_text_make_plain(group->value);
    }
    for (int64_t i = 0; ok && i < input->n; i++)
        if (column->value[i] >= 0)
            out->groups[column->value[i]].images++;
    return ok;
}

static bool make_split(split *s, px_error *err) {
    const px_measure_input *in = s->input;
    const size_t n = (size_t)in->n, sides = 2 * (size_t)s->column->n_values;
    int64_t patients;
    s->scores = px_alloc(n, sizeof *s->scores, err);
    s->kept = px_alloc(n, 1, err);
    s->masks = px_alloc(sides, n, err);
    s->sets = px_alloc(sides, sizeof *s->sets, err);
    s->terms = px_alloc(sides * FIGURES, sizeof *s->terms, err);
    s->replicates = px_alloc(sides * FIGURES * rounds_of(in), sizeof *s->replicates, err);
    return s->scores && s->kept && s->masks && s->sets && s->terms && s->replicates &&
           px_measure_clusters(in, &s->clusters, &patients, err);
}

static void free_split(split *s) {
    free(s->scores);
    free(s->kept);
    free(s->masks);
    free(s->sets);
    free(s->terms);
    free(s->replicates);
    free(s->clusters);
}

/* A finding without figures has none in any group either. */
static bool copy_reason(const char *reason, int finding, px_evaluation_subgroups *out,
                        px_error *err) {
    const px_evaluation_group_figure none = bare_figure((px_interval){NAN, NAN, NAN});
    for (int g = 0; g < out->n_groups; g++) {
        px_evaluation_group_measure *m = &out->groups[g].measures[finding];
        m->auc = m->sensitivity = m->specificity = none;
        m->reason = px_strdup(reason, err);
        if (!m->reason)
            return false;
    }
    return true;
}

static bool measure_column(const px_measure_input *input, const px_measure_column *column,
                           px_measure_rows *rows, px_evaluation *e, px_evaluation_subgroups *out,
                           px_error *err) {
    split s = {.input = input, .column = column, .rows = rows};
    bool ok = make_groups(input, column, out, err) && make_split(&s, err);
    for (int f = 0; ok && f < input->n_findings; f++) {
        const px_evaluation_measure *m = &e->scorers[0].measures[f];
        if (m->reason) {
            ok = copy_reason(m->reason, f, out, err);
            continue;
        }
        s.finding = f;
        s.whole_auc = m->auc.value;
        s.threshold = m->operating.known ? m->operating.threshold : m->youden.threshold;
        px_measure_rows_collect(input, f, 0, rows);
        ok = measure_finding(&s, out, err) &&
             (!input->carry_on || input->carry_on(input->context, 1) ||
              px_fail(err, PX_ERR_CANCELLED, NULL, "stopped"));
    }
    ok = ok && correct_column(out, input->n_findings, input->level, err);
    free_split(&s);
    return ok;
}

bool px_measure_subgroups(const px_measure_input *input, const px_measure_column *columns,
                          int n_columns, px_evaluation *e, px_error *err) {
    px_measure_rows rows = {0};
    e->subgroups = px_alloc((size_t)n_columns, sizeof *e->subgroups, err);
    bool ok = e->subgroups && px_measure_rows_make(&rows, input->n, err);
    for (int i = 0; ok && i < n_columns; i++) {
        e->n_subgroups = i + 1;
        ok = measure_column(input, &columns[i], &rows, e, &e->subgroups[i], err);
    }
    px_measure_rows_free(&rows);
    return ok;
}
