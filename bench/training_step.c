/* Times steps of training: training_step ARCHITECTURE SIZE BATCH STEPS THREADS. Prints one line for
 * each step, "step MILLISECONDS processor MS forward MS backward MS", the second of all threads
 * together, after one that is not counted, and the most memory the process had. training_torch.py
 * does the same by PyTorch. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "../src/base/random.h"
#include "../src/model/builders.h"
#include "../src/train/loss.h"
#include "../src/train/optimiser.h"

enum { FINDINGS = 5, CHANNELS = 3 };

static double now_ms(clockid_t clock) {
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec * 1e-6;
}

static int fail(const px_error *err) {
    fprintf(stderr, "training_step: %s: %s\n", err->subject, err->message);
    return 4;
}

typedef struct setting {
    int batch, steps;
    px_training_net *net;
    px_optimiser *optimiser;
    float *images, *labels, *logits, *gradient;
} setting;

static void run_step(const setting *s, int step, double times[4]) {
    const px_loss loss = {.findings = FINDINGS};
    double start = now_ms(CLOCK_MONOTONIC), processor = now_ms(CLOCK_PROCESS_CPUTIME_ID);
    px_training_net_clear_gradients(s->net);
    px_training_net_forward(s->net, &(px_training_pass){.seed = (uint64_t)step}, s->images,
                            s->logits);
    times[1] = now_ms(CLOCK_MONOTONIC) - start;
    px_loss_mean(&loss, s->batch, s->logits, s->labels, 0, s->gradient);
    px_training_net_backward(s->net, s->gradient);
    times[2] = now_ms(CLOCK_MONOTONIC) - start - times[1];
    px_optimiser_step(s->optimiser, 1e-4);
    times[0] = now_ms(CLOCK_MONOTONIC) - start;
    times[3] = now_ms(CLOCK_PROCESS_CPUTIME_ID) - processor;
}

static void run(setting *s, size_t pixels) {
    px_random random;
    px_random_init(&random, 1, 0);
    size_t labels = (size_t)s->batch * FINDINGS;
    s->images = malloc(pixels * sizeof *s->images);
    s->labels = malloc(labels * sizeof *s->labels);
    s->logits = malloc(labels * sizeof *s->logits);
    s->gradient = malloc(labels * sizeof *s->gradient);
    for (size_t i = 0; i < pixels; i++)
        s->images[i] = (float)px_random_range(&random, -1, 1);
    for (size_t i = 0; i < labels; i++)
        s->labels[i] = (float)px_random_below(&random, 2);
    for (int step = 0; step <= s->steps; step++) {
        double times[4];
        run_step(s, step, times);
        if (step)
            printf("step %.1f processor %.1f forward %.1f backward %.1f\n", times[0], times[3],
                   times[1], times[2]);
        fflush(stdout);
    }
    free(s->images);
    free(s->labels);
    free(s->logits);
    free(s->gradient);
}

int main(int argc, char **argv) {
    px_error err = {0};
    px_arch arch;
    if (argc != 6 || !px_arch_from_name(argv[1], &arch)) {
        fprintf(stderr, "usage: training_step ARCHITECTURE SIZE BATCH STEPS THREADS\n");
        return 1;
    }
    int size = (int)strtol(argv[2], NULL, 10);
    setting s = {.batch = (int)strtol(argv[3], NULL, 10), .steps = (int)strtol(argv[4], NULL, 10)};
    px_pool *pool = px_pool_new((int)strtol(argv[5], NULL, 10), &err);
    px_model *model = px_model_build(arch, PX_HEAD_PLAIN, size, "a,b,c,d,e", 1, &err);
    if (pool && model) {
        px_training_options options = {.batch = s.batch, .pool = pool, .momentum = 0.99f};
        s.net = px_training_net_new(&model->graph, &options, &err);
    }
    px_optimiser_options adam = {
        .kind = PX_OPTIMISER_ADAM, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f};
    if (s.net)
        s.optimiser = px_optimiser_new(s.net, &adam, &err);
    if (s.optimiser) {
        printf("planned megabytes %.0f\n", (double)px_training_net_bytes(s.net) / 1e6);
        run(&s, (size_t)s.batch * (size_t)size * (size_t)size * CHANNELS);
        struct rusage use;
        getrusage(RUSAGE_SELF, &use);
        printf("peak megabytes %.0f\n", (double)use.ru_maxrss * 1024 / 1e6);
    }
    int code = s.optimiser ? 0 : fail(&err);
    px_optimiser_free(s.optimiser);
    px_training_net_free(s.net);
    px_model_unref(model);
    px_pool_free(pool);
    return code;
}
