/* The report's methods: how each figure is made, and after whom. */
#include <inttypes.h>

#include "html_parts.h"

static const struct {
    const char *what, *how;
} methods[] = {
    {"ROC curve and AUC",
     "Every distinct score is a threshold; ties count half (Fawcett 2006; Hanley and McNeil 1982). "
     "The shaded band is Wilson's interval of sensitivity at each point, for each threshold by "
     "itself."},
    {"Interval of the AUC, and comparing two AUCs",
     "DeLong, DeLong and Clarke-Pearson 1988, computed after Sun and Xu 2014; members are compared "
     "with the ensemble on the same images (paired)."},
    {"Average precision", "The sum of precision over steps of recall, without interpolation."},
    {"Decisions",
     "Positive where the score is at least the threshold. Intervals of sensitivity, specificity, "
     "PPV and NPV: Wilson 1927; at another prevalence: Mercaldo, Lau and Zhou 2007. Youden's point "
     "has the greatest sum of sensitivity and specificity (Youden 1950)."},
    {"Calibration",
     "Brier score: the mean squared difference of score and label (Brier 1950). Reliability "
     "diagram: ten bins of equal width (DeGroot and Fienberg 1983); expected calibration error: "
     "the mean distance of observed share and mean score over these bins, weighted by their images "
     "(Naeini, Cooper and Hauskrecht 2015)."},
    {"Decision curve",
     "Net benefit of acting on scores at or above a threshold t: TP/n − FP/n · t/(1 − t) (Vickers "
     "and Elkin 2006)."},
    {"Agreement", "Cohen's kappa of the decisions of two scorers, each at its Youden point (Cohen "
                  "1960)."},
    {"Subgroups",
     "Each group against all other images: the difference over its standard error, which is the "
     "larger of the bootstrap's and that of two samples of the pooled figure. p values of one "
     "column are corrected by Holm's method (Holm 1979)."},
    {"Heat maps",
     "The pointing game (Zhang and others 2016), and intersection over union of boxes."},
};

static void print_bootstrap(px_html *html, const px_evaluation *e) {
    if (e->rounds <= 0)
        return;
    px_html_print(html,
                  "<dt>Other intervals</dt><dd>Bootstrap (Efron and Tibshirani 1993) with %d "
                  "rounds, seed %" PRIu64 ", drawing ",
                  e->rounds, e->seed);
    px_html_print(html, e->patients > 0 ? "patients with all their images (Field and Welsh 2007)."
                                        : "images.");
    px_html_print(html, "</dd>\n");
}

static void print_source(px_html *html, const char *what, const char *text) {
    if (!text)
        return;
    px_html_print(html, "<dt>%s</dt><dd>", what);
    px_html_text(html, text);
    px_html_print(html, "</dd>\n");
}

void px_html_methods(px_html *html, const px_evaluation *e) {
    px_html_print(html, "<section id=\"methods\">\n<h2>Methods</h2>\n<dl class=\"methods\">\n");
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        px_html_print(html, "<dt>%s</dt><dd>%s</dd>\n", methods[i].what, methods[i].how);
    print_bootstrap(html, e);
    px_html_print(html, "</dl>\n<h3>Sources of this report</h3>\n<dl class=\"methods\">\n");
    print_source(html, "Labels", e->data);
    if (e->data_sha256) {
        px_html_print(html, "<dt>Labels, SHA-256</dt><dd><code>");
        px_html_text(html, e->data_sha256);
        px_html_print(html, "</code></dd>\n");
    }
    print_source(html, "Scores", e->predictions ? e->predictions : "computed from the images");
    print_source(html, "Ensemble", e->ensemble_name);
    print_source(html, "Version", e->ensemble_version);
    print_source(html, "Program", e->program);
    px_html_print(html, "</dl>\n</section>\n");
}
