/* Comma-separated values (RFC 4180): read row by row, and fields written. */
#ifndef PX_BASE_CSV_H
#define PX_BASE_CSV_H

#include "buffer.h"
#include "perxeptron.h"

enum {
    PX_CSV_MAX_FIELD = 1 << 20, /**< bytes of one field */
    PX_CSV_MAX_FIELDS = 10000   /**< fields of one row */
};
#define PX_CSV_MAX_BYTES ((int64_t)1 << 30) /**< of a table, 1 GiB */

/** A table being read. Not for several threads at once. */
typedef struct px_csv px_csv;

/** One row; texts belong to the px_csv and hold until the next one is read. */
typedef struct px_csv_row {
    int64_t line;              /**< where it begins, from 1 */
    int count;                 /**< fields; 0 behind the last row */
    const char *const *fields; /**< [count] UTF-8 without zero bytes, unquoted */
} px_csv_row;

/** Open a file, or "-" for stdin. It is read in pieces. PX_ERR_IO, PX_ERR_MEMORY. */
px_csv *px_csv_open(const char *path, px_error *err);
/** The same for bytes in memory, which are borrowed; `name` stands for the file in errors. */
px_csv *px_csv_open_bytes(const void *bytes, size_t size, const char *name, px_error *err);
void px_csv_free(px_csv *csv);

/**
 * Read the next row. Lines end with LF, CRLF or CR; quoted fields may hold commas, line ends (which
 * become LF) and doubled quotes. A byte order mark is passed over, and so are lines without any
 * character.
 *
 * @param row  set on success: count is 0 once the table has ended; untouched on failure.
 * @param err  names the file and the line. PX_ERR_INPUT: a quote in the wrong place or never
 *             closed, a zero byte, broken UTF-8; PX_ERR_LIMIT: a field, a row or the table is too
 *             large; PX_ERR_IO, PX_ERR_MEMORY. After a failure only px_csv_free makes sense.
 */
bool px_csv_next(px_csv *csv, px_csv_row *row, px_error *err);

/** Fail with "line N: …" about the table's file: for what is wrong with a row's content. */
bool px_csv_fail(const px_csv *csv, int64_t line, px_error *err, const char *format, ...)
    PX_PRINTF(4, 5);

/** Add a field as RFC 4180 has it: quoted when it holds a comma, a quote or a line end. */
bool px_csv_print_text(px_buffer *text, const char *value, px_error *err);
/** Add a number as the shortest decimal that reads back as the same double; NaN adds nothing. */
bool px_csv_print_number(px_buffer *text, double value, px_error *err);

#endif
