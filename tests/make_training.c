/* A made-up training. */
#include "make_training.h"

#include <math.h>

#include "../src/base/random.h"

static const char *const ids[MADE_TRAINING_FINDINGS] = {
    "atelectasis", "cardiomegaly", "consolidation", "edema", "pleural_effusion"};
static const double levels[MADE_TRAINING_FINDINGS] = {0.71, 0.80, 0.68, 0.83, 0.81};
static const px_train_count counts[MADE_TRAINING_FINDINGS] = {{402, 1056, 118, 248},
                                                              {191, 1267, 52, 314},
                                                              {96, 1362, 21, 345},
                                                              {158, 1300, 44, 322},
                                                              {475, 983, 131, 235}};

static void fill_config(px_train_config *config) {
    static char path[] = "/data/chest/train.json", output[] = "/data/chest/out",
                name[] = "Five findings, DenseNet-121",
                sha256[] = "5d41402abc4b2a76b9719d911017c592ae1f0c3a94f2c7de0b1c7e5f5f5a9f01";
    *config = (px_train_config){
        .path = path,
        .output = output,
        .name = name,
        .sha256 = sha256,
        .has_arch = true,
        .arch = PX_ARCH_DENSENET121,
        .norm_momentum = 0.99f,
        .train = {"/data/chest/train.csv", "/data/chest/images"},
        .validation = {"/data/chest/valid.csv", "/data/chest/images"},
        .n_findings = MADE_TRAINING_FINDINGS,
        .input = {.width = 224, .height = 224, .channels = 3, .scaling = PX_SCALING_IMAGENET},
        .augmentation =
            {.rotation = 10, .shift_x = 0.05, .shift_y = 0.05, .zoom = 0.1, .brightness = 0.1},
        .class_weights = PX_WEIGHTS_SQUARE_ROOT,
        .optimiser = {.kind = PX_OPTIMISER_ADAMW,
                      .beta1 = 0.9f,
                      .beta2 = 0.999f,
                      .epsilon = 1e-8f,
                      .decay = 0.05f,
                      .clip = 1,
                      .average = 0.999f},
        .rate = {.kind = PX_RATE_ONE_CYCLE, .high = 1e-3, .low = 4e-5, .rise = 0.3, .final = 1e-6},
        .epochs = 60,
        .batch = 16,
        .n_stages = 3,
        .stages = {{112, 12}, {160, 12}, {224, 36}},
        .seed = 20201105};
}

/* Up and down as one cycle goes. */
static double rate_at(int epoch) {
    double share = epoch / 60.0;
    return share < 0.3 ? 1e-3 * (0.52 - 0.48 * cos(3.14159265 * share / 0.3))
                       : 0.5e-3 * (1 + cos(3.14159265 * (share - 0.3) / 0.7));
}

static px_history_row row_of(int epoch, px_random *random, double *auc) {
    double e = epoch, late = fmax(0, e - 27), mean = 0;
    int size = epoch < 12 ? 112 : epoch < 24 ? 160 : 224;
    for (int f = 0; f < MADE_TRAINING_FINDINGS; f++) {
        double level = levels[f] + (size - 112) * 0.0002;
        auc[f] = level - (level - 0.5) * exp(-(e + 1) / 7) - 0.003 * late +
                 px_random_range(random, -0.012, 0.012);
        mean += auc[f] / MADE_TRAINING_FINDINGS;
    }
    return (px_history_row){
        .epoch = epoch + 1,
        .steps = 92 * ((int64_t)epoch + 1),
        .size = size,
        .rate = rate_at(epoch),
        .train_loss =
            0.24 + 0.33 * exp(-e / 9) - 0.004 * late + px_random_range(random, -0.003, 0.003),
        .gradient = 0.6 + 2.4 * exp(-e / 5) + px_random_range(random, -0.1, 0.1) + 0.02 * late,
        .valid_loss =
            0.35 + 0.24 * exp(-e / 7) + 0.008 * late + px_random_range(random, -0.006, 0.006),
        .mean_auc = mean,
        .auc = auc,
        .images_per_second = 448.0 * 112 / size / size * 5 + px_random_range(random, -0.2, 0.2),
        .seconds = 150.0 * (e + 1) * (1 + e / 40),
        .restarted = epoch == 18 || epoch == 30};
}

bool make_training(int epochs, made_training *made, px_error *err) {
    *made = (made_training){0};
    fill_config(&made->config);
    for (int f = 0; f < MADE_TRAINING_FINDINGS; f++)
        made->counts[f] = counts[f];
    made->summary = (px_train_summary){.config = &made->config,
                                       .history = &made->history,
                                       .train_images = 1458,
                                       .valid_images = 366,
                                       .train_patients = 1104,
                                       .valid_patients = 276,
                                       .counts = made->counts,
                                       .state = "running",
                                       .unreadable = 2};
    px_random random;
    px_random_init(&random, 5, 0);
    bool ok = px_history_init(&made->history, MADE_TRAINING_FINDINGS, ids, err);
    double best = 0;
    for (int e = 0; ok && e < epochs; e++) {
        double auc[MADE_TRAINING_FINDINGS];
        px_history_row row = row_of(e, &random, auc);
        row.best = row.mean_auc > best;
        best = fmax(best, row.mean_auc);
        ok = px_history_add(&made->history, &row, err);
    }
    return ok;
}

void clear_training(made_training *made) {
    px_history_clear(&made->history);
}
