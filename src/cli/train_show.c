/* What a person sees of a training: its progress, its epochs, its end, and the table of keys. */
#include "train_show.h"

#include <math.h>
#include <string.h>

#include "outcome.h"

enum { LARGEST_DOCUMENT = 1 << 20 };

/* ---- While it trains ------------------------------------------------------------------------- */

/* "loss 0.231  AUC 0.781  41.2 images/s  1:02:03 left", what is known of it. */
static void format_figures(const px_train_progress *p, char *text, size_t size) {
    size_t used = 0;
    char left[32];
    text[0] = '\0';
    if (isfinite(p->loss) && !p->validating)
        used += (size_t)snprintf(text + used, size - used, "  loss %.4f", p->loss);
    if (isfinite(p->mean_auc))
        used += (size_t)snprintf(text + used, size - used, "  AUC %.3f", p->mean_auc);
    if (p->images_per_second > 0)
        used += (size_t)snprintf(text + used, size - used, "  %.1f images/s", p->images_per_second);
    if (isfinite(p->seconds_left) && p->seconds_left >= 0) {
        px_progress_seconds((int64_t)p->seconds_left, left, sizeof left);
        snprintf(text + used, size - used, "  %s left", left);
    }
}

static void print_epoch(px_train_show *show, const px_train_progress *epoch) {
    char figures[160], line[240];
    format_figures(epoch, figures, sizeof figures);
    snprintf(line, sizeof line, "epoch %d/%d%s", epoch->epoch, epoch->epochs, figures);
    px_train_show_line(show, line);
}

void px_train_show_line(px_train_show *show, const char *text) {
    px_progress_hide(show->bar);
    fprintf(stderr, "perxeptron: %s\n", text);
}

/* Validation's reports have no loss: the epoch's line keeps the one of its last step. */
static void remember(px_train_show *show, const px_train_progress *progress) {
    const px_train_progress before = show->last;
    show->last = *progress;
    if (progress->validating && before.epoch == progress->epoch) {
        show->last.loss = before.loss;
        show->last.rate = before.rate;
        show->last.images_per_second = before.images_per_second;
        show->last.validating = false;
    }
}

void px_train_show_progress(px_train_show *show, const px_train_progress *progress) {
    char title[60], figures[160];
    if (show->last.epoch > 0 && progress->epoch > show->last.epoch) {
        show->last.mean_auc = progress->mean_auc;
        show->last.seconds_left = progress->seconds_left;
        print_epoch(show, &show->last);
    }
    remember(show, progress);
    snprintf(title, sizeof title, progress->validating ? "Epoch %d/%d, validating" : "Epoch %d/%d",
             progress->epoch, progress->epochs);
    format_figures(progress, figures, sizeof figures);
    if (!show->bar)
        show->bar = px_progress_start(title, "steps", progress->steps);
    px_progress_set(show->bar, title, progress->step, progress->steps,
                    figures[0] ? figures + 1 : figures);
}

void px_train_show_end(px_train_show *show, const px_history *finished) {
    if (finished && finished->n_rows > 0 && show->last.epoch > 0) {
        show->last.mean_auc = finished->rows[finished->n_rows - 1].mean_auc;
        show->last.seconds_left = NAN;
        print_epoch(show, &show->last);
    }
    px_progress_finish(show->bar);
    *show = (px_train_show){0};
}

/* ---- When it is done ------------------------------------------------------------------------- */

/* A path as a shell takes it. */
static void print_quoted(FILE *out, const char *folder, const char *name) {
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789/._-+,:@%";
    if (folder[strspn(folder, plain)] == '\0') {
        fprintf(out, "%s/%s", folder, name);
        return;
    }
    fputc('\'', out);
    for (const char *c = folder; *c; c++)
        fputs(*c == '\'' ? "'\\''" : (char[]){*c, '\0'}, out);
    fprintf(out, "/%s'", name);
}

static void print_quality(FILE *out, const px_train_outcome *outcome) {
    const int epochs =
        outcome->history.n_rows ? outcome->history.rows[outcome->history.n_rows - 1].epoch : 0;
    if (outcome->best_epoch > 0)
        fprintf(out, ": mean AUC %.3f on validation, of epoch %d of %d%s\n", outcome->best_auc,
                outcome->best_epoch, epochs,
                outcome->stopped_early ? ", after which it was stopped" : "");
    else
        fprintf(out, ": of the last epoch, as no AUC was measured\n");
}

void px_train_show_outcome(FILE *out, const px_train_config *config,
                           const px_train_outcome *outcome) {
    const char *folder = config->output;
    fprintf(out, "%s/model.safetensors", folder);
    print_quality(out, outcome);
    fputs("\nTo read radiographs with it:\n  perxeptron ensemble create -o ", out);
    print_quoted(out, folder, "ensemble.json");
    fputs(" --member ", out);
    print_quoted(out, folder, "model.safetensors");
    fputs("\n  perxeptron serve --ensemble ", out);
    print_quoted(out, folder, "ensemble.json");
    fputs("\nHow it learned: ", out);
    print_quoted(out, folder, "report.html");
    fputc('\n', out);
}

/* ---- Documentation --------------------------------------------------------------------------- */

px_exit px_train_document(FILE *out) {
    px_error err = {0};
    px_buffer text;
    px_buffer_init(&text, LARGEST_DOCUMENT);
    const bool ok = px_train_config_describe(&text, &err);
    if (ok)
        fwrite(text.data, 1, text.size, out);
    px_buffer_clear(&text);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}
