/* A folder of phantoms with tables of what they show. */
#include "phantom_set.h"

#include <inttypes.h>
#include <stdlib.h>

#include "../base/buffer.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../base/pool.h"

#define MOST_IMAGES 10000000
#define JPEG_QUALITY 95
#define MOST_FILE_BYTES ((size_t)256 << 20)
#define MOST_TABLE_BYTES ((size_t)4 << 30)
/* Images a thread draws between two looks at whether to go on. */
#define IMAGES_A_ROUND 4

/* One image of a round. */
typedef struct job {
    px_phantom_truth truth;
    px_error err;
    bool done;
} job;

typedef struct round {
    const px_phantom_set *set;
    int64_t first; /**< number of jobs[0] */
    job *jobs;
} round;

typedef struct tables {
    px_buffer labels, boxes;
} tables;

static char *new_name(const px_phantom_set *set, int64_t number, px_error *err) {
    return px_format(err, "phantom_%05" PRId64 "%s", number,
                     set->format == PX_PHANTOM_PNG ? ".png" : ".jpg");
}

static bool write_image(const px_phantom_set *set, int64_t number, const px_image *image,
                        px_error *err) {
    px_buffer bytes;
    px_buffer_init(&bytes, MOST_FILE_BYTES);
    char *name = new_name(set, number, err);
    char *path = name ? px_format(err, "%s/%s", set->folder, name) : NULL;
    const bool ok =
        path &&
        (set->format == PX_PHANTOM_PNG ? px_image_encode_png(image, &bytes, err)
                                       : px_image_encode_jpeg(image, JPEG_QUALITY, &bytes, err)) &&
        px_file_write(path, bytes.data, bytes.size, err);
    px_buffer_clear(&bytes);
    free(path);
    free(name);
    return ok;
}

static void run_job(void *context, int task, int worker) {
    (void)worker;
    const round *r = context;
    job *j = &r->jobs[task];
    const int64_t number = r->first + task;
    px_image image;
    px_image_init(&image);
    j->err = (px_error){0};
    j->done = px_phantom_draw(&r->set->options, r->set->seed, (uint64_t)number, &image, &j->truth,
                              &j->err) &&
              write_image(r->set, number, &image, &j->err);
    px_image_clear(&image);
}

static bool start_tables(tables *t, px_error *err) {
    if (!px_buffer_print(&t->labels, err, "path")) {
        return false;
    }
    for (int i = 0; i < PX_PHANTOM_FINDINGS; i++) {
        const char *id = px_phantom_finding_id((px_phantom_finding)i);
        if (!px_buffer_print(&t->labels, err, ",%s", id)) {
            return false;
        }
    }
    return px_buffer_print(&t->labels, err, "\n") &&
           px_buffer_print(&t->boxes, err, "path,finding,x,y,width,height\n");
}

static bool add_rows(tables *t, const char *name, const px_phantom_truth *truth, px_error *err) {
    bool ok = px_buffer_print(&t->labels, err, "%s", name);
    for (int i = 0; i < PX_PHANTOM_FINDINGS && ok; i++) {
        ok = px_buffer_print(&t->labels, err, ",%u", truth->findings >> i & 1);
    }
    ok = ok && px_buffer_print(&t->labels, err, "\n");
    for (int i = 0; i < truth->boxes && ok; i++) {
        const px_phantom_box *b = &truth->box[i];
        ok = px_buffer_print(&t->boxes, err, "%s,%s,%d,%d,%d,%d\n", name,
                             px_phantom_finding_id(b->finding), b->x, b->y, b->width, b->height);
    }
    return ok;
}

static bool write_table(const char *folder, const char *name, const px_buffer *table,
                        px_error *err) {
    char *path = px_format(err, "%s/%s", folder, name);
    const bool ok = path && px_file_write(path, table->data, table->size, err);
    free(path);
    return ok;
}

/* Take the finished jobs into the tables; false when one failed. */
static bool collect(const round *r, int jobs, tables *t, int64_t *finished, px_error *err) {
    bool ok = true;
    *finished = 0;
    for (int i = 0; i < jobs; i++) {
        const job *j = &r->jobs[i];
        if (!j->done) {
            ok = px_fail(err, j->err.code, j->err.subject, "%s", j->err.message);
            continue;
        }
        char *name = new_name(r->set, r->first + i, err);
        ok = name && add_rows(t, name, &j->truth, err) && ok;
        free(name);
        ++*finished;
    }
    return ok;
}

static bool run_rounds(const px_phantom_set *set, px_pool *pool, tables *t, px_error *err) {
    const int most = px_pool_threads(pool) * IMAGES_A_ROUND;
    round r = {.set = set, .first = 1, .jobs = px_alloc((size_t)most, sizeof(job), err)};
    bool ok = r.jobs != NULL;
    while (ok && r.first <= set->count) {
        const int64_t left = set->count - r.first + 1;
        const int jobs = left < most ? (int)left : most;
        px_pool_run(pool, jobs, run_job, &r);
        int64_t finished;
        ok = collect(&r, jobs, t, &finished, err);
        r.first += jobs;
        if (set->carry_on && !set->carry_on(set->context, finished) && r.first <= set->count) {
            ok =
                px_fail(err, PX_ERR_CANCELLED, set->folder,
                        "stopped after %" PRId64 " of %" PRId64 " images", r.first - 1, set->count);
        }
    }
    free(r.jobs);
    return ok;
}

static bool check_set(const px_phantom_set *set, px_error *err) {
    if (set->count < 1 || set->count > MOST_IMAGES) {
        return px_fail(err, PX_ERR_USAGE, "count", "is %" PRId64 ", must be 1 to %d", set->count,
                       MOST_IMAGES);
    }
    if (set->format == PX_PHANTOM_JPEG && set->options.depth != 8) {
        return px_fail(err, PX_ERR_USAGE, "depth", "JPEG holds 8 bits a pixel; %d need PNG",
                       set->options.depth);
    }
    return px_phantom_check_options(&set->options, err);
}

bool px_phantom_write_set(const px_phantom_set *set, px_error *err) {
    tables t;
    px_buffer_init(&t.labels, MOST_TABLE_BYTES);
    px_buffer_init(&t.boxes, MOST_TABLE_BYTES);
    px_pool *pool = NULL;
    bool ok = check_set(set, err) && px_path_make_folders(set->folder, err) &&
              start_tables(&t, err) && (pool = px_pool_new(set->threads, err)) != NULL;
    if (ok) {
        ok = run_rounds(set, pool, &t, err);
        ok = write_table(set->folder, "labels.csv", &t.labels, err) && ok;
        ok = write_table(set->folder, "boxes.csv", &t.boxes, err) && ok;
    }
    px_pool_free(pool);
    px_buffer_clear(&t.labels);
    px_buffer_clear(&t.boxes);
    return ok;
}
