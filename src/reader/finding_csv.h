/* Small CSV files of one number a finding: weights, thresholds. */
#ifndef PX_READER_FINDING_CSV_H
#define PX_READER_FINDING_CSV_H

#include "perxeptron.h"

/** Numbers by finding, in the file's order. Set up zeroed. */
typedef struct px_finding_values {
    int count;
    char **ids; /**< [count] unique */
    double *values;
} px_finding_values;

void px_finding_values_clear(px_finding_values *values);
/** Index of a finding by id, or -1. */
int px_finding_values_find(const px_finding_values *values, const char *id);

/**
 * Parse lines of "finding,number". Findings are ids or names (quoted or not), a first line without
 * a number is a header, empty lines and lines that begin with # are skipped.
 *
 * @param values  zeroed; set on success, untouched on failure.
 * @param err     PX_ERR_INPUT naming the line: no number, not finite, a finding twice, none at all.
 */
bool px_finding_csv_parse(const char *text, px_finding_values *values, px_error *err);
/** The same from a file of at most 1 MiB; errors name it. */
bool px_finding_csv_read(const char *path, px_finding_values *values, px_error *err);

#endif
