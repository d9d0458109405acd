/* The report on an evaluation: its head, the order of its parts, its foot, its files. */
#include "report_html.h"

#include <stdio.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "html_parts.h"

#define PAGE_CAP ((size_t)256 << 20)

void px_html_plot(px_html *html, const px_evaluation *e, px_plot plot, int finding, bool is_wide) {
    if (!px_plot_exists(e, plot, finding))
        return;
    px_html_print(html, "<figure>\n<figcaption>%s</figcaption>\n", px_plot_title(plot));
    if (is_wide)
        px_html_print(
            html, "<div class=\"scroll wide\" role=\"group\" tabindex=\"0\" aria-label=\"%s\">\n",
            px_plot_title(plot));
    if (html->error.code == PX_OK)
        px_plot_write(e, plot, finding, PX_FIGURE_MARKUP, &html->out, &html->error);
    px_html_print(html, "%s</figure>\n", is_wide ? "</div>\n" : "");
}

/* "ENSEMBLE on LABELS"; to be freed. */
static char *title_of(const px_evaluation *e, px_error *err) {
    const char *what = e->ensemble_name ? e->ensemble_name
                       : e->predictions ? e->predictions
                                        : "Scores";
    return e->data ? px_format(err, "%s on %s", what, e->data) : px_strdup(what, err);
}

static void print_contents(px_html *html, const px_evaluation *e) {
    px_html_print(html, "<nav aria-label=\"Contents\">\n<ul>\n");
    px_html_link(html, "summary", "Summary");
    px_html_link(html, "findings", "Findings");
    if (px_html_has_members(e))
        px_html_link(html, "members", "Members");
    if (e->n_subgroups > 0)
        px_html_link(html, "subgroups", "Subgroups");
    if (px_html_has_heat_maps(e))
        px_html_link(html, "heat-maps", "Heat maps");
    for (int f = 0; f < e->n_findings; f++) {
        char id[32];
        snprintf(id, sizeof id, "finding-%d", f + 1);
        px_html_link(html, id, e->findings[f].name);
    }
    px_html_link(html, "left-out", "Left out");
    px_html_link(html, "methods", "Methods");
    px_html_print(html, "</ul>\n</nav>\n");
}

static void print_head(px_html *html, const px_evaluation *e) {
    char *title = title_of(e, &html->error);
    px_html_begin_page(html, "evaluation", title, e->notice);
    print_contents(html, e);
    px_html_print(html, "</header>\n<main>\n");
    free(title);
}

bool px_evaluation_report_html(const px_evaluation *e, px_buffer *out, px_error *err) {
    if (e->n_scorers < 1 || e->n_findings < 1)
        return px_fail(err, PX_ERR_USAGE, NULL, "there is nothing to report on");
    px_html html;
    px_html_init(&html, PAGE_CAP);
    print_head(&html, e);
    px_html_summary(&html, e);
    px_html_findings(&html, e);
    px_html_members(&html, e);
    px_html_subgroups(&html, e);
    px_html_heat_maps(&html, e);
    px_html_each_finding(&html, e);
    px_html_left_out(&html, e);
    px_html_methods(&html, e);
    px_html_end_page(&html, e->program ? e->program : "perXeptron",
                     "Each plot is also in the folder <code>plots</code>, as SVG and PNG.");
    bool ok = px_html_finish(&html, out, err);
    px_html_clear(&html);
    return ok;
}

static bool write_page(const px_evaluation *e, const char *path, px_error *err) {
    px_buffer page;
    px_buffer_init(&page, PAGE_CAP);
    bool ok =
        px_evaluation_report_html(e, &page, err) && px_file_write(path, page.data, page.size, err);
    px_buffer_clear(&page);
    return ok;
}

bool px_evaluation_report_write(const px_evaluation *e, const char *folder, px_error *err) {
    char *page = px_format(err, "%s/report.html", folder);
    char *plots = page ? px_format(err, "%s/plots", folder) : NULL;
    bool ok = plots && px_path_make_folders(plots, err) && write_page(e, page, err) &&
              px_plots_write(e, plots, err);
    free(page);
    free(plots);
    return ok;
}
