/* PostgreSQL through libpq: prepared statements, binary values; the only file that includes
 * libpq-fe.h. */
#include <endian.h>
#include <libpq-fe.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "sql_driver.h"
#include "turns.h"

/* Numbers that PostgreSQL gives its types (pg_type.dat), and whether values come as binary. */
enum {
    TYPE_BOOL = 16,
    TYPE_BYTEA = 17,
    TYPE_NAME = 19,
    TYPE_INT8 = 20,
    TYPE_INT2 = 21,
    TYPE_INT4 = 23,
    TYPE_TEXT = 25,
    TYPE_FLOAT4 = 700,
    TYPE_FLOAT8 = 701,
    TYPE_VARCHAR = 1043,
    TYPE_VOID = 2278,
    BINARY = 1
};

/* MOST_STATEMENTS stay prepared on a connection; the program has fewer. A statement may take longer
 * than the wait for a lock, and the server is given a while more to say that it did. */
enum { MOST_STATEMENTS = 400, LEAST_STATEMENT_MS = 10000, GRACE_MS = 2000, OLDEST_SERVER = 130000 };

typedef struct statement {
    char *text;
    int n_types;
    Oid types[PX_SQL_MOST_VALUES];
} statement;

struct px_sql_connection {
    PGconn *handle;
    int statement_ms;
    bool is_lost;
    statement *statements[MOST_STATEMENTS]; /* named by their index */
    int n_statements;
};

struct px_sql_cursor {
    PGresult *result;
    int row;
};

/* ---- Errors ---- */

static bool in_class(const char *state, const char *class) {
    return strncmp(state, class, strlen(class)) == 0;
}

/* SQLSTATEs: PostgreSQL's documentation, appendix A. */
static px_error_code code_of(const char *state) {
    static const char *const busy[] = {"40", "55P03", "57014", "57P", "53300",
                                       /* a plan that the server lost or cannot use any more */
                                       "0A000", "26000"};
    for (size_t i = 0; i < sizeof busy / sizeof *busy; i++) {
        if (in_class(state, busy[i]))
            return PX_ERR_BUSY;
    }
    return in_class(state, "22") || in_class(state, "23") ? PX_ERR_INPUT : PX_ERR_IO;
}

static bool fail_lost(px_sql_connection *connection, px_error *err) {
    connection->is_lost = true;
    return px_fail(err, PX_ERR_BUSY, "database", "the connection to the server was lost");
}

/* The message of class 22 quotes the value, and a detail any value: neither is passed on. */
static bool fail_result(px_sql_connection *connection, const PGresult *result, px_error *err) {
    const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    if (!state || PQstatus(connection->handle) != CONNECTION_OK)
        return fail_lost(connection, err);
    if (in_class(state, "0A000") || in_class(state, "26000"))
        connection->is_lost = true;
    if (in_class(state, "22") || !message)
        message = "a value is refused";
    return px_fail(err, code_of(state), "database", "%s (SQLSTATE %s)", message, state);
}

/* ---- Talking to the server ---- */

/* False: nothing came by the deadline, or the connection is broken. */
static bool wait_for(const px_sql_connection *connection, short events, int64_t deadline) {
    struct pollfd socket = {.fd = PQsocket(connection->handle), .events = events};
    const int64_t left = deadline - px_clock_ms();
    return left > 0 && poll(&socket, 1, (int)left) != 0 && PQconsumeInput(connection->handle);
}

static bool wait_for_answer(const px_sql_connection *connection, int64_t deadline) {
    int unsent;
    while ((unsent = PQflush(connection->handle)) == 1) {
        if (!wait_for(connection, POLLIN | POLLOUT, deadline))
            return false;
    }
    while (PQisBusy(connection->handle)) {
        if (!wait_for(connection, POLLIN, deadline))
            return false;
    }
    return unsent == 0;
}

/* The last result of what was sent, or the first failure among them; NULL: the server was lost. */
static PGresult *receive(px_sql_connection *connection, int64_t deadline) {
    PGresult *last = NULL;
    for (;;) {
        if (!wait_for_answer(connection, deadline)) {
            PQclear(last);
            return NULL;
        }
        PGresult *result = PQgetResult(connection->handle);
        if (!result)
            return last;
        if (last && PQresultStatus(last) == PGRES_FATAL_ERROR) {
            PQclear(result);
        } else {
            PQclear(last);
            last = result;
        }
    }
}

/* What PQsend… gave, as a result that succeeded, or NULL and an error. */
static PGresult *complete(px_sql_connection *connection, int sent, int64_t ms, px_error *err) {
    PGresult *result = sent ? receive(connection, px_clock_ms() + ms) : NULL;
    const ExecStatusType status = PQresultStatus(result);
    if (result && (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK))
        return result;
    if (status == PGRES_EMPTY_QUERY)
        px_fail(err, PX_ERR_USAGE, "database", "a query is exactly one statement");
    else if (result)
        fail_result(connection, result, err);
    else
        fail_lost(connection, err);
    PQclear(result);
    return NULL;
}

static bool execute_within(px_sql_connection *connection, const char *text, int64_t ms,
                           px_error *err) {
    if (connection->is_lost)
        return fail_lost(connection, err);
    PGresult *result = complete(connection, PQsendQuery(connection->handle, text), ms, err);
    PQclear(result);
    return result != NULL;
}

static bool execute(px_sql_connection *connection, const char *text, px_error *err) {
    return execute_within(connection, text, connection->statement_ms + GRACE_MS, err);
}

/* ---- Opening ---- */

static void ignore_notice(void *context, const PGresult *result) {
    (void)context;
    (void)result;
}

/* Why it could not be connected to, from libpq's "connection to server at … failed: FATAL: reason".
 * Without the beginning and without anything quoted that the server did not say: a URL with a
 * mistake in it may be quoted there, password and all. */
static bool fail_connect(const PGconn *handle, px_error *err) {
    char line[300];
    snprintf(line, sizeof line, "%s", PQerrorMessage(handle));
    line[strcspn(line, "\n")] = '\0';
    const char *reason = line;
    for (const char *colon; (colon = strstr(reason, ": "));)
        reason = colon + 2;
    if (strchr(reason, '"') && !strstr(line, "FATAL: "))
        reason = "its URL is wrong";
    return px_fail(err, PX_ERR_BUSY, "database", "cannot connect to the PostgreSQL server: %s",
                   reason + strspn(reason, " "));
}

static bool check_url(const char *url, px_error *err) {
    char *message = NULL;
    PQconninfoOption *parts = PQconninfoParse(url, &message);
    PQfreemem(message); /* it quotes the URL */
    PQconninfoFree(parts);
    return parts || px_fail(err, PX_ERR_USAGE, "database", "its URL is not understood");
}

/* The URL overrules what stands before it. */
static PGconn *connect_to(const px_sql_source *source) {
    char seconds[16], patience[16];
    snprintf(seconds, sizeof seconds, "%d", source->patience_ms / 1000 + 1);
    snprintf(patience, sizeof patience, "%d", source->patience_ms);
    const char *const names[] = {"connect_timeout",  "keepalives_idle",  "keepalives_interval",
                                 "keepalives_count", "tcp_user_timeout", "application_name",
                                 "dbname",           "client_encoding",  NULL};
    const char *const values[] = {seconds,      "10",          "5",    "3", patience,
                                  "perxeptron", source->where, "UTF8", NULL};
    return PQconnectdbParams(names, values, 1);
}

static bool check_server(const PGconn *handle, px_error *err) {
    if (PQstatus(handle) != CONNECTION_OK)
        return fail_connect(handle, err);
    if (PQserverVersion(handle) < OLDEST_SERVER)
        return px_fail(err, PX_ERR_UNSUPPORTED, "database",
                       "PostgreSQL must be version %d or newer", OLDEST_SERVER / 10000);
    const char *encoding = PQparameterStatus(handle, "server_encoding");
    return (encoding && strcmp(encoding, "UTF8") == 0) ||
           px_fail(err, PX_ERR_UNSUPPORTED, "database", "its encoding must be UTF8");
}

/* A commit that says it is on disk must be, whatever the server's default. Plans are made for the
 * values at hand: one for all values took 50 ms for a page of 20,000 X-rays instead of 1. Of a
 * machine that lost its power the server learns in half a minute, and lets its locks go. */
static bool configure(px_sql_connection *connection, int patience_ms, px_error *err) {
    char text[600];
    snprintf(text, sizeof text,
             "SET lock_timeout = %d; SET statement_timeout = %d;"
             "SET plan_cache_mode = force_custom_plan; SET tcp_keepalives_idle = 10;"
             "SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
             "SELECT set_config('synchronous_commit', 'on', false)"
             " WHERE current_setting('synchronous_commit') = 'off'",
             patience_ms > 0 ? patience_ms : 1, connection->statement_ms);
    return execute(connection, text, err);
}

static void close_connection(px_sql_connection *connection) {
    for (int i = 0; i < connection->n_statements; i++) {
        free(connection->statements[i]->text);
        free(connection->statements[i]);
    }
    PQfinish(connection->handle);
    free(connection);
}

static px_sql_connection *open_connection(const px_sql_source *source, px_error *err) {
    px_sql_connection *connection = px_alloc(1, sizeof *connection, err);
    if (!connection)
        return NULL;
    const int ms = source->patience_ms;
    connection->statement_ms = ms > LEAST_STATEMENT_MS ? ms : LEAST_STATEMENT_MS;
    if (check_url(source->where, err)) {
        connection->handle = connect_to(source);
        if (check_server(connection->handle, err)) {
            PQsetNoticeReceiver(connection->handle, ignore_notice, NULL);
            PQsetnonblocking(connection->handle, 1);
            if (configure(connection, ms, err))
                return connection;
        }
    }
    close_connection(connection);
    return NULL;
}

static bool is_usable(const px_sql_connection *connection) {
    return !connection->is_lost && PQstatus(connection->handle) == CONNECTION_OK &&
           PQtransactionStatus(connection->handle) == PQTRANS_IDLE;
}

/* ---- Transactions ---- */

/* Statements of a write see what was committed before each of them: px_sql_lock relies on it. */
static bool begin(px_sql_connection *connection, px_sql_mode mode, px_error *err) {
    static const char *const texts[] = {
        [PX_SQL_READ] = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        [PX_SQL_WRITE] = "BEGIN ISOLATION LEVEL READ COMMITTED",
        [PX_SQL_WRITE_RELAXED] =
            "BEGIN ISOLATION LEVEL READ COMMITTED; SET LOCAL synchronous_commit = off",
    };
    return execute(connection, texts[mode], err);
}

static void rollback(px_sql_connection *connection) {
    const PGTransactionStatusType status = PQtransactionStatus(connection->handle);
    if (!connection->is_lost && (status == PQTRANS_INTRANS || status == PQTRANS_INERROR))
        execute(connection, "ROLLBACK", NULL);
}

/* COMMIT of a transaction in which a statement failed succeeds by rolling back. */
static bool commit(px_sql_connection *connection, px_error *err) {
    if (PQtransactionStatus(connection->handle) == PQTRANS_INERROR)
        return px_fail(err, PX_ERR_IO, "database", "a statement of the transaction failed");
    return execute(connection, "COMMIT", err);
}

/* A change of the schema may take its time. */
static bool run_script(px_sql_connection *connection, const char *text, px_error *err) {
    return execute(connection, "SET LOCAL statement_timeout = 0", err) &&
           execute_within(connection, text, INT32_MAX, err);
}

/* ---- Statements ---- */

/* Parameters as libpq takes them: all binary. */
typedef struct parameters {
    int count;
    Oid types[PX_SQL_MOST_VALUES];
    const char *values[PX_SQL_MOST_VALUES];
    int sizes[PX_SQL_MOST_VALUES], formats[PX_SQL_MOST_VALUES];
    uint64_t numbers[PX_SQL_MOST_VALUES]; /* big endian */
} parameters;

static void set_number(parameters *to, int i, uint64_t bits) {
    to->numbers[i] = htobe64(bits);
    to->values[i] = (const char *)&to->numbers[i];
    to->sizes[i] = sizeof bits;
}

static bool set_parameter(parameters *to, int i, const px_sql_value *value, px_error *err) {
    static const Oid types[] = {[PX_SQL_NULL] = 0,
                                [PX_SQL_INT] = TYPE_INT8,
                                [PX_SQL_REAL] = TYPE_FLOAT8,
                                [PX_SQL_TEXT] = TYPE_TEXT,
                                [PX_SQL_BYTES] = TYPE_BYTEA};
    to->types[i] = types[value->type];
    to->formats[i] = BINARY;
    if (value->size > INT32_MAX)
        return px_fail(err, PX_ERR_INPUT, "database", "parameter $%d is too large", i + 1);
    if (value->type == PX_SQL_INT) {
        set_number(to, i, (uint64_t)value->integer);
    } else if (value->type == PX_SQL_REAL) {
        uint64_t bits;
        memcpy(&bits, &value->real, sizeof bits);
        set_number(to, i, bits);
    } else {
        to->values[i] = value->type == PX_SQL_NULL ? NULL : value->bytes;
        to->sizes[i] = (int)value->size;
    }
    return true;
}

static bool set_parameters(parameters *to, const px_sql_value *values, int n_values,
                           px_error *err) {
    to->count = n_values;
    for (int i = 0; i < n_values; i++) {
        if (!set_parameter(to, i, &values[i], err))
            return false;
    }
    return true;
}

/* The same text with other types is another statement. */
static int find_statement(const px_sql_connection *connection, const char *text,
                          const parameters *with) {
    for (int i = 0; i < connection->n_statements; i++) {
        const statement *known = connection->statements[i];
        if (known->n_types == with->count && strcmp(known->text, text) == 0 &&
            memcmp(known->types, with->types, (size_t)with->count * sizeof(Oid)) == 0)
            return i;
    }
    return -1;
}

static bool keep_statement(px_sql_connection *connection, const char *text, const parameters *with,
                           px_error *err) {
    statement *made = px_alloc(1, sizeof *made, err);
    if (!made || !(made->text = px_strdup(text, err))) {
        free(made);
        return false;
    }
    made->n_types = with->count;
    memcpy(made->types, with->types, (size_t)with->count * sizeof(Oid));
    connection->statements[connection->n_statements++] = made;
    return true;
}

static bool prepare(px_sql_connection *connection, const char *text, const parameters *with,
                    px_error *err) {
    char name[16];
    snprintf(name, sizeof name, "s%d", connection->n_statements);
    PGresult *result = complete(
        connection, PQsendPrepare(connection->handle, name, text, with->count, with->types),
        connection->statement_ms + GRACE_MS, err);
    PQclear(result);
    if (!result)
        return false;
    connection->is_lost = !keep_statement(connection, text, with, err); /* its name is taken */
    return !connection->is_lost;
}

static PGresult *send_statement(px_sql_connection *connection, const char *text,
                                const parameters *with, px_error *err) {
    PGconn *handle = connection->handle;
    int index = find_statement(connection, text, with);
    int sent;
    if (index < 0 && connection->n_statements == MOST_STATEMENTS) {
        sent = PQsendQueryParams(handle, text, with->count, with->types, with->values, with->sizes,
                                 with->formats, BINARY);
    } else {
        if (index < 0 && !prepare(connection, text, with, err))
            return NULL;
        char name[16];
        snprintf(name, sizeof name, "s%d", index < 0 ? connection->n_statements - 1 : index);
        sent = PQsendQueryPrepared(handle, name, with->count, with->values, with->sizes,
                                   with->formats, BINARY);
    }
    return complete(connection, sent, connection->statement_ms + GRACE_MS, err);
}

static bool check_columns(const PGresult *result, px_error *err) {
    static const Oid known[] = {TYPE_BOOL,   TYPE_BYTEA,   TYPE_NAME, TYPE_INT8,
                                TYPE_INT2,   TYPE_INT4,    TYPE_TEXT, TYPE_FLOAT4,
                                TYPE_FLOAT8, TYPE_VARCHAR, TYPE_VOID};
    for (int column = 0; column < PQnfields(result); column++) {
        size_t i = 0;
        while (i < sizeof known / sizeof *known && known[i] != PQftype(result, column))
            i++;
        if (i == sizeof known / sizeof *known)
            return px_fail(err, PX_ERR_UNSUPPORTED, "database",
                           "column %s of a statement needs a CAST", PQfname(result, column));
    }
    return true;
}

static px_sql_cursor *query(px_sql_connection *connection, const char *text,
                            const px_sql_value *values, int n_values, px_error *err) {
    parameters with = {0};
    if (connection->is_lost) {
        fail_lost(connection, err);
        return NULL;
    }
    if (!set_parameters(&with, values, n_values, err))
        return NULL;
    PGresult *result = send_statement(connection, text, &with, err);
    px_sql_cursor *cursor = result ? px_alloc(1, sizeof *cursor, err) : NULL;
    if (!cursor || !check_columns(result, err)) {
        PQclear(result);
        free(cursor);
        return NULL;
    }
    *cursor = (px_sql_cursor){result, -1};
    return cursor;
}

static bool next(px_sql_cursor *cursor, px_error *err) {
    (void)err;
    if (cursor->row < PQntuples(cursor->result))
        cursor->row++;
    return cursor->row < PQntuples(cursor->result);
}

static void finish(px_sql_cursor *cursor) {
    PQclear(cursor->result);
    free(cursor);
}

static int64_t changed(const px_sql_cursor *cursor) {
    return strtoll(PQcmdTuples(cursor->result), NULL, 10);
}

/* Big endian, of 1, 2, 4 or 8 bytes. */
static uint64_t read_bits(const char *value, int size) {
    uint64_t bits = 0;
    for (int i = 0; i < size; i++)
        bits = bits << 8 | (unsigned char)value[i];
    return bits;
}

static double read_real(const char *value, int size) {
    const uint64_t bits = read_bits(value, size);
    if (size == sizeof(float)) {
        const uint32_t few = (uint32_t)bits;
        float single;
        memcpy(&single, &few, sizeof single);
        return single;
    }
    double real;
    memcpy(&real, &bits, sizeof real);
    return real;
}

static px_sql_value column(const px_sql_cursor *cursor, int number) {
    if (number < 0 || number >= PQnfields(cursor->result) ||
        PQgetisnull(cursor->result, cursor->row, number))
        return px_sql_null();
    const char *value = PQgetvalue(cursor->result, cursor->row, number);
    const int size = PQgetlength(cursor->result, cursor->row, number);
    switch (PQftype(cursor->result, number)) {
    case TYPE_BOOL:
    case TYPE_INT2:
    case TYPE_INT4:
    case TYPE_INT8: {
        const int unused = 64 - 8 * size;
        return px_sql_int((int64_t)(read_bits(value, size) << unused) >> unused);
    }
    case TYPE_FLOAT4:
    case TYPE_FLOAT8:
        return px_sql_real(read_real(value, size));
    case TYPE_BYTEA:
        return px_sql_bytes(value, (size_t)size);
    case TYPE_VOID:
        return px_sql_null();
    default:
        return px_sql_text(value); /* libpq puts a zero behind it */
    }
}

const px_sql_driver px_sql_postgresql = {
    .name = "postgresql",
    /* Locks of PostgreSQL are shared by all that use the database: ours begin at 0x706572586500. */
    .lock = "SELECT pg_advisory_xact_lock(123581012403456 + $1)",
    .open = open_connection,
    .close = close_connection,
    .is_usable = is_usable,
    .begin = begin,
    .commit = commit,
    .rollback = rollback,
    .run_script = run_script,
    .query = query,
    .next = next,
    .finish = finish,
    .changed = changed,
    .column = column,
};
