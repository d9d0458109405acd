/* The loop: epochs of steps, validation, and the files that a training leaves behind. */
#include "trainer.h"

#include "../base/error.h"

bool px_train(const px_train_config *config, px_train_start start, const px_train_hooks *hooks,
              px_train_outcome *outcome, px_error *err) {
    (void)start;
    (void)hooks;
    (void)outcome;
    return px_fail(err, PX_ERR_UNSUPPORTED, config->path, "training is not there yet");
}

void px_train_outcome_clear(px_train_outcome *outcome) {
    px_history_clear(&outcome->history);
    *outcome = (px_train_outcome){0};
}
