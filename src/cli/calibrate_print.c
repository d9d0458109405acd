/* The table of calibrate: two lines a finding, and what weights are worth. */
#include "calibrate_print.h"

#include <math.h>
#include <string.h>

enum { CELL = 20 };

/* "0.912 (0.861-0.953)", or "-". */
static void print_interval(FILE *out, const px_interval *i) {
    char text[64] = "-";
    if (isfinite(i->value) && isfinite(i->low))
        snprintf(text, sizeof text, "%.3f (%.3f-%.3f)", i->value, i->low, i->high);
    else if (isfinite(i->value))
        snprintf(text, sizeof text, "%.3f", i->value);
    fprintf(out, "  %-*s", CELL, text);
}

static void print_figures(FILE *out, const char *when, int width, const px_site_figures *f) {
    char threshold[32] = "-";
    if (isfinite(f->threshold))
        snprintf(threshold, sizeof threshold, "%.5f", f->threshold);
    fprintf(out, "  %-*s", width - 2, when);
    print_interval(out, &f->auc);
    fprintf(out, "  %9s", threshold);
    print_interval(out, &f->sensitivity);
    print_interval(out, &f->specificity);
    fprintf(out, "  %.4f  %.4f%s\n", f->brier, f->ece, f->calibrated ? "" : " *");
}

static void print_weights(FILE *out, const px_ensemble *e, const px_site_finding *f) {
    fputs("  weights:", out);
    for (int i = 0; i < f->n_members; i++)
        fprintf(out, "  %s %.3f", e->members[f->members[i]].name, f->fit.weights[i]);
    const px_weights_check *c = &f->fit.check;
    fprintf(
        out,
        "\n  on images not seen, AUC: fitted %.4f, equal weights %.4f, best member %.4f; fitted "
        "less equal %+.4f (%+.4f to %+.4f)\n",
        c->fitted.auc, c->equal.auc, c->single.auc, c->auc_gain.value, c->auc_gain.low,
        c->auc_gain.high);
}

static int widest(const px_ensemble *e) {
    size_t width = strlen("  before");
    for (int f = 0; f < e->n_findings; f++)
        width = strlen(e->findings[f].name) > width ? strlen(e->findings[f].name) : width;
    return (int)width;
}

void px_calibrate_print(FILE *out, const px_ensemble *ensemble, const px_site_finding *findings,
                        const px_site_plan *plan, const px_site_origin *origin) {
    const int width = widest(ensemble);
    bool raw = false;
    fprintf(out, "%s: %lld images", origin->data, (long long)origin->images);
    if (origin->patients)
        fprintf(out, " of %lld patients", (long long)origin->patients);
    fprintf(out, "\noperating points %s, calibration %s, weights %s\n\n", origin->rule,
            plan->calibrate ? px_calibration_method_name(plan->method) : "none",
            plan->fit_weights ? px_weights_goal_name(plan->weights) : "as they were");
    fprintf(out, "%-*s  %-*s  %9s  %-*s  %-*s  %-6s  %s\n", width, "Finding", CELL, "AUC",
            "Threshold", CELL, "Sensitivity", CELL, "Specificity", "Brier", "ECE");
    for (int f = 0; f < ensemble->n_findings; f++) {
        const px_site_fit *fit = &findings[f].fit;
        fprintf(out, "%s  (%zu positive, %zu negative)\n", ensemble->findings[f].name,
                fit->positives, fit->negatives);
        if (fit->reason[0]) {
            fprintf(out, "  stays as it was: %s\n", fit->reason);
            continue;
        }
        print_figures(out, "before", width, &fit->before);
        print_figures(out, "after", width, &fit->after);
        raw = raw || !fit->before.calibrated || !fit->after.calibrated;
        if (fit->weights_checked)
            print_weights(out, ensemble, &findings[f]);
    }
    fputs("\nIn brackets: 95 % intervals. After: each image by a fit that has not seen it.\n", out);
    if (raw)
        fputs("*: of scores that are not calibrated.\n", out);
}
