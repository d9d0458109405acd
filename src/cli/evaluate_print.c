/* An evaluation on a terminal. */
#include "evaluate_print.h"

#include <math.h>
#include <string.h>

#include "../base/text.h"

enum { CELL = 32, MOST_NAME = 26 };

/* "0.812 [0.751-0.873]", shorter without an interval, "-" without a figure. */
static const char *show(const px_interval *figure, int digits, char cell[CELL]) {
    if (isnan(figure->value))
        snprintf(cell, CELL, "-");
    else if (isnan(figure->low) || isnan(figure->high))
        snprintf(cell, CELL, "%.*f", digits, figure->value);
    else
        snprintf(cell, CELL, "%.*f [%.*f-%.*f]", digits, figure->value, digits, figure->low, digits,
                 figure->high);
    return cell;
}

/* A name, cut to MOST_NAME characters, and blanks up to `width`. */
static void print_name(FILE *out, const char *name, int width) {
    int characters = 0, bytes = 0;
    for (; name[bytes] && characters < MOST_NAME; characters++) {
        bytes++;
        while (((unsigned char)name[bytes] & 0xc0) == 0x80)
            bytes++;
    }
    fprintf(out, "%.*s%*s", bytes, name, width > characters ? width - characters : 0, "");
}

static int width_of(const char *name, int width) {
    const int length = (int)px_text_length(name);
    const int cut = length < MOST_NAME ? length : MOST_NAME;
    return cut > width ? cut : width;
}

/* ---- Findings ------------------------------------------------------------------------------- */

static const px_evaluation_rates *rates_of(const px_evaluation_measure *m) {
    return m->operating.known ? &m->operating : &m->youden;
}

static void print_finding(FILE *out, const char *name, int width, const px_evaluation_measure *m) {
    char auc[CELL], sensitivity[CELL], specificity[CELL];
    print_name(out, name, width);
    fprintf(out, " %7lld %6lld  ", (long long)m->n, (long long)m->positives);
    if (m->reason) {
        fprintf(out, "%s\n", m->reason);
        return;
    }
    const px_evaluation_rates *r = rates_of(m);
    fprintf(out, "%-19s  %-16s  %-16s  %.4f%s\n", show(&m->auc, 3, auc),
            show(&r->sensitivity, 2, sensitivity), show(&r->specificity, 2, specificity),
            r->threshold, m->operating.known ? "" : "*");
}

static bool any_without_operating_point(const px_evaluation *e) {
    bool any = false;
    for (int f = 0; f < e->n_findings; f++) {
        const px_evaluation_measure *m = &e->scorers[0].measures[f];
        any = any || (!m->reason && !m->operating.known);
    }
    return any;
}

static void print_findings(FILE *out, const px_evaluation *e) {
    int width = 7;
    for (int f = 0; f < e->n_findings; f++)
        width = width_of(e->findings[f].name, width);
    print_name(out, "finding", width);
    fprintf(out, " %7s %6s  %-19s  %-16s  %-16s  %s\n", "n", "pos.", "AUC", "sensitivity",
            "specificity", "threshold");
    for (int f = 0; f < e->n_findings; f++)
        print_finding(out, e->findings[f].name, width, &e->scorers[0].measures[f]);
    if (any_without_operating_point(e))
        fprintf(out,
                "* Youden's threshold on these very images: its rates are a little too good\n");
    for (int f = 0; f < e->n_findings; f++)
        if (e->scorers[0].measures[f].note)
            fprintf(out, "%s: %s\n", e->findings[f].name, e->scorers[0].measures[f].note);
}

/* ---- Scorers -------------------------------------------------------------------------------- */

/* At how many findings the first scorer is better or worse than this, beyond chance. */
static void count_differences(const px_evaluation *e, int scorer, int *better, int *worse) {
    *better = *worse = 0;
    for (int f = 0; f < e->n_findings; f++) {
        const px_evaluation_comparison *c = px_evaluation_compared(e, f, scorer);
        if (c->n == 0 || !(c->p < 1 - e->level))
            continue;
        *better += c->difference.value > 0;
        *worse += c->difference.value < 0;
    }
}

static void print_scorers(FILE *out, const px_evaluation *e) {
    int width = 6;
    char cell[CELL];
    for (int s = 0; s < e->n_scorers; s++)
        width = width_of(e->scorers[s].name, width);
    fprintf(out, "\n");
    print_name(out, "scorer", width);
    fprintf(out, "  %-19s  %s\n", "mean AUC", "findings");
    for (int s = 0; s < e->n_scorers; s++) {
        const px_evaluation_scorer *scorer = &e->scorers[s];
        int better, worse;
        count_differences(e, s, &better, &worse);
        print_name(out, scorer->name, width);
        fprintf(out, "  %-19s  %d", show(&scorer->mean_auc, 3, cell), scorer->mean_auc_findings);
        if (s > 0)
            fprintf(out, "; %s is better at %d, worse at %d (DeLong's test, p < %.3g)",
                    e->scorers[0].name, better, worse, 1 - e->level);
        fprintf(out, "\n");
    }
}

/* ---- Groups --------------------------------------------------------------------------------- */

static void print_figure(FILE *out, const px_evaluation *e, const px_evaluation_subgroups *s,
                         const px_evaluation_group *g, int finding, const char *what,
                         const px_evaluation_group_figure *figure) {
    char value[CELL];
    if (figure->flagged)
        fprintf(out, "  %s %s: %s of %s %s, %+.3f from the others (p %.2g)\n", s->column, g->value,
                what, e->findings[finding].name, show(&figure->value, 3, value),
                figure->difference.value, figure->p_holm);
}

static void print_flagged(FILE *out, const px_evaluation *e, const px_evaluation_subgroups *s) {
    for (int g = 0; g < s->n_groups; g++) {
        const px_evaluation_group *group = &s->groups[g];
        for (int f = 0; f < e->n_findings; f++) {
            const px_evaluation_group_measure *m = &group->measures[f];
            print_figure(out, e, s, group, f, "AUC", &m->auc);
            print_figure(out, e, s, group, f, "sensitivity", &m->sensitivity);
            print_figure(out, e, s, group, f, "specificity", &m->specificity);
        }
    }
}

static void print_groups(FILE *out, const px_evaluation *e) {
    int flagged = 0;
    if (e->n_subgroups == 0)
        return;
    fprintf(out, "\nGroups by ");
    for (int i = 0; i < e->n_subgroups; i++) {
        fprintf(out, "%s%s", i ? ", " : "", e->subgroups[i].column);
        flagged += e->subgroups[i].flagged;
    }
    fprintf(out, flagged                  ? ": differences\n"
                 : px_evaluation_tests(e) ? ": no difference beyond chance\n"
                                          : ": all too small to compare\n");
    for (int i = 0; i < e->n_subgroups; i++)
        print_flagged(out, e, &e->subgroups[i]);
}

static void print_heat(FILE *out, const px_evaluation *e) {
    char hits[CELL], overlaps[CELL];
    for (int f = 0; e->heat_checks && f < e->n_findings; f++) {
        const px_evaluation_heat_check *h = &e->heat_checks[f];
        if (h->images > 0)
            fprintf(out,
                    "%sHeat maps of %s: %lld of %lld point into a box, %s (chance %.2f); mean IoU "
                    "%.2f, %s at %.2g\n",
                    f ? "" : "\n", e->findings[f].name, (long long)h->hits, (long long)h->images,
                    show(&h->hit_rate, 2, hits), h->chance, h->mean_iou,
                    show(&h->overlap_rate, 2, overlaps), e->iou_threshold);
    }
}

static void print_left_out(FILE *out, const px_evaluation *e) {
    if (e->n_left_out > 0)
        fprintf(out, "\nNot used, or not as it stands (left_out.txt has examples):\n");
    for (int i = 0; i < e->n_left_out; i++)
        fprintf(out, "  %lld %s\n", (long long)e->left_out[i].count, e->left_out[i].what);
}

void px_evaluate_print(FILE *out, const px_evaluation *e) {
    fprintf(out, "%s: %lld images", e->data, (long long)e->images);
    if (e->patients > 0)
        fprintf(out, " of %lld patients", (long long)e->patients);
    fprintf(out, "; intervals at %.6g %%\n\n", 100 * e->level);
    if (e->notice)
        fprintf(out, "%s\n\n", e->notice);
    print_findings(out, e);
    print_scorers(out, e);
    print_groups(out, e);
    print_heat(out, e);
    print_left_out(out, e);
}
