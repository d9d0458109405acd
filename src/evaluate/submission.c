/* A line a study: the maximum over its views. */
#include "submission.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/csv.h"
#include "../base/file.h"
#include "../base/memory.h"

enum { MAX_ROW_BYTES = 1 << 20 };

/* An image and its study, or a run of images of one study. */
typedef struct view {
    const char *study;
    int64_t image;
    const struct view *others; /* of a study's first view: where all of them begin */
    int64_t count;             /* of them; 0 for any but the first */
} view;

static int by_study(const void *a, const void *b) {
    const view *p = a, *q = b;
    const int order = strcmp(p->study, q->study);
    return order ? order : (p->image > q->image) - (p->image < q->image);
}

static int by_image(const void *a, const void *b) {
    const view *p = a, *q = b;
    return (p->image > q->image) - (p->image < q->image);
}

static double largest(const double *scores, const view *study) {
    double most = NAN;
    for (int64_t i = 0; i < study->count; i++)
        most = fmax(most, scores[study->others[i].image]); /* fmax passes over NaN */
    return most;
}

/* The row of a study, or nothing where it has no score. */
static bool print_study(const px_submission *s, const view *study, px_buffer *row, px_error *err) {
    bool ok = px_csv_print_text(row, study->study, err), any = false;
    for (int f = 0; ok && f < s->n_findings; f++) {
        const double score = largest(s->scores[f], study);
        any = any || !isnan(score);
        ok = isnan(score) ? px_buffer_print(row, err, ",")
                          : px_buffer_print(row, err, ",%.9g", score);
    }
    ok = ok && px_buffer_print(row, err, "\n");
    if (!any)
        row->size = 0;
    return ok;
}

static bool write_heading(const px_submission *s, px_file_writer *file, px_buffer *row,
                          px_error *err) {
    bool ok = px_buffer_print(row, err, "Study");
    for (int f = 0; ok && f < s->n_findings; f++)
        ok = px_buffer_print(row, err, ",") && px_csv_print_text(row, s->titles[f], err);
    return ok && px_buffer_print(row, err, "\n") &&
           px_file_writer_write(file, row->data, row->size, err);
}

static bool write_studies(const px_submission *s, const view *firsts, int64_t count,
                          px_file_writer *file, int64_t *written, px_error *err) {
    px_buffer row;
    px_buffer_init(&row, MAX_ROW_BYTES);
    bool ok = write_heading(s, file, &row, err);
    *written = 0;
    for (int64_t i = 0; ok && i < count; i++) {
        row.size = 0;
        ok = print_study(s, &firsts[i], &row, err) &&
             (row.size == 0 || px_file_writer_write(file, row.data, row.size, err));
        *written += row.size > 0;
    }
    px_buffer_clear(&row);
    return ok;
}

/* Studies' first views, in the order of the images; how many there are. */
static int64_t find_studies(view *views, int64_t n, view *firsts) {
    int64_t count = 0;
    qsort(views, (size_t)n, sizeof *views, by_study);
    for (int64_t i = 0, next; i < n; i = next) {
        for (next = i + 1; next < n && strcmp(views[i].study, views[next].study) == 0;)
            next++;
        firsts[count] = views[i];
        firsts[count].others = &views[i];
        firsts[count++].count = next - i;
    }
    qsort(firsts, (size_t)count, sizeof *firsts, by_image);
    return count;
}

bool px_submission_write(const px_submission *s, const char *path, int64_t *written,
                         int64_t *left_out, px_error *err) {
    view *views = px_alloc((size_t)s->n, sizeof *views, err);
    view *firsts = px_alloc((size_t)s->n, sizeof *firsts, err);
    bool ok = views && firsts;
    int64_t count = 0, lines = 0;
    for (int64_t i = 0; ok && i < s->n; i++)
        views[i] = (view){.study = s->studies[i], .image = i};
    if (ok)
        count = find_studies(views, s->n, firsts);
    px_file_writer *file = ok ? px_file_writer_open(path, err) : NULL;
    ok = file && write_studies(s, firsts, count, file, &lines, err);
    if (ok)
        ok = px_file_writer_commit(file, err);
    else
        px_file_writer_abandon(file);
    if (ok && written)
        *written = lines;
    if (ok && left_out)
        *left_out = count - lines;
    free(views);
    free(firsts);
    return ok;
}
