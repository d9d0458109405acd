/* Databases that live as long as one test. */
#include "scratch_database.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ftw.h>
#include <libpq-fe.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *server_url(void) {
    return getenv("PERXEPTRON_TEST_POSTGRES");
}

bool scratch_is_postgres(void) {
    return server_url() != NULL;
}

void scratch_run_on_server(const char *text) {
    PGconn *server = PQconnectdb(server_url());
    PGresult *result = PQexec(server, text);
    const ExecStatusType status = PQresultStatus(result);
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        fail_msg("%s: %s", text, PQerrorMessage(server));
    PQclear(result);
    PQfinish(server);
}

void scratch_make(scratch_database *made) {
    static int count;
    snprintf(made->folder, sizeof made->folder, "/tmp/perxeptron-test.XXXXXX");
    assert_non_null(mkdtemp(made->folder));
    if (!scratch_is_postgres()) {
        snprintf(made->url, sizeof made->url, "sqlite:%s/perxeptron.db", made->folder);
        return;
    }
    snprintf(made->name, sizeof made->name, "perxeptron_test_%ld_%d", (long)getpid(), ++count);
    snprintf(made->url, sizeof made->url, "%s%cdbname=%s", server_url(),
             strchr(server_url(), '?') ? '&' : '?', made->name);
    char text[128];
    snprintf(text, sizeof text, "CREATE DATABASE %s", made->name);
    scratch_run_on_server(text);
}

static int remove_entry(const char *path, const struct stat *status, int kind, struct FTW *where) {
    (void)status;
    (void)kind;
    (void)where;
    return remove(path);
}

void scratch_remove(scratch_database *made) {
    nftw(made->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
    if (!scratch_is_postgres())
        return;
    char text[128];
    snprintf(text, sizeof text, "DROP DATABASE %s WITH (FORCE)", made->name);
    scratch_run_on_server(text);
}

const char *scratch_path(const scratch_database *made, const char *name) {
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", made->folder, name);
    return path;
}
