/* What stands between the store, the system and the database. Files are opened with the name that
 * openat() has where offsets are 64 bits wide. */
#include "failing_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "../src/base/error.h"
#include "../src/store/sql.h"

calls_mode calls_mode_now = CALLS_WORK;
int calls_left;
int calls_errno = EIO;

int __real_openat64(int folder, const char *path, int flags, ...);
int __real_fsync(int fd);
int __real_mkdirat(int folder, const char *path, mode_t mode);
int __real_renameat(int from, const char *old, int to, const char *new);
int __real_unlinkat(int folder, const char *path, int flags);
ssize_t __real_write(int fd, const void *bytes, size_t size);
px_sql_link *__real_px_sql_begin(px_sql *sql, px_sql_mode mode, px_error *err);
bool __real_px_sql_commit(px_sql_link *link, px_error *err);

int __wrap_openat64(int folder, const char *path, int flags, ...);
int __wrap_fsync(int fd);
int __wrap_mkdirat(int folder, const char *path, mode_t mode);
int __wrap_renameat(int from, const char *old, int to, const char *new);
int __wrap_unlinkat(int folder, const char *path, int flags);
ssize_t __wrap_write(int fd, const void *bytes, size_t size);
px_sql_link *__wrap_px_sql_begin(px_sql *sql, px_sql_mode mode, px_error *err);
bool __wrap_px_sql_commit(px_sql_link *link, px_error *err);

/* Is this the chosen call? Ends the process in its place. */
static bool is_chosen(void) {
    bool chosen = calls_mode_now != CALLS_WORK && calls_left-- == 0;
    if (chosen && calls_mode_now == CALLS_DIE)
        _exit(CALLS_DIED);
    return chosen;
}

static bool fails(bool chosen) {
    if (!chosen || calls_mode_now != CALLS_FAIL)
        return false;
    errno = calls_errno;
    return true;
}

#define STAND_IN(real_call) return fails(is_chosen()) ? -1 : real_call

int __wrap_openat64(int folder, const char *path, int flags, ...) {
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    STAND_IN(__real_openat64(folder, path, flags, mode));
}

int __wrap_fsync(int fd) {
    STAND_IN(__real_fsync(fd));
}

int __wrap_mkdirat(int folder, const char *path, mode_t mode) {
    STAND_IN(__real_mkdirat(folder, path, mode));
}

int __wrap_renameat(int from, const char *old, int to, const char *new) {
    STAND_IN(__real_renameat(from, old, to, new));
}

int __wrap_unlinkat(int folder, const char *path, int flags) {
    STAND_IN(__real_unlinkat(folder, path, flags));
}

ssize_t __wrap_write(int fd, const void *bytes, size_t size) {
    STAND_IN(__real_write(fd, bytes, size));
}

px_sql_link *__wrap_px_sql_begin(px_sql *sql, px_sql_mode mode, px_error *err) {
    if (!fails(is_chosen()))
        return __real_px_sql_begin(sql, mode, err);
    px_fail(err, PX_ERR_BUSY, "database", "away");
    return NULL;
}

bool __wrap_px_sql_commit(px_sql_link *link, px_error *err) {
    bool chosen = is_chosen();
    if (fails(chosen)) {
        px_sql_rollback(link);
        return px_fail(err, PX_ERR_IO, "database", "disk full");
    }
    bool ok = __real_px_sql_commit(link, err);
    if (chosen && calls_mode_now == CALLS_LIE)
        return px_fail(err, PX_ERR_IO, "database", "lost while it committed");
    return ok;
}
