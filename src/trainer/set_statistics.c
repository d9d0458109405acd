/* What is measured of a training set: weights of its findings, mean and deviation of its pixels. */
#include <math.h>
#include <pthread.h>
#include <stdlib.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/pool.h"
#include "training_set.h"

/* Images of a round: each leaves its sums, which are then put together in their order. */
enum { ROUND_IMAGES = 64 };

void px_training_set_weights(const px_training_set *set, px_class_weights how, float *weights) {
    for (int f = 0; f < px_training_set_findings(set); f++) {
        int64_t positives, negatives;
        px_training_set_count(set, PX_PART_TRAIN, f, &positives, &negatives);
        const double balance = (double)negatives / (double)positives;
        weights[f] = how == PX_WEIGHTS_BALANCED      ? (float)balance
                     : how == PX_WEIGHTS_SQUARE_ROOT ? (float)sqrt(balance)
                                                     : 1;
    }
}

/* Mean and sum of squared distances from it of `count` values. */
typedef struct moments {
    double count, mean, squares;
} moments;

/* Chan, Golub & LeVeque (1979). */
static void add_moments(moments *sum, const moments *more) {
    if (more->count == 0)
        return;
    const double count = sum->count + more->count, distance = more->mean - sum->mean;
    sum->mean += distance * more->count / count;
    sum->squares += more->squares + distance * distance * sum->count * more->count / count;
    sum->count = count;
}

static moments find_moments(const float *values, int channels, size_t pixels) {
    moments m = {.count = (double)pixels};
    for (size_t i = 0; i < pixels; i++)
        m.mean += (double)values[i * (size_t)channels];
    m.mean /= m.count;
    for (size_t i = 0; i < pixels; i++) {
        const double distance = (double)values[i * (size_t)channels] - m.mean;
        m.squares += distance * distance;
    }
    return m;
}

typedef struct measuring {
    const px_training_set *set;
    px_input_spec input; /* levels as they are, in [0, 255] */
    bool (*stopped)(void);
    void (*step)(void *context);
    void *context;
    int64_t first;   /* image of the round */
    float **tensors; /* [threads] */
    moments found[ROUND_IMAGES][3];
    pthread_mutex_t mutex; /* of all below */
    bool is_stopped;
    int64_t unreadable;
    px_error failure;
} measuring;

/* With the mutex held. */
static void note_failure(measuring *m, const px_error *failure) {
    if (failure->code != PX_ERR_MEMORY && failure->code != PX_ERR_USAGE)
        m->unreadable++;
    else if (m->failure.code == PX_OK)
        m->failure = *failure;
}

static bool must_stop(measuring *m) {
    pthread_mutex_lock(&m->mutex);
    m->is_stopped = m->is_stopped || (m->stopped && m->stopped());
    const bool stop = m->is_stopped || m->failure.code != PX_OK;
    pthread_mutex_unlock(&m->mutex);
    return stop;
}

static void measure_one(void *context, int task, int worker) {
    measuring *m = context;
    px_error failure = {0};
    px_image image;
    if (must_stop(m))
        return;
    px_image_init(&image);
    const size_t pixels = (size_t)m->input.width * (size_t)m->input.height;
    const bool ok =
        px_training_set_read(m->set, PX_PART_TRAIN, m->first + task, &image, &failure) &&
        px_image_prepare(&image, &m->input, m->tensors[worker], &failure);
    px_image_clear(&image);
    for (int c = 0; ok && c < m->input.channels; c++)
        m->found[task][c] = find_moments(m->tensors[worker] + c, m->input.channels, pixels);
    pthread_mutex_lock(&m->mutex);
    if (!ok)
        note_failure(m, &failure);
    if (m->step)
        m->step(m->context);
    pthread_mutex_unlock(&m->mutex);
}

static bool measure_all(measuring *m, px_pool *pool, moments sums[3], px_error *err) {
    const int64_t images = px_training_set_images(m->set, PX_PART_TRAIN);
    for (m->first = 0; m->first < images && !must_stop(m); m->first += ROUND_IMAGES) {
        const int64_t left = images - m->first;
        const int count = left < ROUND_IMAGES ? (int)left : ROUND_IMAGES;
        for (int i = 0; i < count; i++)
            for (int c = 0; c < 3; c++)
                m->found[i][c] = (moments){0};
        px_pool_run(pool, count, measure_one, m);
        for (int i = 0; i < count; i++)
            for (int c = 0; c < m->input.channels; c++)
                add_moments(&sums[c], &m->found[i][c]);
    }
    if (m->failure.code != PX_OK)
        return px_fail(err, m->failure.code, m->failure.subject, "%s", m->failure.message);
    return !m->is_stopped || px_fail(err, PX_ERR_CANCELLED, NULL, "stopped");
}

static bool check_moments(const moments sums[3], int channels, px_error *err) {
    if (sums[0].count == 0)
        return px_fail(err, PX_ERR_INPUT, NULL, "no image to train with can be read");
    for (int c = 0; c < channels; c++)
        if (!(sums[c].squares > 0))
            return px_fail(err, PX_ERR_INPUT, NULL,
                           "all pixels of the images to train with are the same");
    return true;
}

bool px_training_set_measure(const px_training_set *set, const px_input_spec *input, int threads,
                             bool (*stopped)(void), void (*step)(void *context), void *context,
                             float mean[3], float std[3], int64_t *unreadable, px_error *err) {
    measuring m = {
        .set = set, .input = *input, .stopped = stopped, .step = step, .context = context};
    m.input.scaling = PX_SCALING_FEATUREWISE;
    for (int c = 0; c < 3; c++) {
        m.input.mean[c] = 0;
        m.input.std[c] = 1;
    }
    moments sums[3] = {{0}};
    pthread_mutex_init(&m.mutex, NULL);
    px_pool *pool = px_pool_new(threads, err);
    const int workers = px_pool_threads(pool);
    const size_t samples = (size_t)input->width * (size_t)input->height * (size_t)input->channels;
    m.tensors = px_alloc((size_t)workers, sizeof *m.tensors, err);
    bool ok = pool && m.tensors;
    for (int i = 0; ok && i < workers; i++) {
        m.tensors[i] = px_alloc(samples, sizeof **m.tensors, err);
        ok = m.tensors[i] != NULL;
    }
    ok = ok && measure_all(&m, pool, sums, err) && check_moments(sums, input->channels, err);
    for (int c = 0; ok && c < 3; c++) {
        const moments *sum = &sums[c < input->channels ? c : 0];
        mean[c] = (float)sum->mean;
        std[c] = (float)sqrt(sum->squares / sum->count);
    }
    if (ok)
        *unreadable = m.unreadable;
    for (int i = 0; m.tensors && i < workers; i++)
        free(m.tensors[i]);
    free(m.tensors);
    px_pool_free(pool);
    pthread_mutex_destroy(&m.mutex);
    return ok;
}
