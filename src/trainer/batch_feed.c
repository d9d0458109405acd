/* Batches made ahead of time: a ring of them, filled by threads in order, emptied by one caller. */
#include "batch_feed.h"

#include <pthread.h>
#include <stdlib.h>

#include "../base/cpu.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "batch_images.h"

/* A batch of the ring. Each of its places is written by one thread; behind the mutex are: */
typedef struct slot {
    float *images, *labels;
    int64_t *rows;
    char **failures; /* [share] texts, where a place's own image could not be read */
    int left;        /* tasks that are not done */
    px_error err;    /* of the first place that failed altogether */
    int err_place;
} slot;

struct px_batch_feed {
    px_batch_images images;
    int64_t first_step, steps;
    int task_size, batch_tasks; /* places of a task; tasks of a batch */
    int n_slots;
    slot *slots;
    px_batch_scratch *scratch; /* [threads] */
    int started;
    pthread_t *threads;
    pthread_mutex_t mutex;
    pthread_cond_t room, ready;
    atomic_bool stop;

    /* Behind the mutex. Batches are counted from first_step. */
    int next_scratch;
    int64_t next_task;
    int64_t released; /* batches that the caller has given back */

    /* The caller's. */
    bool borrowed; /* batch `released` is in their hands */
    int64_t delivered, unreadable;
};

static slot *slot_of(px_batch_feed *feed, int64_t batch) {
    return &feed->slots[batch % feed->n_slots];
}

/* ---- The threads ------------------------------------------------------------------------------
 */

/* Wait until there is a task and room for it; -1: there will be none. */
static int64_t take_task(px_batch_feed *feed) {
    const int64_t tasks = (feed->steps - feed->first_step) * feed->batch_tasks;
    int64_t task = -1;
    pthread_mutex_lock(&feed->mutex);
    while (!atomic_load(&feed->stop) && feed->next_task < tasks &&
           feed->next_task / feed->batch_tasks >= feed->released + feed->n_slots)
        pthread_cond_wait(&feed->room, &feed->mutex);
    if (!atomic_load(&feed->stop) && feed->next_task < tasks)
        task = feed->next_task++;
    pthread_mutex_unlock(&feed->mutex);
    return task;
}

static void finish_task(px_batch_feed *feed, slot *s, int place, const px_error *failure) {
    pthread_mutex_lock(&feed->mutex);
    if (failure->code != PX_OK && (s->err.code == PX_OK || place < s->err_place)) {
        s->err = *failure;
        s->err_place = place;
    }
    if (--s->left == 0)
        pthread_cond_signal(&feed->ready);
    pthread_mutex_unlock(&feed->mutex);
}

static px_batch_place place_in(const px_batch_feed *feed, const slot *s, int i) {
    return (px_batch_place){s->images + (size_t)i * feed->images.samples,
                            s->labels + (size_t)i * (size_t)feed->images.findings, &s->rows[i],
                            &s->failures[i]};
}

static void run_task(px_batch_feed *feed, int64_t task, px_batch_scratch *scratch) {
    const px_batch_options *options = &feed->images.options;
    const int64_t batch = task / feed->batch_tasks;
    slot *s = slot_of(feed, batch);
    const int begin = (int)(task % feed->batch_tasks) * feed->task_size;
    const int end =
        begin + feed->task_size < options->share ? begin + feed->task_size : options->share;
    const int64_t first = (feed->first_step + batch) * options->batch + options->first;
    px_error failure = {0};
    bool ok = true;
    for (int i = begin; ok && i < end; i++) {
        const px_batch_place to = place_in(feed, s, i);
        ok = px_batch_images_make(&feed->images, first + i, &feed->stop, scratch, &to, &failure);
    }
    if (ok && options->augmentation.mixup > 0 && end - begin == 2) {
        const px_batch_place a = place_in(feed, s, begin), b = place_in(feed, s, begin + 1);
        px_batch_images_mix(&feed->images, first + begin, &a, &b);
    }
    finish_task(feed, s, begin, &failure);
}

static void *thread_main(void *argument) {
    px_batch_feed *feed = argument;
    pthread_mutex_lock(&feed->mutex);
    px_batch_scratch *scratch = &feed->scratch[feed->next_scratch++];
    pthread_mutex_unlock(&feed->mutex);
    for (int64_t task = take_task(feed); task >= 0; task = take_task(feed))
        run_task(feed, task, scratch);
    return NULL;
}

/* ---- Beginning and end ------------------------------------------------------------------------
 */

static bool check_options(const px_training_set *set, const px_batch_options *o, px_error *err) {
    const px_input_spec *input = &o->input;
    if (px_training_set_images(set, o->part) == 0)
        return px_fail(err, PX_ERR_USAGE, "part", "has no images");
    if (o->batch < 1 || o->first < 0 || o->share < 1 || o->share > o->batch - o->first)
        return px_fail(err, PX_ERR_USAGE, "share", "images %d to %d are not of a batch of %d",
                       o->first, o->first + o->share - 1, o->batch);
    if (o->augmentation.mixup > 0 &&
        (o->first % 2 != 0 || (o->share % 2 != 0 && o->first + o->share != o->batch)))
        return px_fail(err, PX_ERR_USAGE, "share",
                       "mixup needs an even number of images on each machine, not %d", o->share);
    if (o->threads < 1 || o->threads > PX_CPU_MOST_THREADS || o->ahead < 1)
        return px_fail(err, PX_ERR_USAGE, "threads", "%d threads, %d batches ahead", o->threads,
                       o->ahead);
    if (input->width < 1 || input->height < 1 || (input->channels != 1 && input->channels != 3))
        return px_fail(err, PX_ERR_USAGE, "input", "%d x %d pixels with %d channels", input->width,
                       input->height, input->channels);
    if (!(o->most_unreadable >= 0 && o->most_unreadable <= 1))
        return px_fail(err, PX_ERR_USAGE, "most_unreadable", "is %g, must be 0 to 1",
                       o->most_unreadable);
    return px_augmentation_check(&o->augmentation, err);
}

static bool init_slots(px_batch_feed *feed, px_error *err) {
    const size_t share = (size_t)feed->images.options.share;
    const size_t findings = (size_t)feed->images.findings;
    feed->slots = px_alloc((size_t)feed->n_slots, sizeof *feed->slots, err);
    for (int i = 0; feed->slots && i < feed->n_slots; i++) {
        slot *s = &feed->slots[i];
        s->left = feed->batch_tasks;
        s->images = px_alloc(share, feed->images.samples * sizeof *s->images, err);
        s->labels = px_alloc(share, findings * sizeof *s->labels, err);
        s->rows = px_alloc(share, sizeof *s->rows, err);
        s->failures = px_alloc(share, sizeof *s->failures, err);
        if (!s->images || !s->labels || !s->rows || !s->failures)
            return false;
    }
    return feed->slots != NULL;
}

static bool start_threads(px_batch_feed *feed, px_error *err) {
    const int threads = feed->images.options.threads;
    feed->threads = px_alloc((size_t)threads, sizeof *feed->threads, err);
    feed->scratch = px_alloc((size_t)threads, sizeof *feed->scratch, err);
    if (!feed->threads || !feed->scratch)
        return false;
    for (int i = 0; i < threads; i++)
        if (!px_batch_scratch_init(&feed->scratch[i], feed->images.samples, err))
            return false;
    for (; feed->started < threads; feed->started++)
        if (pthread_create(&feed->threads[feed->started], NULL, thread_main, feed) != 0)
            return px_fail(err, PX_ERR_MEMORY, NULL, "could not start %d threads", threads);
    return true;
}

px_batch_feed *px_batch_feed_new(const px_training_set *set, const px_batch_options *options,
                                 int epoch, int64_t first_step, px_error *err) {
    if (!check_options(set, options, err))
        return NULL;
    if (epoch < 0 || first_step < 0) {
        px_fail(err, PX_ERR_USAGE, "step", "epoch %d, step %lld", epoch, (long long)first_step);
        return NULL;
    }
    px_batch_feed *feed = px_alloc(1, sizeof *feed, err);
    if (!feed)
        return NULL;
    pthread_mutex_init(&feed->mutex, NULL);
    pthread_cond_init(&feed->room, NULL);
    pthread_cond_init(&feed->ready, NULL);
    feed->first_step = first_step;
    feed->task_size = options->augmentation.mixup > 0 ? 2 : 1;
    feed->batch_tasks = (options->share + feed->task_size - 1) / feed->task_size;
    feed->n_slots = options->ahead + 1; /* and the one in the caller's hands */
    if (px_batch_images_init(&feed->images, set, options, epoch, err) && init_slots(feed, err)) {
        feed->steps = px_batch_feed_steps(feed);
        if (start_threads(feed, err))
            return feed;
    }
    px_batch_feed_free(feed);
    return NULL;
}

static void forget_failures(const px_batch_feed *feed, slot *s) {
    for (int i = 0; s->failures && i < feed->images.options.share; i++) {
        free(s->failures[i]);
        s->failures[i] = NULL;
    }
}

static void free_slots(px_batch_feed *feed) {
    for (int i = 0; feed->slots && i < feed->n_slots; i++) {
        slot *s = &feed->slots[i];
        forget_failures(feed, s);
        free(s->images);
        free(s->labels);
        free(s->rows);
        free(s->failures);
    }
    free(feed->slots);
}

void px_batch_feed_free(px_batch_feed *feed) {
    if (!feed)
        return;
    pthread_mutex_lock(&feed->mutex);
    atomic_store(&feed->stop, true);
    pthread_cond_broadcast(&feed->room);
    pthread_mutex_unlock(&feed->mutex);
    for (int i = 0; i < feed->started; i++)
        pthread_join(feed->threads[i], NULL);
    free_slots(feed);
    for (int i = 0; feed->scratch && i < feed->images.options.threads; i++)
        px_batch_scratch_clear(&feed->scratch[i]);
    free(feed->scratch);
    free(feed->threads);
    px_batch_images_clear(&feed->images);
    pthread_cond_destroy(&feed->ready);
    pthread_cond_destroy(&feed->room);
    pthread_mutex_destroy(&feed->mutex);
    free(feed);
}

int64_t px_batch_feed_steps(const px_batch_feed *feed) {
    const int batch = feed->images.options.batch;
    return (feed->images.images + batch - 1) / batch;
}

/* ---- The caller -------------------------------------------------------------------------------
 */

static void give_back(px_batch_feed *feed) {
    slot *s = slot_of(feed, feed->released);
    forget_failures(feed, s);
    pthread_mutex_lock(&feed->mutex);
    s->left = feed->batch_tasks;
    feed->released++;
    pthread_cond_broadcast(&feed->room);
    pthread_mutex_unlock(&feed->mutex);
    feed->borrowed = false;
}

static void wait_for(px_batch_feed *feed, const slot *s) {
    pthread_mutex_lock(&feed->mutex);
    while (s->left > 0)
        pthread_cond_wait(&feed->ready, &feed->mutex);
    pthread_mutex_unlock(&feed->mutex);
}

/* The image that a place has by the order, whatever took its place. */
static int64_t own_image(const px_batch_feed *feed, int64_t step, int i) {
    const px_batch_images *images = &feed->images;
    const int64_t place = step * images->options.batch + images->options.first + i;
    return images->order[place % images->images];
}

/* Tell what could not be read, and judge whether that is too much. */
static bool check_failures(px_batch_feed *feed, const slot *s, int64_t step, px_error *err) {
    const px_batch_options *o = &feed->images.options;
    const char *last = NULL;
    for (int i = 0; i < o->share; i++) {
        if (!s->failures[i])
            continue;
        last = s->failures[i];
        feed->unreadable++;
        if (px_training_set_note_unreadable(feed->images.set, o->part, own_image(feed, step, i)) &&
            o->tell)
            o->tell(o->tell_context, last);
    }
    feed->delivered += o->share;
    const double most = px_batch_images_most_unreadable(&feed->images, feed->delivered);
    return !last || (double)feed->unreadable <= most ||
           px_fail(err, PX_ERR_INPUT, NULL, "%lld of %lld images cannot be read; the last: %s",
                   (long long)feed->unreadable, (long long)feed->delivered, last);
}

static int count_unrepeated(const px_batch_feed *feed, int64_t step) {
    const px_batch_options *o = &feed->images.options;
    const int64_t left = feed->images.images - (step * o->batch + o->first);
    return left < 0 ? 0 : left < o->share ? (int)left : o->share;
}

bool px_batch_feed_next(px_batch_feed *feed, px_batch *batch, px_error *err) {
    if (feed->borrowed)
        give_back(feed);
    const int64_t step = feed->first_step + feed->released;
    if (step >= feed->steps)
        return false;
    slot *s = slot_of(feed, feed->released);
    wait_for(feed, s);
    if (s->err.code != PX_OK)
        return px_fail(err, s->err.code, s->err.subject, "%s", s->err.message);
    if (!check_failures(feed, s, step, err))
        return false;
    feed->borrowed = true;
    *batch = (px_batch){.images = s->images,
                        .labels = s->labels,
                        .rows = s->rows,
                        .count = count_unrepeated(feed, step),
                        .known = px_batch_images_count_known(&feed->images, step)};
    return true;
}

int64_t px_batch_feed_unreadable(const px_batch_feed *feed) {
    return feed->unreadable;
}
