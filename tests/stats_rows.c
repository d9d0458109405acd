/* Random rows for the tests of statistics; make_stats_reference.py makes the same ones. */
#include "stats_rows.h"

#include <math.h>

#include "../src/base/random.h"

static double make_score(px_random *random, int levels, bool positive) {
    double score = px_random_uniform(random);
    if (positive)
        score = 1 - (1 - score) * px_random_uniform(random);
    return levels ? floor(score * levels) / levels : score;
}

void stats_rows_make(const stats_case *from, stats_rows *rows) {
    px_random random;
    px_random_init(&random, from->seed, 0);
    rows->n = (size_t)from->n;
    for (size_t i = 0; i < rows->n; i++) {
        bool positive = px_random_uniform(&random) < from->prevalence;
        rows->labels[i] = positive;
        rows->a[i] = make_score(&random, from->levels, positive);
        rows->b[i] = make_score(&random, from->levels, positive);
        rows->weights[i] = (uint8_t)(px_random_uniform(&random) * 4);
    }
}
