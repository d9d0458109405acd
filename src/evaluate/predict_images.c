/* Scoring many images: several side by side, each taken from the journal or computed and added. */
#include "predict_images.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/pool.h"
#include "journal.h"
#include "name_table.h"

enum { MAX_IMAGE_BYTES = 256 << 20 };

/* One run. What several threads write is behind the mutex, but for the table: each image has rows
 * of its own there. */
typedef struct run {
    px_reader *reader;
    const px_prediction_images *images;
    const px_predict_options *options;
    px_predictions *table;
    px_journal *journal; /* NULL: nothing is kept */
    pthread_mutex_t mutex;
    atomic_bool stop;
    px_predict_outcome outcome;
    int64_t room; /* of the table's failures */
    px_error err; /* what ended the run */
} run;

/* ---- A row of the table and an entry of the journal ---------------------------------------------
 */

static px_prediction_heat unpack_heat(const double *values) {
    px_prediction_heat heat = {.there = true};
    memcpy(heat.box, values, sizeof heat.box);
    memcpy(heat.point, values + 4, sizeof heat.point);
    return heat;
}

static void fill_row(px_predictions *table, int64_t image, const px_journal_entry *entry) {
    const double *score = entry->scores;
    for (int f = 0; f < table->n_findings; f++) {
        for (int m = 0; m < table->n_members; m++)
            px_predictions_column(table, f, m)[image] = *score++;
        px_predictions_column(table, f, PX_PREDICTIONS_ENSEMBLE)[image] = *score++;
        if (table->heat)
            px_predictions_heat(table, f)[image] =
                unpack_heat(entry->heat + f * PX_JOURNAL_HEAT_VALUES);
    }
    table->scored[image] = true;
}

static size_t find_hottest(const float *heat, size_t count) {
    size_t hottest = 0;
    for (size_t i = 1; i < count; i++) {
        if (heat[i] > heat[hottest])
            hottest = i;
    }
    return hottest;
}

static void pack_heat(const px_reading *reading, const px_finding *f, double *values) {
    const double sides[] = {reading->width, reading->height};
    const int width = reading->heat_width, height = reading->heat_height;
    size_t hottest = find_hottest(f->heat, (size_t)width * (size_t)height);
    for (int i = 0; i < 4; i++)
        values[i] = f->box[i] / sides[i % 2];
    values[4] = ((double)(hottest % (size_t)width) + 0.5) / width;
    values[5] = ((double)(hottest / (size_t)width) + 0.5) / height;
}

/* A reading as an entry, whose arrays are the caller's to free. */
static bool make_entry(const px_predictions *table, const px_reading *reading,
                       px_journal_entry *entry, px_error *err) {
    size_t findings = (size_t)table->n_findings, scorers = (size_t)table->n_members + 1;
    *entry = (px_journal_entry){0};
    memcpy(entry->file, reading->sha256, sizeof entry->file);
    entry->scores = px_alloc(findings * scorers, sizeof *entry->scores, err);
    if (table->heat)
        entry->heat = px_alloc(findings * PX_JOURNAL_HEAT_VALUES, sizeof *entry->heat, err);
    if (!entry->scores || (table->heat && !entry->heat))
        return false;
    for (size_t f = 0; f < findings; f++) {
        const px_finding *finding = &reading->findings[f];
        for (size_t m = 0; m + 1 < scorers; m++)
            entry->scores[f * scorers + m] = px_predictions_score(finding->member_scores[m]);
        entry->scores[f * scorers + scorers - 1] = px_predictions_score(finding->score);
        if (entry->heat)
            pack_heat(reading, finding, entry->heat + f * PX_JOURNAL_HEAT_VALUES);
    }
    return true;
}

/* ---- One image --------------------------------------------------------------------------------
 */

static void end_run(run *r, const px_error *err) {
    if (r->err.code == PX_OK)
        r->err = *err;
    atomic_store(&r->stop, true);
}

/* With the mutex held. */
static void note_failure(run *r, int64_t image, px_error *failure) {
    px_predictions *table = r->table;
    px_error err = {0};
    if (table->n_failures == r->room) {
        void *failures = table->failures;
        int64_t room = r->room ? 2 * r->room : 16;
        bool ok = px_realloc(&failures, (size_t)room, sizeof *table->failures, &err);
        table->failures = failures;
        if (!ok) {
            end_run(r, &err);
            return;
        }
        r->room = room;
    }
    table->failures[table->n_failures++] = (px_prediction_failure){image, *failure};
    r->outcome.failed++;
    char *text = px_format(NULL, "%s: %s", failure->subject, failure->message);
    px_progress_hide(r->options->progress);
    if (r->options->tell && text)
        r->options->tell(r->options->tell_context, text);
    free(text);
}

/* Does the journal have this image as it is now? */
static bool take_from_journal(run *r, int64_t image, const px_buffer *bytes) {
    if (!r->journal)
        return false;
    pthread_mutex_lock(&r->mutex);
    const px_journal_entry *entry = px_journal_find(r->journal, r->images->paths[image]);
    pthread_mutex_unlock(&r->mutex); /* entries stay where they are */
    char hash[PX_SHA256_HEX];
    if (!entry || (r->table->heat && !entry->heat))
        return false;
    px_sha256_bytes(bytes->data, bytes->size, hash);
    if (strcmp(hash, entry->file) != 0)
        return false;
    fill_row(r->table, image, entry);
    return true;
}

static bool compute(run *r, int64_t image, const px_buffer *bytes, px_error *failure) {
    const px_read_options wanted = {.heat_maps = r->options->heat,
                                    .heat_side = PX_READER_HEAT_SIDE};
    px_reading *reading = px_reader_read(r->reader, bytes->data, bytes->size, &wanted, failure);
    px_journal_entry entry = {0};
    bool ok = reading && make_entry(r->table, reading, &entry, failure);
    px_reading_free(reading);
    if (ok) {
        px_error err = {0};
        fill_row(r->table, image, &entry);
        pthread_mutex_lock(&r->mutex);
        if (r->journal && !px_journal_add(r->journal, r->images->paths[image], &entry, &err))
            end_run(r, &err);
        pthread_mutex_unlock(&r->mutex);
    }
    free(entry.scores);
    free(entry.heat);
    return ok;
}

static void predict_one(void *context, int task, int worker) {
    (void)worker;
    run *r = context;
    const int64_t image = task;
    if (r->options->stopped && r->options->stopped())
        atomic_store(&r->stop, true);
    if (atomic_load(&r->stop))
        return;
    px_error failure = {0};
    px_buffer bytes;
    px_buffer_init(&bytes, MAX_IMAGE_BYTES);
    bool read = r->images->read(r->images->context, image, &bytes, &failure);
    bool kept = read && take_from_journal(r, image, &bytes);
    bool computed = read && !kept && compute(r, image, &bytes, &failure);
    px_buffer_clear(&bytes);
    px_error_set_subject(failure.code == PX_OK ? NULL : &failure, r->images->paths[image]);
    pthread_mutex_lock(&r->mutex);
    r->outcome.kept += kept;
    r->outcome.computed += computed;
    if (failure.code == PX_ERR_MEMORY)
        end_run(r, &failure);
    else if (!kept && !computed)
        note_failure(r, image, &failure);
    px_progress_add(r->options->progress, 1);
    pthread_mutex_unlock(&r->mutex);
}

/* ---- The run ----------------------------------------------------------------------------------
 */

static bool check_paths(const px_prediction_images *images, px_error *err) {
    px_name_table *seen = px_name_table_new(err);
    bool ok = seen != NULL;
    for (int64_t i = 0; ok && i < images->count; i++) {
        int64_t *number = px_name_table_put(seen, images->paths[i], err);
        ok = number && (*number == PX_NAME_NONE ||
                        px_fail(err, PX_ERR_USAGE, images->paths[i], "the image is there twice"));
        if (ok)
            *number = i;
    }
    px_name_table_free(seen);
    return ok;
}

static bool make_table(const px_reader *reader, const px_prediction_images *images, bool heat,
                       px_predictions *table, px_error *err) {
    const px_ensemble *e = px_reader_ensemble(reader);
    const char **findings = px_alloc((size_t)e->n_findings, sizeof *findings, err);
    const char **members = px_alloc((size_t)e->n_members, sizeof *members, err);
    bool ok = findings && members;
    for (int i = 0; ok && i < e->n_findings; i++)
        findings[i] = e->findings[i].id;
    for (int i = 0; ok && i < e->n_members; i++)
        members[i] = e->members[i].name;
    ok = ok && px_predictions_make(table, images->count, images->paths, e->n_findings, findings,
                                   e->n_members, members, heat, err);
    if (ok)
        memcpy(table->version, e->version, sizeof table->version);
    free(findings);
    free(members);
    return ok;
}

static int compare_failures(const void *a, const void *b) {
    const px_prediction_failure *x = a, *y = b;
    return (x->image > y->image) - (x->image < y->image);
}

static bool open_journal(run *r, px_error *err) {
    const px_ensemble *e = px_reader_ensemble(r->reader);
    const px_journal_owner owner = {e->version, e->n_findings, e->n_members};
    if (!r->options->journal)
        return true;
    r->journal = px_journal_open(r->options->journal, &owner, r->options->tell,
                                 r->options->tell_context, err);
    return r->journal != NULL;
}

static bool run_all(run *r, px_error *err) {
    px_pool *pool = px_pool_new(px_reader_readings_at_once(r->reader), err);
    bool ok = pool && open_journal(r, err);
    if (ok) {
        px_pool_run(pool, (int)r->images->count, predict_one, r);
        ok = px_journal_close(r->journal, &r->err) && r->err.code == PX_OK;
    }
    px_pool_free(pool);
    if (!ok && r->err.code != PX_OK)
        return px_fail(err, r->err.code, r->err.subject, "%s", r->err.message);
    return ok;
}

bool px_predict_images(px_reader *reader, const px_prediction_images *images,
                       const px_predict_options *options, px_predictions *predictions,
                       px_predict_outcome *outcome, px_error *err) {
    px_predictions table;
    px_predictions_init(&table);
    run r = {.reader = reader, .images = images, .options = options, .table = &table};
    if (options->heat && !px_reader_has_heat_maps(reader))
        return px_fail(err, PX_ERR_UNSUPPORTED, NULL,
                       "a member's network does not allow heat maps");
    pthread_mutex_init(&r.mutex, NULL);
    bool ok = check_paths(images, err) && make_table(reader, images, options->heat, &table, err) &&
              run_all(&r, err);
    pthread_mutex_destroy(&r.mutex);
    if (!ok) {
        px_predictions_clear(&table);
        return false;
    }
    if (table.n_failures > 1)
        qsort(table.failures, (size_t)table.n_failures, sizeof *table.failures, compare_failures);
    r.outcome.stopped = atomic_load(&r.stop);
    *predictions = table;
    *outcome = r.outcome;
    return true;
}
