/* The report's tables of all findings, and a part for each of them. */
#include <inttypes.h>
#include <math.h>

#include "html_parts.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void skip_cells(px_html *html, size_t count) {
    for (size_t i = 0; i < count; i++)
        px_html_number(html, NAN, 0);
}

static void print_quality(px_html *html, const px_evaluation *e) {
    static const char *const heads[] = {"Finding",           "Images",      "Positive", "AUC",
                                        "Average precision", "Brier score", "ECE"};
    px_html_begin_table(html,
                        "How well scores tell positives from negatives, and how well they, or the "
                        "ensemble's probabilities where it is calibrated, mean what they say",
                        heads, COUNT(heads), 0);
    for (int f = 0; f < e->n_findings; f++) {
        const px_evaluation_measure *m = &e->scorers[0].measures[f];
        px_html_row_head(html, e->findings[f].name);
        px_html_count(html, m->n);
        px_html_print(html, "<td>%" PRId64, m->positives);
        if (m->n > 0)
            px_html_print(html, " <span class=\"ci\">%.1f %%</span>",
                          100 * (double)m->positives / (double)m->n);
        px_html_print(html, "</td>");
        if (m->reason) {
            skip_cells(html, 4);
        } else {
            px_html_estimate(html, m->auc);
            px_html_estimate(html, m->average_precision);
            px_html_estimate(html, m->brier);
            px_html_number(html, m->ece, 3);
        }
        px_html_print(html, "</tr>\n");
    }
    px_html_end_table(html);
}

static void print_rates(px_html *html, const px_evaluation_measure *m) {
    const px_evaluation_rates *r = px_plot_rates(m);
    if (!r) {
        skip_cells(html, 6);
        return;
    }
    px_html_number(html, r->threshold, 3);
    px_html_percent(html, r->sensitivity);
    px_html_percent(html, r->specificity);
    px_html_percent(html, r->ppv);
    px_html_percent(html, r->npv);
    px_html_estimate(html, r->f1);
}

static void print_decisions(px_html *html, const px_evaluation *e) {
    static const char *const heads[] = {"Finding",
                                        "Threshold",
                                        "Sensitivity",
                                        "Specificity",
                                        "<abbr title=\"positive predictive value\">PPV</abbr>",
                                        "<abbr title=\"negative predictive value\">NPV</abbr>",
                                        "F<sub>1</sub>"};
    px_html_begin_table(html,
                        px_html_has_operating_points(e)
                            ? "Decisions at the operating points: positive where the score is at "
                              "least the threshold"
                            : "Decisions at Youden's points of this set: positive where the score "
                              "is at least the threshold",
                        heads, COUNT(heads), 0);
    for (int f = 0; f < e->n_findings; f++) {
        px_html_row_head(html, e->findings[f].name);
        print_rates(html, &e->scorers[0].measures[f]);
        px_html_print(html, "</tr>\n");
    }
    px_html_end_table(html);
}

/* Predictive values where a finding is rarer or more common than here. */
static void print_prevalences(px_html *html, const px_evaluation *e) {
    static const char *const heads[] = {"Finding", "Prevalence", "PPV", "NPV"};
    int known = 0;
    for (int f = 0; f < e->n_findings; f++)
        known += isfinite(e->findings[f].prevalence);
    if (known == 0)
        return;
    px_html_begin_table(html,
                        "Predictive values at a prevalence that was given, instead of the "
                        "set's own",
                        heads, COUNT(heads), 0);
    for (int f = 0; f < e->n_findings; f++) {
        const px_evaluation_rates *r = px_plot_rates(&e->scorers[0].measures[f]);
        double prevalence = e->findings[f].prevalence;
        if (!isfinite(prevalence))
            continue;
        px_html_row_head(html, e->findings[f].name);
        px_html_print(html, "<td>%.3g %%</td>", 100 * prevalence);
        if (r) {
            px_html_percent(html, r->adjusted_ppv);
            px_html_percent(html, r->adjusted_npv);
        } else {
            skip_cells(html, 2);
        }
        px_html_print(html, "</tr>\n");
    }
    px_html_end_table(html);
}

void px_html_findings(px_html *html, const px_evaluation *e) {
    px_html_print(html, "<section id=\"findings\">\n<h2>Findings</h2>\n");
    px_html_plot(html, e, PX_PLOT_FINDINGS, 0, true);
    print_quality(html, e);
    print_decisions(html, e);
    print_prevalences(html, e);
    px_html_print(html,
                  "<p class=\"fine\">In brackets: %g %% confidence intervals. ECE: expected "
                  "calibration error. <a href=\"#methods\">Methods</a> tells how each figure "
                  "is made.</p>\n</section>\n",
                  100 * e->level);
}

static const char *policy_words(const char *policy) {
    return !policy            ? "counted as the table's policy says"
           : policy[0] == 'z' ? "counted as negative"
           : policy[0] == 'o' ? "counted as positive"
                              : "left out";
}

static void print_labels(px_html *html, const px_evaluation *e, int finding) {
    const px_evaluation_finding *f = &e->findings[finding];
    const px_evaluation_measure *m = &e->scorers[0].measures[finding];
    px_html_print(html, "<p>");
    px_html_plural(html, m->n, "image", "images");
    px_html_print(html, ", %" PRId64 " of them positive", m->positives);
    if (m->n > 0)
        px_html_print(html, " (%.1f %%)", 100 * (double)m->positives / (double)m->n);
    px_html_print(html, ".");
    if (f->uncertain > 0) {
        px_html_print(html, " ");
        px_html_plural(html, f->uncertain, "uncertain label was", "uncertain labels were");
        px_html_print(html, " %s.", policy_words(f->policy));
    }
    if (f->blank > 0) {
        px_html_print(html, " ");
        px_html_plural(html, f->blank, "label is", "labels are");
        px_html_print(html, " blank.");
    }
    if (m->missing > 0) {
        px_html_print(html, " ");
        px_html_plural(html, m->missing, "image with a label has", "images with a label have");
        px_html_print(html, " no score.");
    }
    px_html_print(html, "</p>\n");
    if (m->note) {
        px_html_print(html, "<p class=\"notice\">");
        px_html_text(html, m->note);
        px_html_print(html, "</p>\n");
    }
}

static void print_compared(px_html *html, const px_evaluation *e, int finding, int scorer) {
    const px_evaluation_comparison *c =
        e->comparisons && scorer > 0 ? px_evaluation_compared(e, finding, scorer) : NULL;
    if (c && c->n > 0) {
        px_html_estimate(html, c->difference);
        px_html_p(html, c->p);
    } else {
        skip_cells(html, 2);
    }
    px_html_number(html, e->kappa && scorer > 0 ? px_evaluation_kappa(e, finding, 0, scorer) : NAN,
                   2);
}

static void print_scorers(px_html *html, const px_evaluation *e, int finding) {
    bool is_ensemble = e->scorers[0].is_ensemble;
    const char *heads[] = {"Scorer",
                           "Images",
                           "AUC",
                           "Average precision",
                           is_ensemble ? "Ensemble less member" : "First less this",
                           "p",
                           is_ensemble ? "Kappa with ensemble" : "Kappa with first"};
    px_html_begin_table(html, "Ensemble and members on this finding", heads, COUNT(heads), 0);
    for (int s = 0; s < e->n_scorers; s++) {
        const px_evaluation_measure *m = &e->scorers[s].measures[finding];
        px_html_print(html, s == 0 ? "<tr class=\"strong\"><th scope=\"row\">"
                                   : "<tr><th scope=\"row\">");
        px_html_text(html, e->scorers[s].name);
        px_html_print(html, "</th>");
        px_html_count(html, m->n);
        if (m->reason) {
            skip_cells(html, 2);
        } else {
            px_html_estimate(html, m->auc);
            px_html_estimate(html, m->average_precision);
        }
        print_compared(html, e, finding, s);
        px_html_print(html, "</tr>\n");
    }
    px_html_end_table(html);
}

static void print_finding(px_html *html, const px_evaluation *e, int finding) {
    const px_evaluation_measure *m = &e->scorers[0].measures[finding];
    px_html_print(html, "<article id=\"finding-%d\">\n<h3>", finding + 1);
    px_html_text(html, e->findings[finding].name);
    px_html_print(html, "</h3>\n");
    print_labels(html, e, finding);
    if (m->reason) {
        px_html_print(html, "<p class=\"notice\">There are no figures: ");
        px_html_text(html, m->reason);
        px_html_print(html, "</p>\n</article>\n");
        return;
    }
    px_html_print(html, "<div class=\"plots\">\n");
    for (int plot = PX_PLOT_ROC; plot <= PX_PLOT_BENEFIT; plot++)
        px_html_plot(html, e, (px_plot)plot, finding, false);
    px_html_print(html, "</div>\n");
    if (px_html_has_members(e)) {
        px_html_plot(html, e, PX_PLOT_MEMBERS, finding, true);
        print_scorers(html, e, finding);
    }
    px_html_plot(html, e, PX_PLOT_SUBGROUPS, finding, true);
    px_html_print(html, "</article>\n");
}

void px_html_each_finding(px_html *html, const px_evaluation *e) {
    px_html_print(html, "<section id=\"each\" class=\"each\">\n<h2>Each finding</h2>\n");
    for (int f = 0; f < e->n_findings; f++)
        print_finding(html, e, f);
    px_html_print(html, "</section>\n");
}
