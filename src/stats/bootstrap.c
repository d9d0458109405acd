/* The rounds of the bootstrap: drawing weights, and the figures under them. */
#include "bootstrap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/random.h"
#include "bootstrap_set.h"
#include "samples.h"

/* Everything that the rounds share; they only read it, but for their own columns and scratch. */
typedef struct {
    size_t n_sets, n_terms, rounds, n_units, most_rows;
    px_sorted_set *sets;
    const px_bootstrap_term *terms;
    bool stratified;
    uint64_t seed;
    double *replicates;
    uint8_t *scratch; /* [threads][n_units + most_rows]: how often each unit was drawn; weights */
} round_plan;

/* Draw `n` of `n` units with replacement. Numbers below n from halves of random words by the method
 * of Lemire 2019, unbiased. */
static void draw(px_random *random, uint8_t *counts, uint32_t n) {
    memset(counts, 0, n);
    uint32_t rejected = n ? -n % n : 0;
    uint64_t word = 0;
    for (uint32_t drawn = 0, halves = 0; drawn < n; halves++) {
        word = halves % 2 ? word >> 32 : px_random_u64(random);
        uint64_t product = (uint64_t)(uint32_t)word * n;
        if ((uint32_t)product < rejected)
            continue;
        uint8_t *count = &counts[product >> 32];
        *count =
            (uint8_t)(*count + (*count < UINT8_MAX)); /* of n in n, 256 never come: 1 in 10^506 */
        drawn++;
    }
}

static void compute_terms(const round_plan *plan, size_t s, const uint8_t *weights, size_t round,
                          double *values) {
    px_weighted_counts kept = {.threshold = NAN};
    for (size_t t = 0; t < plan->n_terms; t++) {
        if (plan->terms[t].set == s)
            values[t * plan->rounds + round] =
                px_sorted_set_figure(&plan->sets[s], weights, &plan->terms[t], &kept);
    }
}

static void run_round(void *context, int task, int worker) {
    const round_plan *plan = context;
    size_t round = (size_t)task;
    uint8_t *counts = plan->scratch + (size_t)worker * (plan->n_units + plan->most_rows);
    uint8_t *weights = counts + plan->n_units;
    px_random random;
    px_random_init(&random, plan->seed, round);
    if (!plan->stratified)
        draw(&random, counts, (uint32_t)plan->n_units);
    for (size_t s = 0; s < plan->n_sets; s++) {
        const px_sorted_set *set = &plan->sets[s];
        if (plan->stratified) {
            draw(&random, counts, (uint32_t)set->positives);
            draw(&random, counts + set->positives, (uint32_t)(set->n - set->positives));
        }
        for (size_t i = 0; i < set->n; i++)
            weights[i] = counts[set->units[i]];
        compute_terms(plan, s, weights, round, plan->replicates);
    }
}

static bool is_rate(px_bootstrap_statistic statistic) {
    return statistic >= PX_BOOTSTRAP_SENSITIVITY;
}

static bool check_terms(const px_bootstrap_term *terms, size_t n_terms, size_t n_sets,
                        px_error *err) {
    if (n_sets == 0 || n_sets > PX_BOOTSTRAP_MOST_SETS || n_terms == 0)
        return px_fail(err, PX_ERR_USAGE, NULL, "bootstrap of %zu sets and %zu terms", n_sets,
                       n_terms);
    for (size_t t = 0; t < n_terms; t++) {
        bool known = (unsigned)terms[t].statistic <= PX_BOOTSTRAP_F1 && terms[t].set < n_sets;
        if (!known || (is_rate(terms[t].statistic) && isnan(terms[t].threshold)))
            return px_fail(err, PX_ERR_USAGE, NULL, "term %zu of the bootstrap makes no sense",
                           t + 1);
    }
    return true;
}

bool px_bootstrap_check_options(const px_bootstrap_options *options, px_error *err) {
    if (options->rounds < 1 || options->rounds > PX_BOOTSTRAP_MOST_ROUNDS)
        return px_fail(err, PX_ERR_USAGE, NULL, "%zu bootstrap rounds: 1 to %d are possible",
                       options->rounds, PX_BOOTSTRAP_MOST_ROUNDS);
    bool clustered = options->scheme == PX_BOOTSTRAP_CLUSTERED;
    if (!clustered && (options->scheme != PX_BOOTSTRAP_STRATIFIED || options->clusters))
        return px_fail(err, PX_ERR_USAGE, NULL, "clusters are for the clustered bootstrap");
    return true;
}

static bool wants(const px_bootstrap_term *terms, size_t n_terms, size_t set,
                  px_bootstrap_statistic statistic) {
    for (size_t t = 0; t < n_terms; t++) {
        if (terms[t].set == set && terms[t].statistic == statistic)
            return true;
    }
    return false;
}

static void clear_sets(px_sorted_set *sets, size_t n_sets) {
    for (size_t s = 0; sets && s < n_sets; s++)
        px_sorted_set_clear(&sets[s]);
    free(sets);
}

static px_sorted_set *make_sets(const px_bootstrap_set *from, size_t n_sets, size_t n,
                                const px_bootstrap_term *terms, size_t n_terms,
                                const uint32_t *units, px_error *err) {
    px_sorted_set *sets = px_alloc(n_sets, sizeof *sets, err);
    for (size_t s = 0; sets && s < n_sets; s++) {
        px_error own = {0};
        if (px_sorted_set_make(&from[s], n, units, wants(terms, n_terms, s, PX_BOOTSTRAP_BRIER),
                               wants(terms, n_terms, s, PX_BOOTSTRAP_LOG_LOSS), &sets[s], &own))
            continue;
        if (n_sets > 1)
            px_fail(err, own.code, NULL, "set %zu, %s", s + 1, own.message);
        else
            px_fail(err, own.code, NULL, "%s", own.message);
        clear_sets(sets, n_sets);
        return NULL;
    }
    return sets;
}

static bool check_rows(size_t n, px_error *err) {
    if (n == 0)
        return px_fail(err, PX_ERR_INPUT, NULL, "there are no rows");
    if (n > PX_SAMPLES_MOST)
        return px_fail(err, PX_ERR_LIMIT, NULL, "%zu rows are more than %zu", n, PX_SAMPLES_MOST);
    return true;
}

static size_t most_rows(const px_sorted_set *sets, size_t n_sets) {
    size_t most = 0;
    for (size_t s = 0; s < n_sets; s++)
        most = sets[s].n > most ? sets[s].n : most;
    return most;
}

bool px_bootstrap_run(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                      const px_bootstrap_term *terms, size_t n_terms,
                      const px_bootstrap_options *options, double *replicates, px_error *err) {
    if (!check_rows(n, err) || !check_terms(terms, n_terms, n_sets, err) ||
        !px_bootstrap_check_options(options, err))
        return false;
    round_plan plan = {.n_sets = n_sets,
                       .n_terms = n_terms,
                       .rounds = options->rounds,
                       .terms = terms,
                       .stratified = options->scheme == PX_BOOTSTRAP_STRATIFIED,
                       .seed = options->seed,
                       .replicates = replicates};
    uint32_t *units = NULL;
    if (!plan.stratified &&
        !(units = px_samples_number_groups(options->clusters, n, &plan.n_units, err)))
        return false;
    plan.sets = make_sets(sets, n_sets, n, terms, n_terms, units, err);
    free(units);
    if (!plan.sets)
        return false;
    plan.most_rows = most_rows(plan.sets, n_sets);
    plan.n_units = plan.stratified ? plan.most_rows : plan.n_units;
    plan.scratch =
        px_alloc((size_t)px_pool_threads(options->pool), plan.n_units + plan.most_rows, err);
    bool ok = plan.scratch != NULL;
    if (ok)
        px_pool_run(options->pool, (int)plan.rounds, run_round, &plan);
    free(plan.scratch);
    clear_sets(plan.sets, n_sets);
    return ok;
}

bool px_bootstrap_observe(const px_bootstrap_set *sets, size_t n_sets, size_t n,
                          const px_bootstrap_term *terms, size_t n_terms, double *values,
                          px_error *err) {
    if (!check_rows(n, err) || !check_terms(terms, n_terms, n_sets, err))
        return false;
    uint8_t *ones = px_alloc(n, sizeof *ones, err);
    round_plan plan = {.n_terms = n_terms, .rounds = 1, .terms = terms};
    plan.sets = ones ? make_sets(sets, n_sets, n, terms, n_terms, NULL, err) : NULL;
    bool ok = plan.sets != NULL;
    if (ok) {
        memset(ones, 1, n);
        for (size_t s = 0; s < n_sets; s++)
            compute_terms(&plan, s, ones, 0, values);
    }
    clear_sets(plan.sets, n_sets);
    free(ones);
    return ok;
}
