/* What to try when a training learns no more, by its configuration. */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "train_report_parts.h"

#define USUAL_PATIENCE 5
#define CHANCE 0.55  /* a mean AUC below is hardly better than none */
#define SETTLED 0.1  /* share of the highest rate below which a schedule has nearly ended */
#define LEARNED 0.95 /* share of the first epoch's training loss */
#define LINE_CAP 4000
#define MOST_IDEAS 3      /* more are not tried */
#define ENOUGH_PIXELS 224 /* a larger input brings less and less */

/* A line under way. */
typedef struct advice {
    const px_train_config *config;
    const px_history *history;
    int patience;
    const px_history_row *last, *best; /* best: NULL for none */
    px_buffer text;
    int ideas;
    px_error error; /* the first failure */
} advice;

int px_train_patience(const px_train_config *config) {
    int stop = config->stop_after;
    return stop == 1 ? 1 : stop > 0 && stop <= USUAL_PATIENCE ? stop - 1 : USUAL_PATIENCE;
}

static void append(advice *a, const char *format, va_list args) PX_PRINTF(2, 0);
static void say(advice *a, const char *format, ...) PX_PRINTF(2, 3);
static void suggest(advice *a, bool applies, const char *format, ...) PX_PRINTF(3, 4);

static void append(advice *a, const char *format, va_list args) {
    char words[400];
    vsnprintf(words, sizeof words, format, args);
    px_buffer_append(&a->text, words, strlen(words), &a->error);
}

static void say(advice *a, const char *format, ...) {
    va_list args;
    va_start(args, format);
    append(a, format, args);
    va_end(args);
}

/* Add an idea where it applies and the list is not long enough. */
static void suggest(advice *a, bool applies, const char *format, ...) {
    if (!applies || a->ideas == MOST_IDEAS)
        return;
    say(a, "%s", a->ideas++ ? "; " : " Try ");
    va_list args;
    va_start(args, format);
    append(a, format, args);
    va_end(args);
}

static const char *epochs(int count) {
    return count == 1 ? "epoch" : "epochs";
}

/* ---- Ideas ------------------------------------------------------------------------------------
 */

/* Has the training loss ever fallen clearly below that of the first epoch? */
static bool has_learned(const px_history *history) {
    for (int i = 1; i < history->n_rows; i++)
        if (history->rows[i].train_loss < LEARNED * history->rows[0].train_loss)
            return true;
    return false;
}

/* The learning rate, which is the first to be suspected. */
static void advise_rate(advice *a) {
    const px_rate *rate = &a->config->rate;
    bool is_early = a->last->rate > SETTLED * rate->high;
    if (!has_learned(a->history)) {
        suggest(a, true,
                "schedule.rate %.2g, then %.2g: the training loss has hardly fallen since the "
                "first epoch",
                rate->high / 10, rate->high * 10);
        return;
    }
    switch (rate->kind) {
    case PX_RATE_CONSTANT:
        suggest(a, true, "schedule.kind \"plateau\" or \"one_cycle\", or schedule.rate %.2g",
                rate->high / 10);
        break;
    case PX_RATE_CYCLIC:
        suggest(a, true,
                "schedule.kind \"one_cycle\", whose rate comes to rest, or schedule.rate %.2g",
                rate->high / 3);
        break;
    case PX_RATE_PLATEAU:
        suggest(a, is_early && a->last->rate > 1.01 * rate->low,
                "waiting: the rate is multiplied by %.2g after more than %d %s without a rise",
                rate->factor, rate->patience, epochs(rate->patience));
        break;
    default:
        suggest(a, is_early && a->last->epoch < a->config->epochs,
                "waiting: AUC often rises as the rate falls towards epoch %d; if not, "
                "schedule.rate %.2g",
                a->config->epochs, rate->high / 3);
    }
}

/* What lets a network learn more than it does. */
static void advise_fit(advice *a) {
    const px_train_config *c = a->config;
    suggest(a, !c->start, "model.start: weights that have seen other images");
    suggest(a, c->n_freeze > 0, "fewer layers in model.freeze");
    suggest(a, c->input.width < ENOUGH_PIXELS, "a larger input.size than %d", c->input.width);
    suggest(a, c->augmentation.mixup > 0 || c->smoothing > 0,
            "less augmentation.mixup and loss.smoothing");
    suggest(a, !(c->optimiser.average > 0), "optimiser.average 0.999");
}

/* Are the last epochs, of the lowest rates, what the schedule is for? */
static bool ends_low(px_rate_kind kind) {
    return kind == PX_RATE_ONE_CYCLE || kind == PX_RATE_COSINE;
}

/* What keeps a network from learning by heart. */
static void advise_restraint(advice *a) {
    const px_train_config *c = a->config;
    const px_augmentation *g = &c->augmentation;
    suggest(a, !(g->rotation > 0 || g->shift_x > 0 || g->shift_y > 0 || g->zoom > 0),
            "augmentation.rotation 10, shift_x and shift_y 0.05, zoom 0.1");
    suggest(a, !(c->dropout > 0) && c->head == PX_HEAD_PLAIN, "model.dropout 0.3");
    suggest(a, !(c->optimiser.decay > 0), "optimiser.kind \"adamw\" with optimiser.decay 0.05");
    suggest(a, !(g->mixup > 0), "augmentation.mixup 0.2");
    suggest(a, !(c->optimiser.average > 0), "optimiser.average 0.999");
    suggest(a, c->stop_after == 0 && !ends_low(c->rate.kind),
            "training.stop_after %d, to save time", USUAL_PATIENCE);
    suggest(a, a->ideas == 0, "more images, or a smaller network");
}

/* ---- What is the matter -----------------------------------------------------------------------
 */

/* The row of the least validation loss; NULL for none. */
static const px_history_row *least_valid_loss(const px_history *history) {
    const px_history_row *least = NULL;
    for (int i = 0; i < history->n_rows; i++) {
        const px_history_row *row = &history->rows[i];
        if (isfinite(row->valid_loss) && (!least || row->valid_loss < least->valid_loss))
            least = row;
    }
    return least;
}

/* Since when the rate has been the same. */
static void tell_rate(advice *a) {
    const px_history_row *rows = a->history->rows;
    int last = a->history->n_rows - 1, first = last;
    while (first > 0 && fabs(rows[first - 1].rate - rows[last].rate) <= 1e-6 * rows[last].rate)
        first--;
    if (first < last)
        say(a, " The learning rate has been %.3g since epoch %d.", rows[last].rate,
            rows[first].epoch);
}

static void tell_plateau(advice *a) {
    bool is_fitting = px_history_train_falls(a->history, a->patience);
    say(a, "Plateau: %s for %d %s or more",
        a->best || least_valid_loss(a->history) ? "the validation has brought nothing new"
                                                : "the training loss has not fallen",
        a->patience, epochs(a->patience));
    if (a->best)
        say(a, "; the best mean AUC is %.3f, of epoch %d", a->best->mean_auc, a->best->epoch);
    say(a, ".");
    tell_rate(a);
    if (is_fitting)
        say(a, " The training loss still falls: what is learned now is of no use elsewhere.");
    suggest(a, a->best && a->best->mean_auc < CHANCE,
            "looking at labels and images: such an AUC is hardly better than chance");
    advise_rate(a);
    (is_fitting ? advise_restraint : advise_fit)(a);
}

static void tell_overfitting(advice *a) {
    const px_history_row *least = least_valid_loss(a->history);
    say(a, "Overfitting: the training loss still falls, the validation gets worse");
    if (least)
        say(a, "; its loss was least, %.3g, in epoch %d", least->valid_loss, least->epoch);
    if (a->best)
        say(a, "; the best mean AUC is %.3f, of epoch %d, whose model is kept", a->best->mean_auc,
            a->best->epoch);
    say(a, ".");
    advise_restraint(a);
}

char *px_train_advice(const px_train_config *config, const px_history *history, px_error *err) {
    advice a = {.config = config,
                .history = history,
                .patience = px_train_patience(config),
                .best = px_history_best(history)};
    px_trend trend = px_history_trend(history, a.patience);
    if (trend != PX_TREND_PLATEAU && trend != PX_TREND_OVERFITTING)
        return NULL;
    a.last = &history->rows[history->n_rows - 1];
    px_buffer_init(&a.text, LINE_CAP);
    (trend == PX_TREND_PLATEAU ? tell_plateau : tell_overfitting)(&a);
    say(&a, ".");
    if (a.error.code == PX_OK)
        return (char *)a.text.data;
    px_fail(err, a.error.code, NULL, "%s", a.error.message);
    px_buffer_clear(&a.text);
    return NULL;
}
