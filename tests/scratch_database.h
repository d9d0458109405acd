/* A new, empty database for a test, and a folder beside it: SQLite, or PostgreSQL where
 * PERXEPTRON_TEST_POSTGRES holds a superuser's URL (postgres.sh sets it). */
#ifndef SCRATCH_DATABASE_H
#define SCRATCH_DATABASE_H

#include <stdbool.h>

typedef struct scratch_database {
    char folder[64]; /**< empty but for SQLite's files */
    char url[400];   /**< for px_sql_options */
    char name[64];   /**< PostgreSQL's database */
} scratch_database;

/** Do the tests of this process run on PostgreSQL? */
bool scratch_is_postgres(void);

/** Make one; a failure fails the test. */
void scratch_make(scratch_database *made);
/** Delete it with all that is in its folder. Every connection to it must be closed. */
void scratch_remove(scratch_database *made);

/** "FOLDER/NAME", valid until the next call. */
const char *scratch_path(const scratch_database *made, const char *name);

/** Run statements on PostgreSQL's first database, as its superuser; a failure fails the test. */
void scratch_run_on_server(const char *text);

#endif
