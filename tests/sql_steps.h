/* Steps on a database that must succeed: a failure fails the test. */
#ifndef SQL_STEPS_H
#define SQL_STEPS_H

#include "../src/store/sql.h"

px_sql *sql_open(const char *url, int connections, int patience_ms);
px_sql_link *sql_begin(px_sql *sql, px_sql_mode mode);
void sql_commit(px_sql_link *link);

/** Rows changed. */
int64_t sql_run(px_sql_link *link, const char *text, const px_sql_value *values, int n_values);
/** The same in a transaction of its own. */
void sql_run_alone(px_sql *sql, const char *text);

/** The integer that is the only row of a query. */
int64_t sql_ask(px_sql_link *link, const char *text);
/** The same in a transaction of its own. */
int64_t sql_ask_alone(px_sql *sql, const char *text);

#endif
