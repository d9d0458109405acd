/* The report's tables beside those of findings: members, subgroups, heat maps, what was left out.
 */
#include <inttypes.h>
#include <math.h>

#include "html_parts.h"

#define COUNT(list) (sizeof(list) / sizeof *(list))

static void print_auc_table(px_html *html, const px_evaluation *e) {
    px_html_print(html,
                  "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"AUC of "
                  "each scorer\">\n<table>\n<caption>AUC of each scorer; * where DeLong's "
                  "test tells a member from the first column with p &lt; %g</caption>\n"
                  "<thead><tr><th scope=\"col\">Finding</th>",
                  1 - e->level);
    for (int s = 0; s < e->n_scorers; s++) {
        px_html_print(html, "<th scope=\"col\">");
        px_html_text(html, e->scorers[s].name);
        px_html_print(html, "</th>");
    }
    px_html_print(html, "</tr></thead>\n<tbody>\n");
    for (int f = 0; f < e->n_findings; f++) {
        px_html_row_head(html, e->findings[f].name);
        for (int s = 0; s < e->n_scorers; s++) {
            const px_evaluation_measure *m = &e->scorers[s].measures[f];
            bool differs = s > 0 && e->comparisons && px_evaluation_compared(e, f, s)->n > 0 &&
                           px_evaluation_compared(e, f, s)->p < 1 - e->level;
            if (m->reason || !isfinite(m->auc.value))
                px_html_number(html, NAN, 0);
            else
                px_html_print(html, "<td>%.3f%s</td>", m->auc.value, differs ? "*" : "");
        }
        px_html_print(html, "</tr>\n");
    }
    px_html_end_table(html);
}

/* The two members that agree least on a finding; false where none is known. */
static bool least_agreement(const px_evaluation *e, int finding, int pair[2]) {
    double least = INFINITY;
    for (int a = 1; a < e->n_scorers; a++)
        for (int b = a + 1; b < e->n_scorers; b++) {
            double kappa = px_evaluation_kappa(e, finding, a, b);
            if (kappa < least) {
                least = kappa;
                pair[0] = a;
                pair[1] = b;
            }
        }
    return isfinite(least);
}

static void print_least(px_html *html, const px_evaluation *e, int finding) {
    int pair[2] = {0, 0};
    if (!least_agreement(e, finding, pair)) {
        px_html_print(html, "<td class=\"word none\">–</td>");
        return;
    }
    px_html_print(html, "<td class=\"word\">%.2f <span class=\"ci\">",
                  px_evaluation_kappa(e, finding, pair[0], pair[1]));
    px_html_text(html, e->scorers[pair[0]].name);
    px_html_print(html, " and ");
    px_html_text(html, e->scorers[pair[1]].name);
    px_html_print(html, "</span></td>");
}

static void print_agreement(px_html *html, const px_evaluation *e) {
    px_html_print(html,
                  "<h3>Agreement</h3>\n<div class=\"scroll\" role=\"group\" tabindex=\"0\" "
                  "aria-label=\"Agreement\">\n<table>\n<caption>Cohen's kappa of decisions "
                  "with the %s, each at its Youden point: 1 is full agreement, 0 that of "
                  "chance</caption>\n<thead><tr><th scope=\"col\">Finding</th>",
                  e->scorers[0].is_ensemble ? "ensemble" : "first scorer");
    for (int s = 1; s < e->n_scorers; s++) {
        px_html_print(html, "<th scope=\"col\">");
        px_html_text(html, e->scorers[s].name);
        px_html_print(html, "</th>");
    }
    px_html_print(html, "%s</tr></thead>\n<tbody>\n",
                  e->n_scorers > 2 ? "<th scope=\"col\" class=\"word\">Least among the others</th>"
                                   : "");
    for (int f = 0; f < e->n_findings; f++) {
        px_html_row_head(html, e->findings[f].name);
        for (int s = 1; s < e->n_scorers; s++)
            px_html_number(html, px_evaluation_kappa(e, f, 0, s), 2);
        if (e->n_scorers > 2)
            print_least(html, e, f);
        px_html_print(html, "</tr>\n");
    }
    px_html_end_table(html);
}

void px_html_members(px_html *html, const px_evaluation *e) {
    if (!px_html_has_members(e))
        return;
    px_html_print(html, "<section id=\"members\">\n<h2>%s</h2>\n",
                  e->scorers[0].is_ensemble ? "Members and ensemble" : "Scorers");
    px_html_plot(html, e, PX_PLOT_SCORERS, 0, true);
    print_auc_table(html, e);
    px_html_print(html, "<p class=\"fine\">p values are not corrected for how many comparisons "
                        "there are.</p>\n");
    if (e->kappa)
        print_agreement(html, e);
    px_html_print(html, "</section>\n");
}

static void print_flagged(px_html *html, const px_evaluation *e, int finding,
                          const px_evaluation_subgroups *column, const px_evaluation_group *group) {
    const px_evaluation_group_measure *m = &group->measures[finding];
    const px_evaluation_group_figure *figures[] = {&m->auc, &m->sensitivity, &m->specificity};
    static const char *const names[] = {"AUC", "Sensitivity", "Specificity"};
    for (size_t i = 0; i < COUNT(figures); i++) {
        if (!figures[i]->flagged)
            continue;
        px_html_row_head(html, e->findings[finding].name);
        px_html_print(html, "<td class=\"word\">");
        px_html_text(html, column->column);
        px_html_print(html, " ");
        px_html_text(html, group->value);
        px_html_print(html, "</td><td class=\"word\">%s</td>", names[i]);
        px_html_count(html, m->n);
        px_html_estimate(html, figures[i]->value);
        px_html_estimate(html, figures[i]->difference);
        px_html_p(html, figures[i]->p_holm);
        px_html_print(html, "</tr>\n");
    }
}

static void print_all_flagged(px_html *html, const px_evaluation *e) {
    static const char *const heads[] = {"Finding", "Group",           "Figure",  "Images",
                                        "Value",   "Less the others", "p (Holm)"};
    int flagged = 0;
    for (int c = 0; c < e->n_subgroups; c++)
        flagged += e->subgroups[c].flagged;
    if (flagged == 0) {
        px_html_print(html, px_evaluation_tests(e)
                                ? "<p>No figure of a group differs from that of all others by more "
                                  "than chance explains.</p>\n"
                                : "<p>All groups are too small to compare.</p>\n");
        return;
    }
    px_html_begin_table(html,
                        "Figures that differ from those of all others by more than chance "
                        "explains",
                        heads, COUNT(heads), 2);
    for (int f = 0; f < e->n_findings; f++)
        for (int c = 0; c < e->n_subgroups; c++)
            for (int g = 0; g < e->subgroups[c].n_groups; g++)
                print_flagged(html, e, f, &e->subgroups[c], &e->subgroups[c].groups[g]);
    px_html_end_table(html);
}

/* A column's groups: sizes, and the AUC of each finding. */
static void print_column(px_html *html, const px_evaluation *e,
                         const px_evaluation_subgroups *column) {
    px_html_print(html, "<h3>By ");
    px_html_text(html, column->column);
    px_html_print(html, "</h3>\n");
    if (column->n_groups == 0) {
        px_html_print(html, "<p>There are no groups: ");
        px_html_text(html, column->note);
        px_html_print(html, "</p>\n");
        return;
    }
    px_html_print(html, "<div class=\"scroll\" role=\"group\" tabindex=\"0\" aria-label=\"AUC by ");
    px_html_text(html, column->column);
    px_html_print(html, "\">\n<table>\n<caption>AUC in each group; * where it differs from the "
                        "rest</caption>\n<thead><tr><th scope=\"col\">Finding</th>");
    for (int g = 0; g < column->n_groups; g++) {
        px_html_print(html, "<th scope=\"col\">");
        px_html_text(html, column->groups[g].value);
        px_html_print(html, " <span class=\"ci\">%" PRId64 "</span></th>",
                      column->groups[g].images);
    }
    px_html_print(html, "</tr></thead>\n<tbody>\n");
    for (int f = 0; f < e->n_findings; f++) {
        px_html_row_head(html, e->findings[f].name);
        for (int g = 0; g < column->n_groups; g++) {
            const px_evaluation_group_figure *auc = &column->groups[g].measures[f].auc;
            if (isfinite(auc->value.value))
                px_html_print(html, "<td>%.3f%s</td>", auc->value.value, auc->flagged ? "*" : "");
            else
                px_html_number(html, NAN, 0);
        }
        px_html_print(html, "</tr>\n");
    }
    px_html_end_table(html);
    if (column->note) {
        px_html_print(html, "<p class=\"fine\">");
        px_html_text(html, column->note);
        px_html_print(html, "</p>\n");
    }
}

void px_html_subgroups(px_html *html, const px_evaluation *e) {
    if (e->n_subgroups == 0)
        return;
    px_html_print(html, "<section id=\"subgroups\">\n<h2>Subgroups</h2>\n");
    print_all_flagged(html, e);
    for (int c = 0; c < e->n_subgroups; c++)
        print_column(html, e, &e->subgroups[c]);
    px_html_print(html, "<p class=\"fine\">Below each group's name: its images. A dash: too few to "
                        "tell. Intervals are drawn with <a href=\"#each\">each finding</a>.</p>\n"
                        "</section>\n");
}

void px_html_heat_maps(px_html *html, const px_evaluation *e) {
    static const char *const heads[] = {"Finding", "Images",   "Hits",        "Hit rate",
                                        "Chance",  "Mean IoU", "Overlap rate"};
    if (!px_html_has_heat_maps(e))
        return;
    px_html_print(html,
                  "<section id=\"heat-maps\">\n<h2>Where heat maps point</h2>\n"
                  "<p>Compared with boxes that people drew. A hit: the hottest pixel lies in "
                  "a box. Chance: what a random pixel would hit. IoU: the overlap of the heat "
                  "map's own box with the nearest of theirs, over the union of both.</p>\n");
    px_html_begin_table(html, "Heat maps against boxes", heads, COUNT(heads), 0);
    for (int f = 0; f < e->n_findings; f++) {
        const px_evaluation_heat_check *h = &e->heat_checks[f];
        if (h->images == 0)
            continue;
        px_html_row_head(html, e->findings[f].name);
        px_html_count(html, h->images);
        px_html_count(html, h->hits);
        px_html_percent(html, h->hit_rate);
        px_html_percent(html, (px_interval){h->chance, NAN, NAN});
        px_html_number(html, h->mean_iou, 3);
        px_html_percent(html, h->overlap_rate);
        px_html_print(html, "</tr>\n");
    }
    px_html_end_table(html);
    if (isfinite(e->iou_threshold))
        px_html_print(html, "<p class=\"fine\">They overlap where IoU is at least %.3g.</p>\n",
                      e->iou_threshold);
    px_html_print(html, "</section>\n");
}

void px_html_left_out(px_html *html, const px_evaluation *e) {
    static const char *const heads[] = {"What", "Count"};
    px_html_print(html, "<section id=\"left-out\">\n<h2>What was left out</h2>\n");
    if (e->n_left_out == 0) {
        px_html_print(html, "<p>Nothing: every row of the table and every image is in the "
                            "figures.</p>\n</section>\n");
        return;
    }
    px_html_begin_table(html, "Rows and images that are not in the figures", heads, COUNT(heads),
                        0);
    for (int i = 0; i < e->n_left_out; i++) {
        px_html_row_head(html, e->left_out[i].what);
        px_html_count(html, e->left_out[i].count);
        px_html_print(html, "</tr>\n");
    }
    px_html_end_table(html);
    px_html_print(html, "<p class=\"fine\">Which they are is in <code>left_out.txt</code>, not "
                        "here: names of files "
                        "may tell who a patient is.</p>\n</section>\n");
}
