/* Weights with which no value comes near to where a ReLU switches, for comparing gradients. */
#ifndef PX_TESTS_AWAY_FROM_SWITCHES_H
#define PX_TESTS_AWAY_FROM_SWITCHES_H

#include "../src/model/model.h"

/**
 * Shift what a new network's ReLUs get further from zero than float32's rounding reaches: one value
 * of eleven million that rounding takes to the other side changes gradients by more than what tests
 * ask for. Norms have betas; the sums of Inception-ResNet-v2's residuals, which no norm follows,
 * have a bias. Both sides of a ReLU are test_gradients' matter, and the little network's.
 */
void keep_away_from_switches(px_model *model);

#endif
