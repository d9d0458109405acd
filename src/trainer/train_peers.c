/* What the processes of a training agree on: failures, and where they begin. */
#include "../base/error.h"
#include "train_parts.h"

enum { SPREAD_AT_ONCE = 16 };

void px_trainer_sum(const px_trainer *t, double *numbers, size_t count) {
    if (t->peers)
        t->peers->sum_doubles(t->peers->context, numbers, count);
}

bool px_trainer_alone(const px_trainer *t) {
    return t->peers && t->peers->failed(t->peers->context);
}

bool px_trainer_agree(const px_trainer *t, bool ok, px_error *err) {
    bool stopped = !ok && err->code == PX_ERR_CANCELLED;
    double votes[2] = {!ok && !stopped, stopped};
    px_trainer_sum(t, votes, 2);
    if (!ok)
        return false;
    if (px_trainer_alone(t))
        return px_fail(err, PX_ERR_BUSY, NULL, "a process of the training is gone");
    if (votes[0] > 0)
        return px_fail(err, PX_ERR_BUSY, NULL, "another process of the training failed");
    return !(votes[1] > 0) || px_fail(err, PX_ERR_CANCELLED, NULL, "stopped");
}

/* Adding -0 leaves every number as it is, -0 included. */
static void spread_floats(const px_trainer *t, float *values, size_t count) {
    for (size_t i = 0; !px_trainer_leads(t) && i < count; i++)
        values[i] = -0.0f;
    t->peers->start_sum(t->peers->context, values, count);
}

static void spread_arrays(const px_trainer *t) {
    int parameters = px_training_net_parameters(t->net);
    for (int i = 0; i < parameters; i++) {
        const px_parameter *p = px_training_net_parameter(t->net, i);
        spread_floats(t, p->value, p->count);
        if (i % SPREAD_AT_ONCE == SPREAD_AT_ONCE - 1)
            t->peers->finish(t->peers->context);
    }
    px_optimiser_state states[PX_OPTIMISER_STATES];
    int n = px_optimiser_get_state(t->optimiser, states);
    for (int i = 0; i < n; i++)
        spread_floats(t, states[i].values, states[i].count);
    t->peers->finish(t->peers->context);
}

bool px_trainer_spread(px_trainer *t, px_error *err) {
    if (!t->peers)
        return true;
    double numbers[PX_TRAIN_STATE_NUMBERS] = {0};
    if (px_trainer_leads(t))
        px_train_state_pack(&t->state, numbers);
    px_trainer_sum(t, numbers, PX_TRAIN_STATE_NUMBERS);
    spread_arrays(t);
    if (px_trainer_alone(t) || !px_train_state_unpack(numbers, &t->state))
        return px_fail(err, PX_ERR_BUSY, NULL, "a process of the training is gone");
    px_optimiser_set_steps(t->optimiser, t->state.steps);
    return true;
}
