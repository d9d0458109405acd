/* Tables of scores as CSV: read without images, and written for other tools. */
#ifndef PX_EVALUATE_PREDICTIONS_CSV_H
#define PX_EVALUATE_PREDICTIONS_CSV_H

#include "predictions.h"

/**
 * Parse a table of scores. Which of two forms it has is told by its heading:
 *  - long: "path,member,finding,score" in any order of columns; member "ensemble" is the ensemble;
 *    an empty score is none;
 *  - wide: "path" and one column a finding: the ensemble's scores; an empty field is none.
 * The first column of the wide form may also be called Path, file, image, filename or Image Index.
 * Findings may be ids or names ("Pleural Effusion").
 *
 * @param predictions  initialised; set on success, untouched on failure.
 * @param err          PX_ERR_INPUT naming the line: no such heading, another number of fields, not
 * a number in [0, 1], the same score twice; PX_ERR_LIMIT: too many images, findings or members;
 * PX_ERR_MEMORY.
 */
bool px_predictions_parse(const char *text, size_t size, px_predictions *predictions,
                          px_error *err);
/** The same from a file of at most 1 GiB, "-" for stdin; errors name it. */
bool px_predictions_read(const char *path, px_predictions *predictions, px_error *err);

/** Write the long form: images in order, for each the findings in order, the members and then the
 *  ensemble; scores that are not there have no line. The file appears whole or not at all. */
bool px_predictions_write(const px_predictions *predictions, const char *path, px_error *err);

#endif
