/* Reading rows: the first one, a list, single columns; in a transaction at hand or a new one; and
 * what a part of a text is found by. */
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "store_parts.h"

bool px_rows_step(px_sql_rows *rows, bool *more, px_error *err) {
    px_error failure = {0};
    *more = px_sql_next(rows, &failure);
    if (failure.code == PX_OK)
        return true;
    *more = false;
    return px_fail(err, failure.code, failure.subject, "%s", failure.message);
}

bool px_rows_list(px_sql_link *link, const char *text, const px_sql_value *values, int n_values,
                  px_row_reader *read, void *items, size_t size, int room, int *count,
                  px_error *err) {
    px_sql_rows *rows = px_sql_query(link, text, values, n_values, err);
    if (!rows)
        return false;
    int n = 0;
    bool more, ok = true;
    while ((ok = px_rows_step(rows, &more, err)) && more) {
        if (n < room && !(ok = read(rows, (char *)items + (size_t)n * size, err)))
            break;
        n += n < room;
    }
    px_sql_rows_free(rows);
    if (ok)
        *count = n;
    return ok;
}

bool px_rows_find(px_sql_link *link, const char *text, const px_sql_value *values, int n_values,
                  px_row_reader *read, void *item, bool *found, px_error *err) {
    int count;
    if (!px_rows_list(link, text, values, n_values, read, item, 0, 1, &count, err))
        return false;
    *found = count > 0;
    return true;
}

bool px_store_end(px_sql_link *link, bool ok, px_error *err) {
    if (ok)
        return px_sql_commit(link, err);
    px_sql_rollback(link);
    return false;
}

bool px_store_end_reading(px_sql_link *link, bool ok) {
    px_sql_rollback(link);
    return ok;
}

bool px_store_list_rows(px_store *store, const char *text, const px_sql_value *values, int n_values,
                        px_row_reader *read, void *items, size_t size, int room, int *count,
                        px_error *err) {
    px_sql_link *link = px_sql_begin(store->sql, PX_SQL_READ, err);
    return link && px_store_end_reading(link, px_rows_list(link, text, values, n_values, read,
                                                           items, size, room, count, err));
}

bool px_store_find_row(px_store *store, const char *text, const px_sql_value *values, int n_values,
                       px_row_reader *read, void *item, bool *found, px_error *err) {
    int count;
    if (!px_store_list_rows(store, text, values, n_values, read, item, 0, 1, &count, err))
        return false;
    *found = count > 0;
    return true;
}

bool px_store_run(px_store *store, px_sql_mode mode, const char *text, const px_sql_value *values,
                  int n_values, px_error *err) {
    px_sql_link *link = px_sql_begin(store->sql, mode, err);
    return link && px_store_end(link, px_sql_run(link, text, values, n_values, NULL, err), err);
}

bool px_read_integer(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    *(int64_t *)item = px_sql_get_int(rows, 0);
    return true;
}

void px_get_text(const px_sql_rows *rows, int column, char *text, size_t size) {
    const char *value = px_sql_get_text(rows, column);
    snprintf(text, size, "%s", value ? value : "");
}

void px_get_blob(const px_sql_rows *rows, int column, px_blob *blob) {
    blob->id = px_sql_get_int(rows, column);
    px_get_text(rows, column + 1, blob->sha256, sizeof blob->sha256);
    blob->size = px_sql_get_int(rows, column + 2);
    blob->sealed = px_sql_get_int(rows, column + 3) != 0;
}

bool px_read_blob(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    px_get_blob(rows, 0, item);
    return true;
}

void px_get_user(const px_sql_rows *rows, int column, px_user *user) {
    user->id = px_sql_get_int(rows, column);
    px_get_text(rows, column + 1, user->username, sizeof user->username);
    px_get_text(rows, column + 2, user->password_hash, sizeof user->password_hash);
    user->role = px_sql_get_int(rows, column + 3) == PX_ROLE_ADMIN ? PX_ROLE_ADMIN : PX_ROLE_USER;
    user->disabled = px_sql_get_int(rows, column + 4) != 0;
    user->created = px_sql_get_int(rows, column + 5);
    user->last_login = px_sql_get_int(rows, column + 6);
}

char *px_make_pattern(const char *text, px_error *err) {
    const size_t length = text ? strlen(text) : 0;
    char *pattern = px_alloc(2 * length + 3, 1, err);
    if (!pattern)
        return NULL;
    size_t n = 0;
    pattern[n++] = '%';
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '%' || text[i] == '_' || text[i] == '!')
            pattern[n++] = '!';
        pattern[n++] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 'a' - 'A' : text[i]);
    }
    if (length > 0)
        pattern[n++] = '%';
    pattern[n] = '\0';
    return pattern;
}
