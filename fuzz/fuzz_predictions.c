/* Any bytes as a table of scores: what parses keeps its promises, and is written and read again to
 * the same scores. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/evaluate/predictions_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

static bool same(double a, double b) {
    return a == b || (isnan(a) && isnan(b));
}

static void check_table(const px_predictions *p) {
    int64_t scores = 0;
    check(p->n_images > 0 && p->n_findings > 0 && p->version[0] == '\0');
    for (int f = 0; f < p->n_findings; f++) {
        check(px_ensemble_id_ok(p->findings[f]) && px_predictions_find(p, p->findings[f]) == f);
        for (int m = PX_PREDICTIONS_ENSEMBLE; m < p->n_members; m++) {
            const double *column = px_predictions_column(p, f, m);
            for (int64_t i = 0; i < p->n_images; i++) {
                check(isnan(column[i]) || (column[i] >= 0 && column[i] <= 1 && p->scored[i]));
                scores += !isnan(column[i]);
            }
        }
    }
    check(scores > 0);
}

/* In reverse order, every path is found again. */
static void check_arranged(px_predictions *p) {
    const char **paths = calloc((size_t)p->n_images, sizeof *paths);
    double *before = calloc((size_t)p->n_images, sizeof *before);
    int64_t n = p->n_images;
    check(paths && before);
    for (int64_t i = 0; i < n; i++) {
        paths[i] = strdup(p->paths[n - 1 - i]);
        before[i] = px_predictions_column(p, 0, PX_PREDICTIONS_ENSEMBLE)[n - 1 - i];
    }
    px_prediction_match match;
    check(px_predictions_arrange(p, n, paths, &match, NULL));
    check(match.unused == 0 && match.ambiguous == 0);
    for (int64_t i = 0; i < n; i++) {
        check(same(px_predictions_column(p, 0, PX_PREDICTIONS_ENSEMBLE)[i], before[i]));
        free((char *)(uintptr_t)paths[i]);
    }
    free(paths);
    free(before);
}

/* A column of what was read again, against the one it was written from. */
static void check_column(const px_predictions *p, const double *before, const px_predictions *again,
                         const double *after) {
    int64_t k = 0;
    for (int64_t i = 0; i < p->n_images && k < again->n_images; i++) {
        bool there = strcmp(p->paths[i], again->paths[k]) == 0;
        check(there ? same(before[i], after[k]) : !p->scored[i]);
        k += there;
    }
    check(k == again->n_images);
}

static void check_written(const px_predictions *p) {
    char path[64];
    snprintf(path, sizeof path, "/tmp/px_fuzz_predictions_%ld", (long)getpid());
    px_predictions again;
    px_predictions_init(&again);
    check(px_predictions_write(p, path, NULL) && px_predictions_read(path, &again, NULL));
    for (int f = 0; f < again.n_findings; f++) {
        int from = px_predictions_find(p, again.findings[f]);
        check(from >= 0);
        for (int m = PX_PREDICTIONS_ENSEMBLE; m < again.n_members; m++) {
            int member = m < 0 ? m : px_predictions_find_member(p, again.members[m]);
            check(m < 0 || member >= 0);
            check_column(p, px_predictions_column(p, from, member), &again,
                         px_predictions_column(&again, f, m));
        }
    }
    px_predictions_clear(&again);
    unlink(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    px_predictions p;
    px_predictions_init(&p);
    px_error err = {0};
    if (px_predictions_parse((const char *)data, size, &p, &err)) {
        check_table(&p);
        check_written(&p);
        check_arranged(&p);
    } else {
        check(err.code != PX_OK && err.message[0] != '\0' && !p.scores);
    }
    px_predictions_clear(&p);
    return 0;
}
