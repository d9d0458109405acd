/* The report's summary: what was evaluated, how it did, what to know. */
#include <inttypes.h>
#include <math.h>

#include "html_parts.h"

bool px_html_has_members(const px_evaluation *e) {
    return e->n_scorers > 1;
}

bool px_html_has_heat_maps(const px_evaluation *e) {
    for (int f = 0; e->heat_checks && f < e->n_findings; f++)
        if (e->heat_checks[f].images > 0)
            return true;
    return false;
}

bool px_html_has_operating_points(const px_evaluation *e) {
    for (int f = 0; e->n_scorers > 0 && f < e->n_findings; f++)
        if (!e->scorers[0].measures[f].reason && e->scorers[0].measures[f].operating.known)
            return true;
    return false;
}

static void print_subject(px_html *html, const px_evaluation *e) {
    if (e->ensemble_name) {
        px_html_print(html, "The ensemble <strong>");
        px_html_text(html, e->ensemble_name);
        px_html_print(html, "</strong>");
        if (e->ensemble_version) {
            px_html_print(html, " (version ");
            px_html_text(html, e->ensemble_version);
            px_html_print(html, ")");
        }
    } else {
        px_html_print(html, "The scores in <strong>");
        px_html_text(html, e->predictions);
        px_html_print(html, "</strong>");
    }
    px_html_print(html, e->ensemble_name ? " was" : " were");
}

/* The findings that it tells best and worst; -1 where fewer than two have an AUC. */
static void find_ends(const px_evaluation *e, int *best, int *worst) {
    int known = 0;
    *best = *worst = -1;
    for (int f = 0; f < e->n_findings; f++) {
        const px_evaluation_measure *m = &e->scorers[0].measures[f];
        if (m->reason || !isfinite(m->auc.value))
            continue;
        known++;
        if (*best < 0 || m->auc.value > e->scorers[0].measures[*best].auc.value)
            *best = f;
        if (*worst < 0 || m->auc.value < e->scorers[0].measures[*worst].auc.value)
            *worst = f;
    }
    if (known < 2)
        *best = *worst = -1;
}

static void print_named_auc(px_html *html, const px_evaluation *e, int finding) {
    px_html_text(html, e->findings[finding].name);
    px_html_print(html, " (%.3f)", e->scorers[0].measures[finding].auc.value);
}

static void print_result(px_html *html, const px_evaluation *e) {
    px_interval mean = e->scorers[0].mean_auc;
    int best, worst;
    if (!isfinite(mean.value)) {
        px_html_print(html, "<p>No finding has labels of both classes, so that there are no "
                            "figures; the tables say why.</p>\n");
        return;
    }
    px_html_print(html,
                  "<p>Averaged over findings, the area under its ROC curve (AUC) is "
                  "<strong>%.3f</strong>",
                  mean.value);
    if (isfinite(mean.low) && isfinite(mean.high))
        px_html_print(html, " (%g %% confidence interval %.3f to %.3f)", 100 * e->level, mean.low,
                      mean.high);
    px_html_print(html, ": how often a radiograph with a finding gets a higher score than one "
                        "without it. 0.5 is chance, 1 is perfect.");
    find_ends(e, &best, &worst);
    if (best >= 0 && best != worst) {
        px_html_print(html, " It is highest for ");
        print_named_auc(html, e, best);
        px_html_print(html, " and lowest for ");
        print_named_auc(html, e, worst);
        px_html_print(html, ".");
    }
    px_html_print(html, "</p>\n");
}

static void print_tile(px_html *html, const char *name, int64_t count, const char *below) {
    px_html_print(html, "<div><dt>%s</dt><dd>%" PRId64, name, count);
    if (below)
        px_html_print(html, " <span class=\"ci\">%s</span>", below);
    px_html_print(html, "</dd></div>\n");
}

static void print_tiles(px_html *html, const px_evaluation *e) {
    px_interval mean = e->scorers[0].mean_auc;
    px_html_print(html, "<dl class=\"tiles\">\n<div><dt>Mean AUC</dt><dd>");
    if (isfinite(mean.value))
        px_html_print(html, "%.3f", mean.value);
    else
        px_html_print(html, "–");
    if (isfinite(mean.low) && isfinite(mean.high))
        px_html_print(html, " <span class=\"ci\">%g %%: %.3f to %.3f</span>", 100 * e->level,
                      mean.low, mean.high);
    px_html_print(html, "</dd></div>\n");
    print_tile(html, "Images", e->images, NULL);
    if (e->patients > 0)
        print_tile(html, "Patients", e->patients, NULL);
    print_tile(html, "Findings", e->n_findings, NULL);
    if (px_html_has_members(e))
        print_tile(html, e->scorers[0].is_ensemble ? "Members" : "Scorers",
                   e->scorers[0].is_ensemble ? e->n_scorers - 1 : e->n_scorers, NULL);
    px_html_print(html, "</dl>\n");
}

/* Comparisons in which a member does better than chance would have it. */
static int better_members(const px_evaluation *e) {
    int count = 0;
    for (int f = 0; e->comparisons && f < e->n_findings; f++)
        for (int s = 1; s < e->n_scorers; s++) {
            const px_evaluation_comparison *c = px_evaluation_compared(e, f, s);
            count += c->n > 0 && c->difference.value < 0 && c->p < 1 - e->level;
        }
    return count;
}

static void print_item(px_html *html, const char *name, const char *text) {
    px_html_print(html, "<li>");
    px_html_text(html, name);
    px_html_print(html, ": ");
    px_html_text(html, text);
    px_html_print(html, "</li>\n");
}

static void print_finding_notes(px_html *html, const px_evaluation *e) {
    for (int f = 0; f < e->n_findings; f++) {
        const px_evaluation_measure *m = &e->scorers[0].measures[f];
        if (m->reason)
            print_item(html, e->findings[f].name, m->reason);
        else if (m->note)
            print_item(html, e->findings[f].name, m->note);
    }
}

static void print_counts_to_know(px_html *html, const px_evaluation *e) {
    int64_t flagged = 0, left_out = 0;
    int better = e->scorers[0].is_ensemble ? better_members(e) : 0;
    for (int c = 0; c < e->n_subgroups; c++)
        flagged += e->subgroups[c].flagged;
    for (int i = 0; i < e->n_left_out; i++)
        left_out += e->left_out[i].count;
    if (flagged > 0) {
        px_html_print(html, "<li>");
        px_html_plural(html, flagged, "figure of a subgroup differs",
                       "figures of subgroups differ");
        px_html_print(html, " from the rest by more than chance explains "
                            "(<a href=\"#subgroups\">subgroups</a>).</li>\n");
    }
    if (better > 0) {
        px_html_print(html, "<li>In ");
        px_html_plural(html, better, "comparison", "comparisons");
        px_html_print(html,
                      " a member has a higher AUC than the ensemble with p &lt; %g "
                      "(<a href=\"#members\">members</a>).</li>\n",
                      1 - e->level);
    }
    if (left_out > 0) {
        px_html_print(html, "<li>Not everything was used as it stands "
                            "(<a href=\"#left-out\">what and why</a>).</li>\n");
    }
}

static void print_to_know(px_html *html, const px_evaluation *e) {
    px_html_print(html, "<h3>To know when reading on</h3>\n<ul>\n");
    print_finding_notes(html, e);
    print_counts_to_know(html, e);
    if (!px_html_has_operating_points(e))
        px_html_print(html, "<li>There are no operating points. Decisions are shown at the "
                            "threshold that is best on this very set (Youden's), which flatters "
                            "them.</li>\n");
    if (e->patients == 0)
        px_html_print(html, "<li>Patients are not known, so that each image counts as a patient: "
                            "where some have several images, intervals are too narrow.</li>\n");
    px_html_print(html,
                  "<li>Intervals are at %g %%: of many such intervals, about that share "
                  "hold the true figure. The figures hold for images like these.</li>\n</ul>\n",
                  100 * e->level);
}

void px_html_summary(px_html *html, const px_evaluation *e) {
    px_html_print(html, "<section id=\"summary\">\n<h2>Summary</h2>\n");
    print_tiles(html, e);
    px_html_print(html, "<p>");
    print_subject(html, e);
    px_html_print(html, " evaluated on ");
    px_html_plural(html, e->images, "image", "images");
    if (e->patients > 0) {
        px_html_print(html, " of ");
        px_html_plural(html, e->patients, "patient", "patients");
    }
    if (e->data) {
        px_html_print(html, " with the labels in <strong>");
        px_html_text(html, e->data);
        px_html_print(html, "</strong>");
    }
    px_html_print(html, ", for ");
    px_html_plural(html, e->n_findings, "finding", "findings");
    px_html_print(html, ".</p>\n");
    print_result(html, e);
    print_to_know(html, e);
    px_html_print(html, "</section>\n");
}
