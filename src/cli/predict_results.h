/* What predict prints: a table, JSON, JSON lines or CSV, result by result. */
#ifndef PX_CLI_PREDICT_RESULTS_H
#define PX_CLI_PREDICT_RESULTS_H

#include <jansson.h>

#include "../base/file.h"
#include "perxeptron.h"

typedef enum {
    PX_RESULTS_TABLE,
    PX_RESULTS_JSON,
    PX_RESULTS_NDJSON,
    PX_RESULTS_CSV
} px_results_format;

/** Results being written. */
typedef struct px_results {
    px_results_format format;
    const px_reader *reader;
    px_file_writer *file; /**< NULL: stdout, flushed after each result */
    bool broken;          /**< writing failed: nothing more is written, and the file is not kept */
    int64_t count;
} px_results;

/** "table", "json", "ndjson" or "csv". */
px_results_format px_results_format_of(const char *name);

/** Start with what comes before the results. @param path NULL: stdout. */
bool px_results_open(px_results *results, px_results_format format, const px_reader *reader,
                     const char *path, px_error *err);
/** @param paths  nullable: the overlays' paths in the findings' order, borrowed. */
bool px_results_add(px_results *results, const char *file, const px_reading *reading,
                    const json_t *paths, px_error *err);
/** A file that could not be read. In tables and CSV nothing stands for it: stderr tells. */
bool px_results_add_failure(px_results *results, const char *file, const px_error *failure,
                            px_error *err);
/** Write the end and put the file in its place; frees what the results hold in every case. False
 *  when it is broken, without a new error. */
bool px_results_close(px_results *results, px_error *err);

#endif
