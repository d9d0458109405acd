/* What evaluate prints on a terminal: tables that fit 100 columns. */
#ifndef PX_CLI_EVALUATE_PRINT_H
#define PX_CLI_EVALUATE_PRINT_H

#include <stdio.h>

#include "../evaluate/evaluation.h"

/** The findings of scorer 0, all scorers' mean AUCs, differences between groups, heat maps, and
 * what was left out. Failures to write show when the program ends. */
void px_evaluate_print(FILE *out, const px_evaluation *evaluation);

#endif
