/* An evaluation of made-up scores, with everything in it that a report can show. */
#ifndef TESTS_MAKE_EVALUATION_H
#define TESTS_MAKE_EVALUATION_H

#include "../src/evaluate/evaluation.h"

enum { MADE_FINDINGS = 4, MADE_SCORERS = 4, MADE_IMAGES = 480 };

/** Fill in an initialised evaluation: an ensemble and three members, four findings of which the
 * last cannot be measured, subgroups of which one differs, boxes, things left out. The same each
 * time.
 */
bool make_evaluation(px_evaluation *e, px_error *err);

/** Replace a text of an evaluation. */
bool set_text(char **text, const char *value, px_error *err);

#endif
