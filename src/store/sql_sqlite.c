/* SQLite: one file in WAL mode, private to its user; the only file that includes sqlite3.h. */
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "sql_driver.h"

/* Statements that stay prepared on a connection; the program has fewer. Pages of the WAL after
 * which it is copied into the database, as SQLite does by itself, and after which readers are
 * waited for.
 */
enum { MOST_STATEMENTS = 200, COPY_PAGES = 1000, LONG_PAGES = 4000, READERS_MS = 200 };

typedef struct statement {
    sqlite3_stmt *handle;
    bool in_use;
} statement;

struct px_sql_connection {
    sqlite3 *handle;
    px_sql_mode mode; /* of the transaction */
    bool syncs;       /* synchronous is FULL */
    int patience_ms;
    int tried_pages; /* of the WAL when readers were last waited for */
    statement statements[MOST_STATEMENTS];
    int n_statements;
};

struct px_sql_cursor {
    px_sql_connection *connection;
    sqlite3_stmt *handle;
    statement *kept; /* NULL: the handle is this cursor's alone */
    bool has_row;    /* that was stepped to and not yet given */
    bool on_row;
};

/* ---- Errors ---- */

static px_error_code code_of(int status) {
    switch (status & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return PX_ERR_BUSY;
    case SQLITE_NOMEM:
        return PX_ERR_MEMORY;
    case SQLITE_CONSTRAINT:
    case SQLITE_MISMATCH:
    case SQLITE_TOOBIG:
    case SQLITE_RANGE:
        return PX_ERR_INPUT;
    default:
        return status == SQLITE_IOERR_NOMEM ? PX_ERR_MEMORY : PX_ERR_IO;
    }
}

static bool fail(sqlite3 *handle, px_error *err) {
    const int status = sqlite3_extended_errcode(handle);
    return px_fail(err, code_of(status), "database", "%s", sqlite3_errmsg(handle));
}

static bool is_damage(const sqlite3 *handle) {
    const int status = sqlite3_errcode((sqlite3 *)handle);
    return status == SQLITE_CORRUPT || status == SQLITE_NOTADB;
}

static bool fail_damaged(const char *path, const char *what, px_error *err) {
    return px_fail(err, PX_ERR_INPUT, path,
                   "is damaged or no database (%s): put a backup in its place", what);
}

/* While it is opened, the path says most. */
static bool fail_open(sqlite3 *handle, const char *path, px_error *err) {
    if (is_damage(handle))
        return fail_damaged(path, sqlite3_errmsg(handle), err);
    return px_fail(err, code_of(sqlite3_extended_errcode(handle)), path, "%s",
                   sqlite3_errmsg(handle));
}

/* ---- Opening ---- */

static bool sync_folder(const char *path, px_error *err) {
    char *folder = px_strdup(path, err);
    if (!folder)
        return false;
    char *slash = strrchr(folder, '/');
    slash[slash == folder] = '\0';
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    const bool ok = descriptor >= 0 && fsync(descriptor) == 0;
    if (!ok)
        px_fail_errno(err, folder, "cannot sync the folder");
    if (descriptor >= 0)
        close(descriptor);
    free(folder);
    return ok;
}

/* SQLite gives -wal and -shm the mode of the database. A file that is there is left alone: closing
 * a descriptor of it would drop SQLite's locks. */
static bool make_file(const char *path, bool must_be_new, px_error *err) {
    const int descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor < 0)
        return (errno == EEXIST && !must_be_new) || px_fail_errno(err, path, "cannot create");
    close(descriptor);
    return sync_folder(path, err);
}

/* With a slash in it, so that SQLite takes it for no special name. */
static char *plain_path(const char *path, px_error *err) {
    return strchr(path, '/') ? px_strdup(path, err) : px_format(err, "./%s", path);
}

static bool is_first_value(sqlite3 *handle, const char *text, const char *expected, char *value,
                           size_t room) {
    sqlite3_stmt *asked = NULL;
    bool equal = false;
    snprintf(value, room, "no answer");
    if (sqlite3_prepare_v2(handle, text, -1, &asked, NULL) == SQLITE_OK &&
        sqlite3_step(asked) == SQLITE_ROW) {
        const char *given = (const char *)sqlite3_column_text(asked, 0);
        snprintf(value, room, "%s", given ? given : "nothing");
        equal = strcmp(value, expected) == 0;
    }
    sqlite3_finalize(asked);
    return equal;
}

/* A file made by others may hold a schema that does things: none of it is trusted. */
static bool configure(sqlite3 *handle, const px_sql_source *source) {
    sqlite3_extended_result_codes(handle, 1);
    sqlite3_busy_timeout(handle, source->patience_ms);
    sqlite3_limit(handle, SQLITE_LIMIT_ATTACHED, 0);
    return sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL) == SQLITE_OK &&
           sqlite3_db_config(handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL) == SQLITE_OK &&
           sqlite3_exec(handle,
                        "PRAGMA foreign_keys = ON; PRAGMA secure_delete = ON;"
                        "PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;"
                        "PRAGMA synchronous = FULL; PRAGMA journal_size_limit = 16777216",
                        NULL, NULL, NULL) == SQLITE_OK;
}

static bool check_file(sqlite3 *handle, const char *path, px_error *err) {
    char value[200];
    if (is_first_value(handle, "PRAGMA quick_check(1)", "ok", value, sizeof value))
        return true;
    const int status = sqlite3_errcode(handle) & 0xff;
    if (status != SQLITE_OK && status != SQLITE_DONE && status != SQLITE_ROW)
        return fail_open(handle, path, err);
    return fail_damaged(path, value, err);
}

static bool use_wal(sqlite3 *handle, const char *path, px_error *err) {
    char mode[200];
    if (is_first_value(handle, "PRAGMA journal_mode = WAL", "wal", mode, sizeof mode))
        return true;
    const int status = sqlite3_errcode(handle);
    if (status != SQLITE_OK && status != SQLITE_ROW && status != SQLITE_DONE)
        return fail_open(handle, path, err);
    return px_fail(err, PX_ERR_IO, path,
                   "its file system cannot share memory between programs, which SQLite needs");
}

/* While one reader or another always looks into the WAL, it can be copied but not begun again, and
 * grows: a long one is begun again once the readers of a moment have ended. */
static int after_commit(void *context, sqlite3 *handle, const char *name, int pages) {
    px_sql_connection *connection = context;
    if (pages < connection->tried_pages)
        connection->tried_pages = 0;
    if (pages >= LONG_PAGES && pages - connection->tried_pages >= COPY_PAGES) {
        connection->tried_pages = pages;
        sqlite3_busy_timeout(handle, READERS_MS);
        sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_RESTART, NULL, NULL);
        sqlite3_busy_timeout(handle, connection->patience_ms);
    } else if (pages >= COPY_PAGES) {
        sqlite3_wal_checkpoint_v2(handle, name, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
    }
    return SQLITE_OK;
}

static sqlite3 *open_handle(const char *path, const px_sql_source *source, px_error *err) {
    sqlite3 *handle = NULL;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
    if (sqlite3_open_v2(path, &handle, flags, NULL) != SQLITE_OK || !configure(handle, source)) {
        if (handle)
            fail_open(handle, path, err);
        px_fail_memory(err);
    } else if (sqlite3_db_readonly(handle, "main") == 1) {
        px_fail(err, PX_ERR_IO, path, "may be read by this user, but not written");
    } else {
        return handle;
    }
    sqlite3_close(handle);
    return NULL;
}

static px_sql_connection *open_at(const char *path, const px_sql_source *source, px_error *err) {
    px_sql_connection *connection = px_alloc(1, sizeof *connection, err);
    if (!connection)
        return NULL;
    connection->syncs = true;
    connection->patience_ms = source->patience_ms;
    connection->handle = open_handle(path, source, err);
    if (connection->handle && (!source->first || check_file(connection->handle, path, err)) &&
        use_wal(connection->handle, path, err)) {
        sqlite3_wal_hook(connection->handle, after_commit, connection);
        return connection;
    }
    sqlite3_close(connection->handle);
    free(connection);
    return NULL;
}

static px_sql_connection *open_connection(const px_sql_source *source, px_error *err) {
    char *path = plain_path(source->where, err);
    px_sql_connection *connection = NULL;
    if (path && (!source->first || make_file(path, false, err)))
        connection = open_at(path, source, err);
    free(path);
    return connection;
}

static void close_connection(px_sql_connection *connection) {
    for (int i = 0; i < connection->n_statements; i++)
        sqlite3_finalize(connection->statements[i].handle);
    sqlite3_close(connection->handle);
    free(connection);
}

/* What fails on a file fails on every connection to it. */
static bool is_usable(const px_sql_connection *connection) {
    return sqlite3_get_autocommit(connection->handle) != 0;
}

/* ---- Transactions ---- */

static bool execute(px_sql_connection *connection, const char *text, px_error *err) {
    return sqlite3_exec(connection->handle, text, NULL, NULL, NULL) == SQLITE_OK ||
           fail(connection->handle, err);
}

/* Synchronous can be set outside of transactions only. */
static bool begin(px_sql_connection *connection, px_sql_mode mode, px_error *err) {
    const bool syncs = mode != PX_SQL_WRITE_RELAXED;
    connection->mode = mode;
    if (mode == PX_SQL_READ)
        return execute(connection, "BEGIN", err);
    if (syncs != connection->syncs) {
        if (!execute(connection,
                     syncs ? "PRAGMA synchronous = FULL" : "PRAGMA synchronous = NORMAL", err))
            return false;
        connection->syncs = syncs;
    }
    return execute(connection, "BEGIN IMMEDIATE", err);
}

static void reset_statements(px_sql_connection *connection) {
    for (int i = 0; i < connection->n_statements; i++) {
        if (connection->statements[i].in_use)
            sqlite3_reset(connection->statements[i].handle);
    }
}

static bool commit(px_sql_connection *connection, px_error *err) {
    reset_statements(connection);
    return execute(connection, "COMMIT", err);
}

/* Some failures end the transaction by themselves. */
static void rollback(px_sql_connection *connection) {
    reset_statements(connection);
    if (sqlite3_get_autocommit(connection->handle) == 0)
        execute(connection, "ROLLBACK", NULL);
}

/* ---- Statements ---- */

static sqlite3_stmt *prepare(px_sql_connection *connection, const char *text, unsigned flags,
                             px_error *err) {
    sqlite3_stmt *handle = NULL;
    const char *rest = "";
    if (sqlite3_prepare_v3(connection->handle, text, -1, flags, &handle, &rest) != SQLITE_OK) {
        fail(connection->handle, err);
    } else if (!handle || rest[strspn(rest, " \n;")] != '\0') {
        px_fail(err, PX_ERR_USAGE, "database", "a query is exactly one statement");
        sqlite3_finalize(handle);
        handle = NULL;
    }
    return handle;
}

static statement *find_statement(px_sql_connection *connection, const char *text) {
    for (int i = 0; i < connection->n_statements; i++) {
        statement *found = &connection->statements[i];
        if (!found->in_use && strcmp(sqlite3_sql(found->handle), text) == 0)
            return found;
    }
    return NULL;
}

static bool take_statement(px_sql_cursor *cursor, const char *text, px_error *err) {
    px_sql_connection *connection = cursor->connection;
    cursor->kept = find_statement(connection, text);
    if (!cursor->kept) {
        const bool keep = connection->n_statements < MOST_STATEMENTS;
        cursor->handle = prepare(connection, text, keep ? SQLITE_PREPARE_PERSISTENT : 0, err);
        if (!cursor->handle || !keep)
            return cursor->handle != NULL;
        cursor->kept = &connection->statements[connection->n_statements++];
        cursor->kept->handle = cursor->handle;
    }
    cursor->handle = cursor->kept->handle;
    cursor->kept->in_use = true;
    return true;
}

static int bind_value(sqlite3_stmt *handle, int index, const px_sql_value *value) {
    switch (value->type) {
    case PX_SQL_INT:
        return sqlite3_bind_int64(handle, index, value->integer);
    case PX_SQL_REAL:
        return sqlite3_bind_double(handle, index, value->real);
    case PX_SQL_TEXT:
        return sqlite3_bind_text64(handle, index, value->bytes, value->size, SQLITE_TRANSIENT,
                                   SQLITE_UTF8);
    case PX_SQL_BYTES:
        return sqlite3_bind_blob64(handle, index, value->bytes, value->size, SQLITE_TRANSIENT);
    case PX_SQL_NULL:
        break;
    }
    return sqlite3_bind_null(handle, index);
}

static bool bind(px_sql_cursor *cursor, const px_sql_value *values, int n_values, px_error *err) {
    int bound = 0;
    for (int i = 0; i < n_values; i++) {
        char name[16];
        snprintf(name, sizeof name, "$%d", i + 1);
        const int index = sqlite3_bind_parameter_index(cursor->handle, name);
        if (index == 0)
            continue;
        if (bind_value(cursor->handle, index, &values[i]) != SQLITE_OK)
            return fail(cursor->connection->handle, err);
        bound++;
    }
    return bound == sqlite3_bind_parameter_count(cursor->handle) ||
           px_fail(err, PX_ERR_USAGE, "database", "a parameter of a statement has no value");
}

/* Texts are asked for now, while running out of memory can be said. */
static bool check_row(const px_sql_cursor *cursor, px_error *err) {
    for (int i = 0; i < sqlite3_data_count(cursor->handle); i++) {
        if (sqlite3_column_type(cursor->handle, i) == SQLITE_TEXT &&
            !sqlite3_column_text(cursor->handle, i))
            return px_fail_memory(err);
    }
    return true;
}

static bool step(px_sql_cursor *cursor, px_error *err) {
    const int status = sqlite3_step(cursor->handle);
    cursor->has_row = status == SQLITE_ROW;
    if (status == SQLITE_ROW)
        return check_row(cursor, err);
    return status == SQLITE_DONE || fail(cursor->connection->handle, err);
}

static void finish(px_sql_cursor *cursor) {
    if (cursor->kept) {
        sqlite3_reset(cursor->handle);
        sqlite3_clear_bindings(cursor->handle);
        cursor->kept->in_use = false;
    } else {
        sqlite3_finalize(cursor->handle);
    }
    free(cursor);
}

static px_sql_cursor *query(px_sql_connection *connection, const char *text,
                            const px_sql_value *values, int n_values, px_error *err) {
    px_sql_cursor *cursor = px_alloc(1, sizeof *cursor, err);
    if (!cursor)
        return NULL;
    cursor->connection = connection;
    bool ok = take_statement(cursor, text, err);
    if (ok && connection->mode == PX_SQL_READ && !sqlite3_stmt_readonly(cursor->handle))
        ok = px_fail(err, PX_ERR_USAGE, "database", "a transaction that reads changes nothing");
    if (ok && bind(cursor, values, n_values, err) && step(cursor, err))
        return cursor;
    finish(cursor);
    return NULL;
}

static bool next(px_sql_cursor *cursor, px_error *err) {
    if (cursor->on_row && !step(cursor, err))
        cursor->has_row = false;
    cursor->on_row = cursor->has_row;
    return cursor->on_row;
}

static int64_t changed(const px_sql_cursor *cursor) {
    return sqlite3_changes64(cursor->connection->handle);
}

static px_sql_value column(const px_sql_cursor *cursor, int number) {
    sqlite3_stmt *handle = cursor->handle;
    switch (sqlite3_column_type(handle, number)) {
    case SQLITE_INTEGER:
        return px_sql_int(sqlite3_column_int64(handle, number));
    case SQLITE_FLOAT:
        return px_sql_real(sqlite3_column_double(handle, number));
    case SQLITE_TEXT:
        return px_sql_text((const char *)sqlite3_column_text(handle, number));
    case SQLITE_BLOB: {
        const void *bytes = sqlite3_column_blob(handle, number);
        return px_sql_bytes(bytes, (size_t)sqlite3_column_bytes(handle, number));
    }
    default:
        return px_sql_null();
    }
}

/* ---- Backup ---- */

/* All pages in one step, which is one read transaction: nobody is kept waiting, and no change makes
 * it begin again. The copy is then no WAL database, so that it is one file. */
static bool copy(sqlite3 *from, sqlite3 *to, const char *path, px_error *err) {
    sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return fail_open(to, path, err);
    sqlite3_backup_step(backup, -1);
    if (sqlite3_backup_finish(backup) != SQLITE_OK)
        return fail_open(to, path, err);
    char mode[20];
    return is_first_value(to, "PRAGMA journal_mode = DELETE", "delete", mode, sizeof mode) ||
           fail_open(to, path, err);
}

static bool backup_to(sqlite3 *from, const char *path, const px_sql_source *source, px_error *err) {
    if (!make_file(path, true, err))
        return false;
    sqlite3 *to = open_handle(path, source, err);
    const bool ok = to && copy(from, to, path, err) && check_file(to, path, err);
    if (sqlite3_close(to) == SQLITE_OK && ok)
        return true;
    unlink(path);
    return false;
}

static bool backup(const px_sql_source *source, const char *path, px_error *err) {
    px_sql_connection *from = open_connection(source, err);
    char *target = from ? plain_path(path, err) : NULL;
    const bool ok = target && backup_to(from->handle, target, source, err);
    free(target);
    if (from)
        close_connection(from);
    return ok;
}

const px_sql_driver px_sql_sqlite = {
    .name = "sqlite",
    .one_writer = true,
    .open = open_connection,
    .close = close_connection,
    .is_usable = is_usable,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .run_script = execute,
    .query = query,
    .next = next,
    .finish = finish,
    .changed = changed,
    .column = column,
    .backup = backup,
};
