/* What a training would do, before it does it. */
#ifndef PX_CLI_TRAIN_CHECK_H
#define PX_CLI_TRAIN_CHECK_H

#include <stdio.h>

#include "../trainer/train_config.h"

/** Open tables and images, make the network, and print what would be trained. @param tell  gets a
 *  line of what a person should know. */
bool px_train_check(FILE *out, const px_train_config *config,
                    void (*tell)(void *context, const char *text), void *context, px_error *err);

#endif
