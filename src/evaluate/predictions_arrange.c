/* A table of scores in the order of other paths. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "name_table.h"
#include "predictions.h"

enum { NONE = -1, SEVERAL = -2 };

/* Finding images by path. */
typedef struct matching {
    const px_predictions *table;
    px_name_table *exact; /* the table's paths */
    px_name_table *tails; /* their ends at a "/"; SEVERAL where two share one */
    int64_t *image;       /* [n] of each wanted path */
    uint8_t *is_exact;    /* [n] */
    int64_t *claims;      /* [images] how many paths want it, exact ones alone where there are */
} matching;

static bool fill_tables(matching *m, px_error *err) {
    m->exact = px_name_table_new(err);
    m->tails = px_name_table_new(err);
    for (int64_t i = 0; m->exact && m->tails && i < m->table->n_images; i++) {
        const char *path = m->table->paths[i];
        int64_t *number = px_name_table_put(m->exact, path, err);
        if (!number)
            return false;
        *number = i;
        for (const char *tail = path; (tail = strchr(tail, '/')) != NULL;) {
            tail++;
            int64_t *owner = *tail ? px_name_table_put(m->tails, tail, err) : NULL;
            if (*tail && !owner)
                return false;
            if (owner)
                *owner = *owner == PX_NAME_NONE ? i : SEVERAL;
        }
    }
    return m->exact && m->tails;
}

/* The image that a path means; NONE or SEVERAL. */
static int64_t match_path(const matching *m, const char *path, uint8_t *is_exact) {
    int64_t image = px_name_table_find(m->exact, path);
    *is_exact = image >= 0;
    for (const char *tail = path; image < 0 && (tail = strchr(tail, '/')) != NULL;)
        image = px_name_table_find(m->exact, ++tail);
    return image >= 0 ? image : px_name_table_find(m->tails, path);
}

static bool match_all(matching *m, int64_t n, const char *const *paths, px_error *err) {
    m->image = px_alloc((size_t)n, sizeof *m->image, err);
    m->is_exact = px_alloc((size_t)n, sizeof *m->is_exact, err);
    m->claims = px_alloc((size_t)m->table->n_images, sizeof *m->claims, err);
    if (!m->image || !m->is_exact || !m->claims || !fill_tables(m, err))
        return false;
    for (int64_t i = 0; i < n; i++) {
        m->image[i] = match_path(m, paths[i], &m->is_exact[i]);
        if (m->image[i] >= 0 && m->is_exact[i])
            m->claims[m->image[i]] = 1;
    }
    for (int64_t i = 0; i < n; i++) {
        if (m->image[i] < 0 || m->is_exact[i])
            continue;
        m->claims[m->image[i]]++; /* 2 or more: not this path's alone */
    }
    for (int64_t i = 0; i < n; i++) {
        if (m->image[i] >= 0 && !m->is_exact[i] && m->claims[m->image[i]] > 1)
            m->image[i] = SEVERAL;
    }
    return true;
}

static void clear_matching(matching *m) {
    px_name_table_free(m->exact);
    px_name_table_free(m->tails);
    free(m->image);
    free(m->is_exact);
    free(m->claims);
}

static void count(const matching *m, int64_t n, px_prediction_match *match) {
    int64_t images_used = 0;
    *match = (px_prediction_match){0};
    for (int64_t i = 0; i < n; i++) {
        bool found = m->image[i] >= 0 && m->table->scored[m->image[i]];
        match->matched += found;
        match->missing += !found;
        match->ambiguous += m->image[i] == SEVERAL;
        images_used += m->image[i] >= 0;
    }
    match->unused = m->table->n_images - images_used;
}

static void copy_column(double *to, const double *from, int64_t n, const int64_t *image) {
    for (int64_t i = 0; i < n; i++)
        to[i] = image[i] >= 0 ? from[image[i]] : NAN;
}

static bool copy_failures(px_predictions *to, const matching *m, int64_t n, px_error *err) {
    const px_predictions *from = m->table;
    if (from->n_failures == 0)
        return true;
    to->failures = px_alloc((size_t)from->n_failures, sizeof *to->failures, err);
    int64_t *failure = px_alloc((size_t)from->n_images, sizeof *failure, err);
    for (int64_t i = 0; failure && i < from->n_failures; i++)
        failure[from->failures[i].image] = i + 1;
    for (int64_t i = 0; to->failures && failure && i < n; i++) {
        int64_t number = m->image[i] >= 0 ? failure[m->image[i]] : 0;
        if (number == 0)
            continue;
        to->failures[to->n_failures] = from->failures[number - 1];
        to->failures[to->n_failures++].image = i;
    }
    bool ok = to->failures && failure;
    free(failure);
    return ok;
}

static bool copy_rows(px_predictions *to, const matching *m, int64_t n, px_error *err) {
    const px_predictions *from = m->table;
    for (int f = 0; f < from->n_findings; f++) {
        for (int s = PX_PREDICTIONS_ENSEMBLE; s < from->n_members; s++)
            copy_column(px_predictions_column(to, f, s), px_predictions_column(from, f, s), n,
                        m->image);
        px_prediction_heat *heat = px_predictions_heat(to, f);
        for (int64_t i = 0; heat && i < n; i++) {
            if (m->image[i] >= 0)
                heat[i] = px_predictions_heat(from, f)[m->image[i]];
        }
    }
    for (int64_t i = 0; i < n; i++)
        to->scored[i] = m->image[i] >= 0 && from->scored[m->image[i]];
    memcpy(to->version, from->version, sizeof to->version);
    return copy_failures(to, m, n, err);
}

bool px_predictions_arrange(px_predictions *predictions, int64_t n, const char *const *paths,
                            px_prediction_match *match, px_error *err) {
    const px_predictions *p = predictions;
    px_predictions made;
    px_predictions_init(&made);
    matching m = {.table = p};
    bool ok =
        px_predictions_make(&made, n, paths, p->n_findings, (const char *const *)p->findings,
                            p->n_members, (const char *const *)p->members, p->heat != NULL, err) &&
        match_all(&m, n, paths, err) && copy_rows(&made, &m, n, err);
    if (ok) {
        if (match)
            count(&m, n, match);
        px_predictions_clear(predictions);
        *predictions = made;
    } else {
        px_predictions_clear(&made);
    }
    clear_matching(&m);
    return ok;
}
