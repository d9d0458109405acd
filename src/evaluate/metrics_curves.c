/* An evaluation's curves as a table. */
#include <math.h>

#include "../base/csv.h"
#include "metrics_json.h"

/* Where a curve belongs. */
typedef struct row_start {
    const char *finding, *scorer, *curve;
} row_start;

static bool print_row(px_buffer *text, const row_start *start, double x, double y, double threshold,
                      px_error *err) {
    if (!px_buffer_print(text, err, "%s,", start->finding) ||
        !px_csv_print_text(text, start->scorer, err) ||
        !px_buffer_print(text, err, ",%s,%.9g,%.9g,", start->curve, x, y))
        return false;
    return isnan(threshold) ? px_buffer_print(text, err, "\n")
                            : px_buffer_print(text, err, "%.9g\n", threshold);
}

static bool print_curve(px_buffer *text, const row_start *start, const px_evaluation_curve *curve,
                        px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < curve->count; i++)
        ok = print_row(text, start, curve->x[i], curve->y[i],
                       curve->thresholds ? curve->thresholds[i] : NAN, err);
    return ok;
}

static bool print_benefit(px_buffer *text, row_start start, const px_evaluation_measure *m,
                          px_error *err) {
    bool ok = true;
    start.curve = "net_benefit";
    for (int i = 0; ok && i < PX_EVALUATION_BENEFIT_POINTS; i++) {
        double x = (i + 1) / (double)(PX_EVALUATION_BENEFIT_POINTS + 1);
        ok = print_row(text, &start, x, m->net_benefit[i], x, err);
    }
    return ok;
}

bool px_metrics_print_curves(const px_evaluation *e, px_buffer *text, px_error *err) {
    bool ok = px_buffer_print(text, err, "finding,scorer,curve,x,y,threshold\n");
    for (int f = 0; ok && f < e->n_findings; f++) {
        for (int s = 0; ok && s < e->n_scorers; s++) {
            const px_evaluation_measure *m = &e->scorers[s].measures[f];
            row_start start = {e->findings[f].id, e->scorers[s].name, "roc"};
            if (m->reason)
                continue;
            ok = print_curve(text, &start, &m->roc, err);
            start.curve = "pr";
            ok = ok && print_curve(text, &start, &m->pr, err);
            if (s == 0)
                ok = ok && print_benefit(text, start, m, err);
        }
    }
    return ok;
}
