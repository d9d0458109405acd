/* Steps on a database that must succeed. */
#include "sql_steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

px_sql *sql_open(const char *url, int connections, int patience_ms) {
    const px_sql_options options = {url, connections, patience_ms};
    px_error err = {0};
    px_sql *opened = px_sql_open(&options, &err);
    if (!opened)
        fail_msg("%s: %s", err.subject, err.message);
    return opened;
}

px_sql_link *sql_begin(px_sql *sql, px_sql_mode mode) {
    px_error err = {0};
    px_sql_link *link = px_sql_begin(sql, mode, &err);
    if (!link)
        fail_msg("begin: %s", err.message);
    return link;
}

void sql_commit(px_sql_link *link) {
    px_error err = {0};
    if (!px_sql_commit(link, &err))
        fail_msg("commit: %s", err.message);
}

int64_t sql_run(px_sql_link *link, const char *text, const px_sql_value *values, int n_values) {
    px_error err = {0};
    int64_t changed = -1;
    if (!px_sql_run(link, text, values, n_values, &changed, &err))
        fail_msg("%s: %s", text, err.message);
    return changed;
}

void sql_run_alone(px_sql *sql, const char *text) {
    px_sql_link *link = sql_begin(sql, PX_SQL_WRITE);
    sql_run(link, text, NULL, 0);
    sql_commit(link);
}

/* The only value of the only row of a query. */
int64_t sql_ask(px_sql_link *link, const char *text) {
    px_error err = {0};
    px_sql_rows *rows = px_sql_query(link, text, NULL, 0, &err);
    if (!rows || !px_sql_next(rows, &err))
        fail_msg("%s: %s", text, err.message);
    const int64_t answer = px_sql_get_int(rows, 0);
    assert_false(px_sql_next(rows, &err));
    px_sql_rows_free(rows);
    return answer;
}

int64_t sql_ask_alone(px_sql *sql, const char *text) {
    px_sql_link *link = sql_begin(sql, PX_SQL_READ);
    const int64_t answer = sql_ask(link, text);
    sql_commit(link);
    return answer;
}
