/* Random rows for the tests of statistics; make_stats_reference.py makes the same ones. */
#ifndef STATS_ROWS_H
#define STATS_ROWS_H

#include "perxeptron.h"

typedef struct stats_case {
    int n, levels; /* scores are multiples of 1 / levels; 0: as they come */
    double prevalence;
    uint64_t seed;
} stats_case;

enum { STATS_MOST_ROWS = 2000 };

typedef struct stats_rows {
    size_t n;
    double a[STATS_MOST_ROWS], b[STATS_MOST_ROWS]; /* two readers' scores in [0, 1) */
    uint8_t labels[STATS_MOST_ROWS], weights[STATS_MOST_ROWS];
} stats_rows;

void stats_rows_make(const stats_case *from, stats_rows *rows);

#endif
