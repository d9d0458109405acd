/* The learning rate of each step (learning_rate.h). */
#include "learning_rate.h"

#include <math.h>

#include "../base/error.h"

static const double pi = 3.14159265358979323846;

static const char *const names[PX_RATES] = {[PX_RATE_CONSTANT] = "constant",
                                            [PX_RATE_CYCLIC] = "cyclic",
                                            [PX_RATE_ONE_CYCLE] = "one_cycle",
                                            [PX_RATE_COSINE] = "cosine",
                                            [PX_RATE_PLATEAU] = "plateau"};

const char *px_rate_name(px_rate_kind kind) {
    return kind >= 0 && kind < PX_RATES ? names[kind] : "?";
}

bool px_rate_check(const px_rate *r, px_error *err) {
    if (r->kind < 0 || r->kind >= PX_RATES)
        return px_fail(err, PX_ERR_USAGE, NULL, "there is no schedule %d", (int)r->kind);
    if (!(r->high > 0) || !isfinite(r->high) || !(r->low >= 0) || !(r->low <= r->high))
        return px_fail(err, PX_ERR_USAGE, NULL,
                       "the learning rate goes from %g to %g: it must rise, from 0 or more", r->low,
                       r->high);
    if (r->warm_up < 0)
        return px_fail(err, PX_ERR_USAGE, NULL, "a warm-up of less than no steps");
    if (r->kind == PX_RATE_CYCLIC && r->half_cycle < 1)
        return px_fail(err, PX_ERR_USAGE, NULL, "half a cycle takes one step or more");
    if ((r->kind == PX_RATE_ONE_CYCLE || r->kind == PX_RATE_COSINE) && r->steps < 1)
        return px_fail(err, PX_ERR_USAGE, NULL, "a %s schedule needs the number of all steps",
                       px_rate_name(r->kind));
    if (r->kind == PX_RATE_ONE_CYCLE &&
        (!(r->rise > 0) || !(r->rise < 1) || !(r->final >= 0) || !(r->final <= r->high)))
        return px_fail(err, PX_ERR_USAGE, NULL,
                       "one cycle rises for a share in (0, 1) and ends below its peak");
    if (r->kind == PX_RATE_PLATEAU &&
        (!(r->factor > 0) || !(r->factor < 1) || r->patience < 0 || !(r->least_change >= 0)))
        return px_fail(err, PX_ERR_USAGE, NULL,
                       "a plateau's factor lies in (0, 1), its patience at 0 or above");
    return true;
}

/* Half a cosine between two numbers; share in [0, 1]. */
static double anneal(double from, double to, double share) {
    share = share < 0 ? 0 : share > 1 ? 1 : share;
    return to + (from - to) / 2 * (1 + cos(pi * share));
}

static double triangle(const px_rate *r, int64_t step) {
    int64_t place = step % (2 * r->half_cycle);
    double share = (double)place / (double)r->half_cycle;
    return r->low + (r->high - r->low) * (share <= 1 ? share : 2 - share);
}

/* The peak is at step rise * steps - 1, the end at steps - 1, as in PyTorch's OneCycleLR. */
static double one_cycle(const px_rate *r, int64_t step) {
    double peak = r->rise * (double)r->steps - 1, end = (double)(r->steps - 1);
    double at = (double)step;
    if (at <= peak)
        return anneal(r->low, r->high, peak > 0 ? at / peak : 1);
    return anneal(r->high, r->final, end > peak ? (at - peak) / (end - peak) : 1);
}

static double scheduled(const px_rate *r, const px_rate_state *state, int64_t step) {
    switch (r->kind) {
    case PX_RATE_CYCLIC:
        return triangle(r, step);
    case PX_RATE_ONE_CYCLE:
        return one_cycle(r, step);
    case PX_RATE_COSINE:
        return anneal(r->high, r->low, (double)step / (double)r->steps);
    case PX_RATE_PLATEAU:
        return fmax(r->high * pow(r->factor, state->reductions), r->low);
    default:
        return r->high;
    }
}

double px_rate_at(const px_rate *r, const px_rate_state *state, int64_t step) {
    double rate = scheduled(r, state, step);
    if (step < r->warm_up)
        rate *= (double)(step + 1) / (double)r->warm_up;
    return rate;
}

bool px_rate_watch(const px_rate *r, px_rate_state *state, double value) {
    bool first = !state->seen && !isnan(value);
    if (first || value > state->best + r->least_change) {
        *state = (px_rate_state){true, value, 0, state->reductions};
        return false;
    }
    state->waited++;
    if (r->kind != PX_RATE_PLATEAU || state->waited <= r->patience)
        return false;
    state->waited = 0;
    state->reductions++;
    return true;
}
