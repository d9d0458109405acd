/* What predict prints: a table, JSON, JSON lines or CSV, result by result. */
#ifndef PX_CLI_PREDICT_REPORT_H
#define PX_CLI_PREDICT_REPORT_H

#include <jansson.h>

#include "../base/file.h"
#include "perxeptron.h"

typedef enum { PX_REPORT_TABLE, PX_REPORT_JSON, PX_REPORT_NDJSON, PX_REPORT_CSV } px_report_format;

/** A report being written. */
typedef struct px_report {
    px_report_format format;
    const px_reader *reader;
    px_file_writer *file; /**< NULL: stdout, flushed after each result */
    bool broken;          /**< writing failed: nothing more is written, and the file is not kept */
    int64_t results;
} px_report;

/** "table", "json", "ndjson" or "csv". */
px_report_format px_report_format_of(const char *name);

/** Start with what comes before the results. @param path NULL: stdout. */
bool px_report_open(px_report *report, px_report_format format, const px_reader *reader,
                    const char *path, px_error *err);
/** @param paths  nullable: the overlays' paths in the findings' order, borrowed. */
bool px_report_add(px_report *report, const char *file, const px_reading *reading,
                   const json_t *paths, px_error *err);
/** A file that could not be read. In tables and CSV nothing stands for it: stderr tells. */
bool px_report_add_failure(px_report *report, const char *file, const px_error *failure,
                           px_error *err);
/** Write the end and put the file in its place; frees what the report holds in every case. False
 *  when it is broken, without a new error. */
bool px_report_close(px_report *report, px_error *err);

#endif
