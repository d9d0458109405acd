/* A training's report: the findings, and the epochs. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "../stats/auc.h"
#include "train_report_parts.h"

enum { MOST_ROWS = 80, LAST_ROWS = 10 };

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* ---- Findings ---------------------------------------------------------------------------------
 */

/* Half of the 95 % interval that an AUC has by chance alone; NaN where it is not known. */
static double chance(double auc, const px_train_count *count) {
    if (!isfinite(auc) || !count || count->valid_positive < 1 || count->valid_negative < 1)
        return NAN;
    return 1.96 * sqrt(px_auc_expected_variance(auc, count->valid_positive, count->valid_negative));
}

static void print_counts(px_html *html, const px_train_count *count) {
    const px_train_count none = {0};
    const px_train_count *c = count ? count : &none;
    const int64_t numbers[] = {c->train_positive, c->train_negative, c->valid_positive,
                               c->valid_negative};
    for (size_t i = 0; i < COUNT(numbers); i++) {
        if (count)
            px_html_count(html, numbers[i]);
        else
            px_html_number(html, NAN, 0);
    }
}

static void print_finding(px_html *html, const px_train_summary *summary, int finding) {
    const px_history *history = summary->history;
    const px_history_row *best = px_history_best(history);
    const px_train_count *count = px_train_count_of(summary, finding);
    double auc = best ? best->auc[finding] : NAN;
    double half = chance(auc, count);
    px_html_row_head(html, px_train_finding_name(history, finding));
    print_counts(html, count);
    px_html_estimate(html, (px_interval){auc, fmax(0, auc - half), fmin(1, auc + half)});
    px_html_number(html,
                   history->n_rows > 0 ? history->rows[history->n_rows - 1].auc[finding] : NAN, 3);
    px_html_print(html, "</tr>\n");
}

void px_train_html_findings(px_html *html, const px_train_summary *summary) {
    static const char *const heads[] = {"Finding",
                                        "Training: positive",
                                        "Training: negative",
                                        "Validation: positive",
                                        "Validation: negative",
                                        "AUC at the best epoch",
                                        "AUC at the last"};
    px_html_print(html, "<section id=\"findings\">\n<h2>Findings</h2>\n");
    px_html_begin_table(html, "Images with a label, and AUC on the validation images", heads,
                        COUNT(heads), 0);
    for (int f = 0; f < summary->history->n_findings; f++)
        print_finding(html, summary, f);
    px_html_end_table(html);
    px_html_print(html,
                  "<p class=\"fine\">In brackets: the 95 %% interval that so many images leave to "
                  "chance (Hanley and McNeil 1982). Smaller differences between epochs mean "
                  "little.</p>\n<p>AUC by epoch; the diamond is the epoch of the best mean.</p>\n");
    px_train_html_finding_charts(html, summary->history);
    px_html_print(html, "</section>\n");
}

/* ---- Epochs -----------------------------------------------------------------------------------
 */

/* Of a long history, every so many epochs are shown, the last ones, and those in which something
 * happened. */
static bool is_shown(const px_history *history, int row) {
    int every = (history->n_rows + MOST_ROWS - 1) / MOST_ROWS;
    return every <= 1 || row % every == 0 || row >= history->n_rows - LAST_ROWS ||
           &history->rows[row] == px_history_best(history) ||
           (row > 0 && history->rows[row].size != history->rows[row - 1].size);
}

/* With three digits, whatever its size. */
static void print_figure(px_html *html, double value) {
    if (isfinite(value))
        px_html_print(html, "<td>%#.3g</td>", value);
    else
        px_html_number(html, value, 0);
}

/* The epoch's number, and below it what happened. */
static void print_epoch_head(px_html *html, const px_history *history, int row) {
    const px_history_row *r = &history->rows[row];
    bool is_best = r == px_history_best(history);
    const char *const notes[] = {is_best ? "best" : NULL,
                                 row > 0 && r->size != r[-1].size ? "new size" : NULL,
                                 r->restarted ? "resumed" : NULL};
    px_html_print(html, "<tr%s><th scope=\"row\">%d", is_best ? " class=\"strong\"" : "", r->epoch);
    for (size_t i = 0; i < COUNT(notes); i++)
        if (notes[i])
            px_html_print(html, " <span class=\"ci\">%s</span>", notes[i]);
    px_html_print(html, "</th>");
}

static void print_epoch(px_html *html, const px_history *history, int row) {
    const px_history_row *r = &history->rows[row];
    print_epoch_head(html, history, row);
    px_html_number(html, r->mean_auc, 3);
    px_html_number(html, r->train_loss, 4);
    px_html_number(html, r->valid_loss, 4);
    print_figure(html, r->rate);
    print_figure(html, r->gradient);
    px_html_count(html, r->size);
    px_html_number(html, r->images_per_second, 1);
    px_html_print(html, "<td>");
    px_train_print_time(html, r->seconds);
    px_html_print(html, "</td></tr>\n");
}

void px_train_html_epochs(px_html *html, const px_train_summary *summary) {
    static const char *const heads[] = {"Epoch",           "Mean AUC",      "Training loss",
                                        "Validation loss", "Learning rate", "Gradient's norm",
                                        "Input, pixels",   "Images/s",      "Time"};
    const px_history *history = summary->history;
    int shown = 0;
    for (int i = 0; i < history->n_rows; i++)
        shown += is_shown(history, i);
    px_html_print(html, "<section id=\"epochs\">\n<h2>Epochs</h2>\n");
    if (history->n_rows == 0) {
        px_html_print(html, "<p>No epoch is done yet.</p>\n</section>\n");
        return;
    }
    if (shown < history->n_rows)
        px_html_print(html, "<p>%d of %d epochs are shown.</p>\n", shown, history->n_rows);
    px_html_begin_table(html, "What was measured in each epoch", heads, COUNT(heads), 0);
    for (int i = 0; i < history->n_rows; i++)
        if (is_shown(history, i))
            print_epoch(html, history, i);
    px_html_end_table(html);
    px_html_print(html, "</section>\n");
}
