/* The state of a training as a list of named numbers. */
#include <math.h>
#include <stddef.h>
#include <string.h>

#include "checkpoint.h"

/* Of epochs: they can still be counted up. */
enum { MOST = 1 << 30 };

typedef enum { INTEGER, LONG_INTEGER, BOOLEAN, REAL, SHORT_REAL } number_kind;

#define STATE(name, member, kind)                                                                  \
    { name, offsetof(px_train_state, member), kind }

static const struct {
    const char *name;
    size_t offset;
    number_kind kind;
} fields[PX_TRAIN_STATE_NUMBERS] = {
    STATE("epoch", epoch, INTEGER),
    STATE("step", step, LONG_INTEGER),
    STATE("steps", steps, LONG_INTEGER),
    STATE("loss_sum", loss_sum, REAL),
    STATE("gradient_sum", gradient_sum, REAL),
    STATE("rate_seen", rate.seen, BOOLEAN),
    STATE("rate_best", rate.best, REAL),
    STATE("rate_waited", rate.waited, INTEGER),
    STATE("rate_reductions", rate.reductions, INTEGER),
    STATE("best_auc", best_auc, REAL),
    STATE("best_epoch", best_epoch, INTEGER),
    STATE("epochs_without_rise", epochs_without_rise, INTEGER),
    STATE("mean_0", mean[0], SHORT_REAL),
    STATE("mean_1", mean[1], SHORT_REAL),
    STATE("mean_2", mean[2], SHORT_REAL),
    STATE("std_0", std[0], SHORT_REAL),
    STATE("std_1", std[1], SHORT_REAL),
    STATE("std_2", std[2], SHORT_REAL),
    STATE("unreadable", unreadable, LONG_INTEGER),
    STATE("seconds", seconds, REAL),
};

const char *px_train_state_name(int number) {
    return fields[number].name;
}

static double read_number(const char *at, number_kind kind) {
    switch (kind) {
    case INTEGER:
        return *(const int *)(const void *)at;
    case LONG_INTEGER:
        return (double)*(const int64_t *)(const void *)at;
    case BOOLEAN:
        return *(const bool *)(const void *)at;
    case SHORT_REAL:
        return (double)*(const float *)(const void *)at;
    default:
        return *(const double *)(const void *)at;
    }
}

static bool is_natural(double value, double most) {
    return value >= 0 && value <= most && floor(value) == value;
}

static bool write_number(char *at, number_kind kind, double value) {
    switch (kind) {
    case INTEGER:
        if (!is_natural(value, MOST))
            return false;
        *(int *)(void *)at = (int)value;
        return true;
    case LONG_INTEGER:
        if (!is_natural(value, 0x1p53))
            return false;
        *(int64_t *)(void *)at = (int64_t)value;
        return true;
    case BOOLEAN:
        *(bool *)(void *)at = value > 0;
        return is_natural(value, 1);
    case SHORT_REAL:
        *(float *)(void *)at = (float)value;
        return isfinite((float)value);
    default:
        *(double *)(void *)at = value;
        return true;
    }
}

void px_train_state_pack(const px_train_state *state, double numbers[PX_TRAIN_STATE_NUMBERS]) {
    for (int i = 0; i < PX_TRAIN_STATE_NUMBERS; i++)
        numbers[i] = read_number((const char *)state + fields[i].offset, fields[i].kind);
}

bool px_train_state_unpack(const double numbers[PX_TRAIN_STATE_NUMBERS], px_train_state *state) {
    px_train_state unpacked = {0};
    for (int i = 0; i < PX_TRAIN_STATE_NUMBERS; i++) {
        if (!write_number((char *)&unpacked + fields[i].offset, fields[i].kind, numbers[i]))
            return false;
    }
    *state = unpacked;
    return true;
}
