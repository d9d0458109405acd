/* What sql.c asks of a database: one table of functions for SQLite, one for PostgreSQL.
 *
 * A connection is used by one thread at a time. Failures are coded as sql.h says; a message never
 * holds a password, a URL or a value.
 */
#ifndef PX_STORE_SQL_DRIVER_H
#define PX_STORE_SQL_DRIVER_H

#include "sql.h"

/** Parameters that a statement may have. */
#define PX_SQL_MOST_VALUES 64

typedef struct px_sql_connection px_sql_connection; /* the driver's own */
typedef struct px_sql_cursor px_sql_cursor;         /* the driver's own */

typedef struct px_sql_source {
    const char *where; /**< SQLite: a path; PostgreSQL: a URL */
    int patience_ms;   /**< for a lock, or for a server to answer */
    bool first;        /**< make what is missing and check what is there */
} px_sql_source;

typedef struct px_sql_driver {
    const char *name;
    bool one_writer;  /**< the database has room for one writing transaction at a time */
    const char *lock; /**< statement that takes lock $1; NULL: a writer is alone anyway */

    /** PX_ERR_BUSY: not now, perhaps later. */
    px_sql_connection *(*open)(const px_sql_source *source, px_error *err);
    void (*close)(px_sql_connection *connection);
    /** False: the connection is lost and can only be closed. */
    bool (*is_usable)(const px_sql_connection *connection);

    bool (*begin)(px_sql_connection *connection, px_sql_mode mode, px_error *err);
    bool (*commit)(px_sql_connection *connection, px_error *err);
    void (*rollback)(px_sql_connection *connection);

    /** Run statements without values, one after another. */
    bool (*run_script)(px_sql_connection *connection, const char *text, px_error *err);
    /** Run a statement up to its first row. */
    px_sql_cursor *(*query)(px_sql_connection *connection, const char *text,
                            const px_sql_value *values, int n_values, px_error *err);
    /** False at the end and, with err set, on failure. */
    bool (*next)(px_sql_cursor *cursor, px_error *err);
    void (*finish)(px_sql_cursor *cursor);
    /** Rows that the statement changed. */
    int64_t (*changed)(const px_sql_cursor *cursor);
    /** A column of the current row, borrowed until the next step; text ends with a zero. NULL for a
     *  column that is not there. */
    px_sql_value (*column)(const px_sql_cursor *cursor, int column);

    /** NULL: it cannot. */
    bool (*backup)(const px_sql_source *source, const char *path, px_error *err);
} px_sql_driver;

extern const px_sql_driver px_sql_sqlite;
extern const px_sql_driver px_sql_postgresql;

/** Run several statements without values, of a text that is part of the program. */
bool px_sql_run_script(px_sql_link *link, const char *text, px_error *err);

#endif
