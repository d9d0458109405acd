/* A training's report: what was trained, how far it is, how it does, what to know. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "train_report_parts.h"

static const px_history_row *last_row(const px_history *history) {
    return history->n_rows > 0 ? &history->rows[history->n_rows - 1] : NULL;
}

/* ---- Tiles ------------------------------------------------------------------------------------
 */

static void begin_tile(px_html *html, const char *name) {
    px_html_print(html, "<div><dt>%s</dt><dd>", name);
}

static void end_tile(px_html *html) {
    px_html_print(html, "</dd></div>\n");
}

static void print_images(px_html *html, const char *name, int64_t images, int64_t patients) {
    begin_tile(html, name);
    px_html_print(html, "%" PRId64, images);
    if (patients > 0) {
        px_html_print(html, " <span class=\"ci\">of ");
        px_html_plural(html, patients, "patient", "patients");
        px_html_print(html, "</span>");
    }
    end_tile(html);
}

static void print_tiles(px_html *html, const px_train_summary *summary) {
    const px_history_row *best = px_history_best(summary->history);
    const px_history_row *last = last_row(summary->history);
    px_html_print(html, "<dl class=\"tiles\">\n");
    begin_tile(html, "Best mean AUC");
    if (best)
        px_html_print(html, "%.3f <span class=\"ci\">epoch %d</span>", best->mean_auc, best->epoch);
    else
        px_html_print(html, "–");
    end_tile(html);
    begin_tile(html, "Epochs");
    px_html_print(html, "%d <span class=\"ci\">of at most %d</span>", last ? last->epoch : 0,
                  summary->config->epochs);
    end_tile(html);
    begin_tile(html, "Time of work");
    px_train_print_time(html, last ? last->seconds : 0);
    if (last && isfinite(last->images_per_second))
        px_html_print(html, " <span class=\"ci\">%.1f images/s</span>", last->images_per_second);
    end_tile(html);
    print_images(html, "Training images", summary->train_images, summary->train_patients);
    print_images(html, "Validation images", summary->valid_images, summary->valid_patients);
    px_html_print(html, "</dl>\n");
}

/* ---- In words ---------------------------------------------------------------------------------
 */

static void print_state(px_html *html, const char *state) {
    px_html_print(html, "<p>This training is <strong>");
    px_html_text(html, state);
    px_html_print(html, "</strong>%s.</p>\n",
                  strcmp(state, "running") == 0 ? ": the page is written anew after each epoch"
                  : strcmp(state, "stopped") == 0
                      ? ": the same command goes on where it was, as if it had never stopped"
                  : strcmp(state, "stopped early") == 0
                      ? ": the AUC of the validation images had not risen for as long as "
                        "training.stop_after allows"
                      : "");
}

static void print_subject(px_html *html, const px_train_summary *summary) {
    const px_train_config *config = summary->config;
    px_html_print(html, "<p>");
    if (config->has_arch)
        px_html_print(html, "A network <strong>%s</strong>", px_arch_name(config->arch));
    else
        px_html_print(html, "A network");
    if (config->start) {
        px_html_print(html, ", starting from <strong>");
        px_train_print_file(html, config->start);
        px_html_print(html, "</strong>,");
    } else {
        px_html_print(html, ", starting from random weights,");
    }
    px_html_print(html, " learns ");
    px_html_plural(html, summary->history->n_findings, "finding", "findings");
    px_html_print(html, " of chest radiographs, shown to it at %d by %d pixels.</p>\n",
                  config->input.width, config->input.height);
}

static void print_result(px_html *html, const px_history *history) {
    const px_history_row *best = px_history_best(history);
    if (!best)
        return;
    px_html_print(html,
                  "<p>Averaged over findings, the area under the ROC curve (AUC) of the validation "
                  "images was best in epoch %d: <strong>%.3f</strong>. It is how often an image "
                  "with a finding gets a higher score than one without it: 0.5 is chance, 1 is "
                  "perfect.</p>\n",
                  best->epoch, best->mean_auc);
}

/* ---- To know ----------------------------------------------------------------------------------
 */

static bool has_few(const px_train_count *count) {
    return count && (count->valid_positive < PX_TRAIN_FEW || count->valid_negative < PX_TRAIN_FEW);
}

static void print_few(px_html *html, const px_train_summary *summary) {
    int told = 0;
    for (int f = 0; f < summary->history->n_findings; f++) {
        if (!has_few(px_train_count_of(summary, f)))
            continue;
        if (told++ == 0)
            px_html_print(html, "<li>Fewer than %d validation images with or without ",
                          PX_TRAIN_FEW);
        else
            px_html_print(html, ", ");
        px_html_text(html, px_train_finding_name(summary->history, f));
    }
    if (told > 0)
        px_html_print(html, ": the AUC there moves by chance from epoch to epoch "
                            "(<a href=\"#findings\">findings</a>).</li>\n");
}

static void print_patients(px_html *html, const px_train_summary *summary) {
    if (summary->train_images > 0 && summary->train_patients == 0)
        px_html_print(html, "<li>Patients are not known: images of one may be in both parts, and "
                            "the AUC then tells how well the network knows its patients.</li>\n");
    if (summary->unreadable > 0) {
        px_html_print(html, "<li>An image could not be read ");
        px_html_plural(html, summary->unreadable, "time", "times");
        px_html_print(html, " in all epochs together; others took its place.</li>\n");
    }
}

static void print_course(px_html *html, const px_history *history) {
    int resumed = 0, resized = 0;
    for (int i = 0; i < history->n_rows; i++) {
        resumed += history->rows[i].restarted;
        resized += i > 0 && history->rows[i].size != history->rows[i - 1].size;
    }
    if (resized > 0)
        px_html_print(html, "<li>The input grows on the way: training losses before and after are "
                            "of different pictures. Validation is always at the full size.</li>\n");
    if (resumed > 0) {
        px_html_print(html, "<li>It was resumed ");
        px_html_plural(html, resumed, "time", "times");
        px_html_print(html, ". Time is that of work, without pauses.</li>\n");
    }
}

static void print_to_know(px_html *html, const px_train_summary *summary) {
    px_html_print(html, "<h3>To know when reading on</h3>\n<ul>\n");
    if (summary->valid_images > 0)
        px_html_print(html, "<li>The best epoch was chosen by these validation images, which "
                            "flatters its AUC. How well the network reads is measured on other "
                            "patients' images: <code>perxeptron evaluate</code>.</li>\n");
    else
        px_html_print(html, "<li>Nothing is validated: the training loss alone cannot tell "
                            "learning from learning by heart.</li>\n");
    print_few(html, summary);
    print_patients(html, summary);
    print_course(html, summary->history);
    px_html_print(html, "</ul>\n");
}

void px_train_html_summary(px_html *html, const px_train_summary *summary) {
    px_html_print(html, "<section id=\"summary\">\n<h2>Summary</h2>\n");
    print_tiles(html, summary);
    print_state(html, summary->state);
    print_subject(html, summary);
    print_result(html, summary->history);
    print_to_know(html, summary);
    px_html_print(html, "</section>\n");
}
