/* Weights of the smallest log loss. The probability that a pool gives to a label is itself a pool,
 * of what each member gives to it: the likelihood of a mixture with known parts. */
#include "fit_logloss.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"

enum { MOST_STEPS = 50 };

static const double first_barrier = 1e-2, last_barrier = 1e-12, barrier_factor = 0.1;
static const double least_score = 1e-7; /* away from 0 and 1 */
static const double trusted_decrement = 1e-8, last_decrement = 1e-20;

/* The problem and the room to solve it. */
typedef struct solver {
    size_t n, k;
    const double *given; /* [n][k] what a member gives to the label that is there */
    double *gradient, *step, *ones, *trial; /* [k] */
    double *hessian;                        /* [k][k], then its Cholesky factor */
} solver;

static double pool_of(const solver *s, const double *weights, size_t row) {
    double sum = 0;
    for (size_t j = 0; j < s->k; j++)
        sum += weights[j] * s->given[row * s->k + j];
    return sum;
}

/* Mean log loss and the barrier; infinite outside of the simplex. */
static double cost(const solver *s, const double *weights, double barrier) {
    double loss = 0, walls = 0;
    for (size_t j = 0; j < s->k; j++) {
        if (!(weights[j] > 0))
            return INFINITY;
        walls -= log(weights[j]);
    }
    for (size_t i = 0; i < s->n; i++)
        loss -= log(pool_of(s, weights, i));
    return loss / (double)s->n + barrier * walls;
}

static void derive(solver *s, const double *weights, double barrier) {
    const size_t k = s->k;
    memset(s->gradient, 0, k * sizeof *s->gradient);
    memset(s->hessian, 0, k * k * sizeof *s->hessian);
    for (size_t i = 0; i < s->n; i++) {
        const double *q = s->given + i * k;
        double inverse = 1 / pool_of(s, weights, i);
        for (size_t a = 0; a < k; a++) {
            s->gradient[a] -= q[a] * inverse;
            for (size_t b = 0; b <= a; b++)
                s->hessian[a * k + b] += q[a] * q[b] * inverse * inverse;
        }
    }
    for (size_t a = 0; a < k; a++) {
        s->gradient[a] = s->gradient[a] / (double)s->n - barrier / weights[a];
        for (size_t b = 0; b <= a; b++)
            s->hessian[a * k + b] /= (double)s->n;
        s->hessian[a * k + a] += barrier / (weights[a] * weights[a]);
    }
}

/* Cholesky's factor in the lower half. */
static void factor(solver *s) {
    const size_t k = s->k;
    double *m = s->hessian;
    for (size_t a = 0; a < k; a++) {
        for (size_t b = 0; b <= a; b++) {
            double sum = m[a * k + b];
            for (size_t c = 0; c < b; c++)
                sum -= m[a * k + c] * m[b * k + c];
            m[a * k + b] = a == b ? sqrt(fmax(sum, 1e-300)) : sum / m[b * k + b];
        }
    }
}

static void solve(const solver *s, double *x) {
    const size_t k = s->k;
    const double *m = s->hessian;
    for (size_t a = 0; a < k; a++) {
        for (size_t b = 0; b < a; b++)
            x[a] -= m[a * k + b] * x[b];
        x[a] /= m[a * k + a];
    }
    for (size_t a = k; a-- > 0;) {
        for (size_t b = a + 1; b < k; b++)
            x[a] -= m[b * k + a] * x[b];
        x[a] /= m[a * k + a];
    }
}

/* Newton's step along sum(weights) = 1. @return its decrement: twice the expected gain. */
static double find_step(solver *s) {
    double along = 0, normal = 0, decrement = 0;
    factor(s);
    for (size_t j = 0; j < s->k; j++) {
        s->step[j] = -s->gradient[j];
        s->ones[j] = 1;
    }
    solve(s, s->step);
    solve(s, s->ones);
    for (size_t j = 0; j < s->k; j++) {
        along += s->step[j];
        normal += s->ones[j];
    }
    for (size_t j = 0; j < s->k; j++) {
        s->step[j] -= s->ones[j] * along / normal;
        decrement -= s->step[j] * s->gradient[j];
    }
    return decrement;
}

/* Backtracking; near the minimum, where the cost's last bits cannot tell, Newton's own step, which
 * is then right. @return false when no length makes it better. */
static bool take_step(solver *s, double *weights, double barrier, double decrement) {
    double before = cost(s, weights, barrier), length = 1;
    for (int tries = 0; tries < 60; tries++, length /= 2) {
        for (size_t j = 0; j < s->k; j++)
            s->trial[j] = weights[j] + length * s->step[j];
        double after = cost(s, s->trial, barrier);
        if (after <= before - 0.25 * length * decrement ||
            (decrement < trusted_decrement && isfinite(after))) {
            memcpy(weights, s->trial, s->k * sizeof *weights);
            return true;
        }
    }
    return false;
}

static void minimise(solver *s, double *weights) {
    for (double barrier = first_barrier; barrier >= last_barrier / 2; barrier *= barrier_factor) {
        for (int i = 0; i < MOST_STEPS; i++) {
            derive(s, weights, barrier);
            double decrement = find_step(s);
            if (!(decrement > last_decrement) || !take_step(s, weights, barrier, decrement))
                break;
        }
    }
}

/* The log likelihood is concave: no other weights are better by more than max_j g_j - 1. */
static double bound(solver *s, const double *weights) {
    double most = 0;
    derive(s, weights, 0);
    for (size_t j = 0; j < s->k; j++)
        most = fmax(most, -s->gradient[j]);
    return most - 1;
}

static double *fill_given(const px_weights_data *data, px_error *err) {
    size_t k = (size_t)data->n_members;
    double *given = px_alloc(data->n * k, sizeof *given, err);
    for (size_t i = 0; given && i < data->n; i++) {
        for (size_t j = 0; j < k; j++) {
            double score = fmin(fmax(data->scores[j][i], least_score), 1 - least_score);
            given[i * k + j] = data->labels[i] ? score : 1 - score;
        }
    }
    return given;
}

bool px_fit_logloss(const px_weights_data *data, double *weights, double *gap, px_error *err) {
    size_t k = (size_t)data->n_members;
    double *given = fill_given(data, err);
    double *room = given ? px_alloc(k * (k + 5), sizeof *room, err) : NULL;
    if (room) {
        solver s = {.n = data->n,
                    .k = k,
                    .given = given,
                    .gradient = room,
                    .step = room + k,
                    .ones = room + 2 * k,
                    .trial = room + 3 * k,
                    .hessian = room + 5 * k};
        double *found = room + 4 * k;
        for (size_t j = 0; j < k; j++)
            found[j] = 1 / (double)k;
        minimise(&s, found);
        if (gap)
            *gap = bound(&s, found);
        memcpy(weights, found, k * sizeof *weights);
    }
    free(given);
    free(room);
    return room != NULL;
}
