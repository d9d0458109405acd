/* The database's front: picks the driver, shares its connections out, keeps transactions whole. */
#include "sql.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "migrations.h"
#include "sql_driver.h"
#include "turns.h"

enum {
    MOST_CONNECTIONS = 1000,
    LONGEST_PATIENCE_MS = 3600000,
    FIRST_PAUSE_MS = 20,
    LONGEST_PAUSE_MS = 500
};

struct px_sql {
    const px_sql_driver *driver;
    char *where;
    int patience_ms;
    px_turns connections, writers;
    pthread_mutex_t mutex;
    px_sql_connection **idle; /* under mutex; room for all */
    int n_idle;
};

struct px_sql_link {
    px_sql *sql;
    px_sql_connection *connection;
    px_sql_mode mode;
    bool has_failed;
};

struct px_sql_rows {
    px_sql_link *link;
    px_sql_cursor *cursor;
    bool on_row;
};

px_sql_value px_sql_int(int64_t value) {
    return (px_sql_value){.type = PX_SQL_INT, .integer = value};
}

px_sql_value px_sql_real(double value) {
    return (px_sql_value){.type = PX_SQL_REAL, .real = value};
}

px_sql_value px_sql_text(const char *text) {
    if (!text)
        return px_sql_null();
    return (px_sql_value){.type = PX_SQL_TEXT, .bytes = text, .size = strlen(text)};
}

px_sql_value px_sql_bytes(const void *bytes, size_t size) {
    return (px_sql_value){.type = PX_SQL_BYTES, .bytes = size > 0 ? bytes : "", .size = size};
}

px_sql_value px_sql_null(void) {
    return (px_sql_value){.type = PX_SQL_NULL};
}

/* ---- Connections ---- */

static px_sql_connection *open_connection(const px_sql *sql, bool first, px_error *err) {
    const px_sql_source source = {sql->where, sql->patience_ms, first};
    return sql->driver->open(&source, err);
}

static px_sql_connection *pop_idle(px_sql *sql) {
    pthread_mutex_lock(&sql->mutex);
    px_sql_connection *connection = sql->n_idle > 0 ? sql->idle[--sql->n_idle] : NULL;
    pthread_mutex_unlock(&sql->mutex);
    return connection;
}

static void put_back(px_sql *sql, px_sql_connection *connection) {
    if (!sql->driver->is_usable(connection)) {
        sql->driver->close(connection);
        return;
    }
    pthread_mutex_lock(&sql->mutex);
    sql->idle[sql->n_idle++] = connection;
    pthread_mutex_unlock(&sql->mutex);
}

static void pause_ms(int64_t ms) {
    const struct timespec duration = {ms / 1000, ms % 1000 * 1000000};
    nanosleep(&duration, NULL);
}

/* One attempt. False with *again set: the server was lost or is not there. */
static bool begin_once(px_sql_link *link, bool *again, bool *was_idle, px_error *err) {
    px_sql *sql = link->sql;
    px_sql_connection *connection = pop_idle(sql);
    *was_idle = connection != NULL;
    if (!connection)
        connection = open_connection(sql, false, err);
    *again = !connection;
    if (!connection)
        return false;
    if (sql->driver->begin(connection, link->mode, err)) {
        link->connection = connection;
        return true;
    }
    *again = !sql->driver->is_usable(connection);
    put_back(sql, connection);
    return false;
}

/* Idle connections that were lost are dropped at once; a server that is away is asked again after
 * growing pauses until the deadline. */
static bool begin_until(px_sql_link *link, int64_t deadline, px_error *err) {
    for (int64_t pause = FIRST_PAUSE_MS;;) {
        px_error failure = {0};
        bool again, was_idle;
        if (begin_once(link, &again, &was_idle, &failure))
            return true;
        const bool late = px_clock_ms() + pause >= deadline;
        if (!again || failure.code != PX_ERR_BUSY || (late && !was_idle))
            return px_fail(err, failure.code, failure.subject, "%s", failure.message);
        if (was_idle)
            continue;
        pause_ms(pause);
        pause = 2 * pause < LONGEST_PAUSE_MS ? 2 * pause : LONGEST_PAUSE_MS;
    }
}

/* ---- The database ---- */

static const px_sql_driver *find_driver(const char *url, const char **where, px_error *err) {
    *where = url;
    if (strncmp(url, "postgresql://", 13) == 0 || strncmp(url, "postgres://", 11) == 0)
        return &px_sql_postgresql;
    if (strncmp(url, "sqlite:", 7) == 0 && url[7] != '\0') {
        *where = url + 7;
        return &px_sql_sqlite;
    }
    px_fail(err, PX_ERR_USAGE, "database",
            "its URL is neither sqlite:PATH nor postgresql://USER@HOST/NAME");
    return NULL;
}

static bool check_options(const px_sql_options *options, px_error *err) {
    if (options->connections < 1 || options->connections > MOST_CONNECTIONS)
        return px_fail(err, PX_ERR_USAGE, "database", "connections must be 1 to %d",
                       MOST_CONNECTIONS);
    if (options->patience_ms < 0 || options->patience_ms > LONGEST_PATIENCE_MS)
        return px_fail(err, PX_ERR_USAGE, "database", "patience must be 0 to %d ms",
                       LONGEST_PATIENCE_MS);
    return true;
}

/* At the start, a server that is away is a mistake to mend, not something to wait for. */
static bool open_first(px_sql *sql, bool beside, px_error *err) {
    px_error failure = {0};
    px_sql_connection *connection = open_connection(sql, !beside, &failure);
    if (!connection) {
        const px_error_code code = failure.code == PX_ERR_BUSY ? PX_ERR_IO : failure.code;
        return px_fail(err, code, failure.subject, "%s", failure.message);
    }
    put_back(sql, connection);
    return beside ? px_check_schema(sql, err) : px_migrate(sql, err);
}

static px_sql *open_database(const px_sql_options *options, bool beside, px_error *err) {
    const char *where;
    const px_sql_driver *driver = find_driver(options->url, &where, err);
    px_sql *sql = NULL;
    if (!driver || !check_options(options, err) || !(sql = px_alloc(1, sizeof *sql, err)))
        return NULL;
    sql->driver = driver;
    sql->patience_ms = options->patience_ms;
    px_turns_init(&sql->connections, options->connections);
    px_turns_init(&sql->writers, 1);
    pthread_mutex_init(&sql->mutex, NULL);
    sql->where = px_strdup(where, err);
    sql->idle = px_alloc((size_t)options->connections, sizeof *sql->idle, err);
    if (sql->where && sql->idle && open_first(sql, beside, err))
        return sql;
    px_sql_close(sql);
    return NULL;
}

px_sql *px_sql_open(const px_sql_options *options, px_error *err) {
    return open_database(options, false, err);
}

px_sql *px_sql_open_beside(const px_sql_options *options, px_error *err) {
    return open_database(options, true, err);
}

void px_sql_close(px_sql *sql) {
    if (!sql)
        return;
    while (sql->n_idle > 0)
        sql->driver->close(sql->idle[--sql->n_idle]);
    free(sql->idle);
    if (sql->where)
        explicit_bzero(sql->where, strlen(sql->where)); /* its URL may hold a password */
    free(sql->where);
    pthread_mutex_destroy(&sql->mutex);
    px_turns_clear(&sql->connections);
    px_turns_clear(&sql->writers);
    free(sql);
}

const char *px_sql_driver_name(const px_sql *sql) {
    return sql->driver->name;
}

bool px_sql_backup(px_sql *sql, const char *path, px_error *err) {
    if (!sql->driver->backup)
        return px_fail(err, PX_ERR_UNSUPPORTED, "database",
                       "a %s database is backed up with its own tools", sql->driver->name);
    const px_sql_source source = {sql->where, sql->patience_ms, false};
    return sql->driver->backup(&source, path, err);
}

bool px_sql_ping(px_sql *sql, px_error *err) {
    px_sql_link *link = px_sql_begin(sql, PX_SQL_READ, err);
    const bool ok =
        link && px_sql_run(link, "SELECT MAX(version) FROM schema_version", NULL, 0, NULL, err);
    px_sql_rollback(link);
    return ok;
}

/* ---- Transactions ---- */

static bool needs_writers_turn(const px_sql_link *link) {
    return link->mode != PX_SQL_READ && link->sql->driver->one_writer;
}

/* A writer waits for its turn before it takes a connection: those who wait keep none from readers.
 */
static bool take_turns(px_sql_link *link, int64_t deadline, px_error *err) {
    const bool writes = needs_writers_turn(link);
    if (writes && !px_turns_take(&link->sql->writers, deadline))
        return px_fail(err, PX_ERR_BUSY, "database", "other changes take too long");
    if (px_turns_take(&link->sql->connections, deadline))
        return true;
    if (writes)
        px_turns_give(&link->sql->writers);
    return px_fail(err, PX_ERR_BUSY, "database", "every connection to it is in use");
}

static void give_turns(px_sql_link *link) {
    px_turns_give(&link->sql->connections);
    if (needs_writers_turn(link))
        px_turns_give(&link->sql->writers);
}

px_sql_link *px_sql_begin(px_sql *sql, px_sql_mode mode, px_error *err) {
    const int64_t deadline = px_clock_ms() + sql->patience_ms;
    px_sql_link *link = px_alloc(1, sizeof *link, err);
    if (!link)
        return NULL;
    *link = (px_sql_link){.sql = sql, .mode = mode};
    if (take_turns(link, deadline, err)) {
        if (begin_until(link, deadline, err))
            return link;
        give_turns(link);
    }
    free(link);
    return NULL;
}

void px_sql_rollback(px_sql_link *link) {
    if (!link)
        return;
    link->sql->driver->rollback(link->connection);
    put_back(link->sql, link->connection);
    give_turns(link);
    free(link);
}

static bool check_whole(const px_sql_link *link, px_error *err) {
    return !link->has_failed ||
           px_fail(err, PX_ERR_IO, "database", "an earlier statement of the transaction failed");
}

bool px_sql_commit(px_sql_link *link, px_error *err) {
    if (!check_whole(link, err) || !link->sql->driver->commit(link->connection, err)) {
        px_sql_rollback(link);
        return false;
    }
    put_back(link->sql, link->connection);
    give_turns(link);
    free(link);
    return true;
}

bool px_sql_lock(px_sql_link *link, int64_t number, px_error *err) {
    if (link->mode == PX_SQL_READ)
        return px_fail(err, PX_ERR_USAGE, "database", "a transaction that reads takes no lock");
    const char *text = link->sql->driver->lock;
    const px_sql_value value = px_sql_int(number);
    return !text || px_sql_run(link, text, &value, 1, NULL, err);
}

/* ---- Statements ---- */

static bool check_values(const px_sql_value *values, int n_values, px_error *err) {
    if (n_values > PX_SQL_MOST_VALUES)
        return px_fail(err, PX_ERR_USAGE, "database", "a statement with more than %d parameters",
                       PX_SQL_MOST_VALUES);
    for (int i = 0; i < n_values; i++) {
        if (values[i].type == PX_SQL_TEXT && !px_text_is_utf8(values[i].bytes))
            return px_fail(err, PX_ERR_INPUT, "database", "parameter $%d is not UTF-8", i + 1);
    }
    return true;
}

px_sql_rows *px_sql_query(px_sql_link *link, const char *text, const px_sql_value *values,
                          int n_values, px_error *err) {
    px_sql_rows *rows = NULL;
    if (!check_whole(link, err) || !check_values(values, n_values, err) ||
        !(rows = px_alloc(1, sizeof *rows, err)))
        goto failed;
    rows->link = link;
    rows->cursor = link->sql->driver->query(link->connection, text, values, n_values, err);
    if (rows->cursor)
        return rows;
failed:
    free(rows);
    link->has_failed = true;
    return NULL;
}

bool px_sql_run(px_sql_link *link, const char *text, const px_sql_value *values, int n_values,
                int64_t *changed, px_error *err) {
    px_sql_rows *rows = px_sql_query(link, text, values, n_values, err);
    if (rows && changed)
        *changed = link->sql->driver->changed(rows->cursor);
    px_sql_rows_free(rows);
    return rows != NULL;
}

bool px_sql_run_script(px_sql_link *link, const char *text, px_error *err) {
    const bool ok =
        check_whole(link, err) && link->sql->driver->run_script(link->connection, text, err);
    link->has_failed = !ok;
    return ok;
}

bool px_sql_next(px_sql_rows *rows, px_error *err) {
    if (!rows)
        return false;
    px_error failure = {0};
    rows->on_row = rows->link->sql->driver->next(rows->cursor, &failure);
    if (failure.code == PX_OK)
        return rows->on_row;
    rows->link->has_failed = true;
    return px_fail(err, failure.code, failure.subject, "%s", failure.message);
}

void px_sql_rows_free(px_sql_rows *rows) {
    if (!rows)
        return;
    rows->link->sql->driver->finish(rows->cursor);
    free(rows);
}

static px_sql_value get(const px_sql_rows *rows, int column) {
    return rows->on_row ? rows->link->sql->driver->column(rows->cursor, column) : px_sql_null();
}

bool px_sql_is_null(const px_sql_rows *rows, int column) {
    return get(rows, column).type == PX_SQL_NULL;
}

int64_t px_sql_get_int(const px_sql_rows *rows, int column) {
    const px_sql_value value = get(rows, column);
    return value.type == PX_SQL_INT ? value.integer : 0;
}

double px_sql_get_real(const px_sql_rows *rows, int column) {
    const px_sql_value value = get(rows, column);
    return value.type == PX_SQL_REAL ? value.real : (double)value.integer;
}

const char *px_sql_get_text(const px_sql_rows *rows, int column) {
    const px_sql_value value = get(rows, column);
    return value.type == PX_SQL_TEXT ? value.bytes : NULL;
}

const void *px_sql_get_bytes(const px_sql_rows *rows, int column, size_t *size) {
    const px_sql_value value = get(rows, column);
    *size = value.size;
    return value.type == PX_SQL_BYTES ? value.bytes : NULL;
}
