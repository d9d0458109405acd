/* A training's report: the order of its sections, and what they share. */
#include "train_report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../dataset/finding_names.h"
#include "train_report_parts.h"

#define PAGE_CAP ((size_t)64 << 20)

const char *px_train_finding_name(const px_history *history, int finding) {
    const char *title = px_finding_title(history->findings[finding]);
    return title ? title : history->findings[finding];
}

const px_train_count *px_train_count_of(const px_train_summary *summary, int finding) {
    return summary->counts && finding < summary->config->n_findings ? &summary->counts[finding]
                                                                    : NULL;
}

void px_train_print_time(px_html *html, double seconds) {
    double minutes = round(seconds / 60);
    if (!isfinite(seconds) || seconds < 0 || minutes > 1e9)
        px_html_print(html, "–");
    else if (seconds < 99.5)
        px_html_print(html, "%.0f s", seconds);
    else if (minutes < 100)
        px_html_print(html, "%.0f min", minutes);
    else
        px_html_print(html, "%.0f h %02.0f min", floor(minutes / 60), fmod(minutes, 60));
}

void px_train_print_file(px_html *html, const char *path) {
    size_t end = path ? strlen(path) : 0;
    while (end > 1 && path[end - 1] == '/')
        end--;
    size_t begin = end;
    while (begin > 0 && path[begin - 1] != '/')
        begin--;
    char *name = px_format(&html->error, "%.*s", (int)(end - begin), path ? path + begin : "");
    if (name)
        px_html_text(html, name);
    free(name);
}

static void print_header(px_html *html, const px_train_summary *summary) {
    char *advice = px_train_advice(summary->config, summary->history, &html->error);
    px_html_begin_page(html, "training", summary->config->name, advice);
    free(advice);
    px_html_print(html, "<nav aria-label=\"Contents\">\n<ul>\n");
    px_html_link(html, "summary", "Summary");
    px_html_link(html, "curves", "Curves");
    px_html_link(html, "findings", "Findings");
    px_html_link(html, "epochs", "Epochs");
    px_html_link(html, "recipe", "Recipe");
    px_html_print(html, "</ul>\n</nav>\n</header>\n<main>\n");
}

bool px_train_report_html(const px_train_summary *summary, px_buffer *out, px_error *err) {
    px_html html;
    px_html_init(&html, PAGE_CAP);
    print_header(&html, summary);
    px_train_html_summary(&html, summary);
    px_train_html_curves(&html, summary);
    px_train_html_findings(&html, summary);
    px_train_html_epochs(&html, summary);
    px_train_html_recipe(&html, summary);
    char program[64];
    snprintf(program, sizeof program, "perXeptron %s", px_version());
    px_html_end_page(&html, program,
                     "All numbers of the curves are in <code>history.csv</code> beside this page.");
    bool ok = px_html_finish(&html, out, err);
    px_html_clear(&html);
    return ok;
}
