/* The database behind the store: one SQL text, two drivers (SQLite, PostgreSQL).
 *
 * Statements are texts of the program with parameters $1, $2, …; each is prepared once a
 * connection. They keep to what both databases speak: BIGINT, TEXT, DOUBLE PRECISION, ON CONFLICT,
 * RETURNING, partial indexes. PostgreSQL's sums and numbers with a point are of a type that is not
 * read: CAST them. Times are microseconds since 1970 (UTC), truths 0 or 1.
 */
#ifndef PX_STORE_SQL_H
#define PX_STORE_SQL_H

#include "perxeptron.h"

typedef struct px_sql px_sql;           /**< a database; safe for concurrent calls */
typedef struct px_sql_link px_sql_link; /**< one connection, inside a transaction */
typedef struct px_sql_rows px_sql_rows; /**< what a statement gave back */

/** A parameter. Build with px_sql_int and its like. Text and bytes are borrowed. */
typedef struct px_sql_value {
    enum { PX_SQL_NULL, PX_SQL_INT, PX_SQL_REAL, PX_SQL_TEXT, PX_SQL_BYTES } type;
    int64_t integer;
    double real;
    const void *bytes;
    size_t size;
} px_sql_value;

px_sql_value px_sql_int(int64_t value);
px_sql_value px_sql_real(double value);
px_sql_value px_sql_text(const char *text); /**< NULL becomes NULL */
px_sql_value px_sql_bytes(const void *bytes, size_t size);
px_sql_value px_sql_null(void);

typedef enum {
    PX_SQL_READ,          /**< a consistent view; changes nothing */
    PX_SQL_WRITE,         /**< on disk when px_sql_commit returns true. SQLite has one writer at a
                               time; PostgreSQL's see what others commit meanwhile (READ COMMITTED):
                               px_sql_lock where that matters */
    PX_SQL_WRITE_RELAXED, /**< survives the end of the process, perhaps not a power cut */
} px_sql_mode;

typedef struct px_sql_options {
    const char *url; /**< "sqlite:PATH", or "postgresql://…" as libpq takes it */
    int connections; /**< at most; callers wait for a free one */
    int patience_ms; /**< how long to wait for a connection, a lock or a lost server */
} px_sql_options;

/**
 * Open a database and bring it to this program's schema (migrations.h).
 *
 * SQLite: the file is made when missing, private to its user; WAL, foreign keys, synchronous FULL;
 * its integrity is checked. PostgreSQL: needs the server to be there now; later losses are
 * reconnected.
 *
 * @param err  PX_ERR_IO: cannot be opened; PX_ERR_INPUT: damaged; PX_ERR_UNSUPPORTED: its schema is
 *             newer than this program.
 */
px_sql *px_sql_open(const px_sql_options *options, px_error *err);
/** The same beside a server: makes, checks and changes nothing. PX_ERR_UNSUPPORTED: the schema is
 *  newer or older than this program's. */
px_sql *px_sql_open_beside(const px_sql_options *options, px_error *err);
void px_sql_close(px_sql *sql);

/** "sqlite" or "postgresql". */
const char *px_sql_driver_name(const px_sql *sql);

/** Start a transaction on a connection of its own. PX_ERR_BUSY: no connection, no server or a lock
 *  not had in time: try again later. */
px_sql_link *px_sql_begin(px_sql *sql, px_sql_mode mode, px_error *err);
/** End it; gives the connection back in every case. False: nothing of it was kept (or, when the
 *  server was lost while it committed, that is not known). A link that failed commits nothing. */
bool px_sql_commit(px_sql_link *link, px_error *err);
/** Undo it, and give the connection back. NULL is fine. */
void px_sql_rollback(px_sql_link *link);

/**
 * Run a statement. @param text never made from what users gave. @param values borrowed for the
 * call; texts must be UTF-8. @return its rows, to be freed before the transaction ends, or NULL and
 * PX_ERR_USAGE (not one statement, a parameter without value), PX_ERR_BUSY (connection lost, lock
 * not had), PX_ERR_IO (disk full, not writable), PX_ERR_INPUT (the database refuses a value),
 * PX_ERR_MEMORY. After a failure the transaction can only end.
 */
px_sql_rows *px_sql_query(px_sql_link *link, const char *text, const px_sql_value *values,
                          int n_values, px_error *err);
/** The same for statements that give no rows. @param changed nullable: rows changed. */
bool px_sql_run(px_sql_link *link, const char *text, const px_sql_value *values, int n_values,
                int64_t *changed, px_error *err);

/** Step to the next row. @param rows  nullable. @return false at the end, and on failure with err
 *  set (zero it before). */
bool px_sql_next(px_sql_rows *rows, px_error *err);
void px_sql_rows_free(px_sql_rows *rows);

/** Columns of the current row, from 0. Text and bytes live until the next step; NULL for NULL. */
bool px_sql_is_null(const px_sql_rows *rows, int column);
int64_t px_sql_get_int(const px_sql_rows *rows, int column);
double px_sql_get_real(const px_sql_rows *rows, int column);
const char *px_sql_get_text(const px_sql_rows *rows, int column);
const void *px_sql_get_bytes(const px_sql_rows *rows, int column, size_t *size);

/** Take a lock that only one transaction has, until it ends: whoever holds it is alone in what the
 *  number stands for (the audit chain is 1). Within a write transaction. */
bool px_sql_lock(px_sql_link *link, int64_t number, px_error *err);

/** Copy a SQLite database, while it is in use, to a new file. PX_ERR_UNSUPPORTED: PostgreSQL, whose
 *  own pg_dump does that. */
bool px_sql_backup(px_sql *sql, const char *path, px_error *err);

/** Is the database there and usable? One cheap question. */
bool px_sql_ping(px_sql *sql, px_error *err);

#endif
