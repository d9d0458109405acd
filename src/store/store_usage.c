/* What each user used, a row a day. */
#include <stdio.h>
#include <time.h>

#include "store_parts.h"

static void day_of(int64_t when, char day[11]) {
    time_t seconds = (time_t)(when / PX_SECOND);
    struct tm parts;
    gmtime_r(&seconds, &parts);
    strftime(day, 11, "%Y-%m-%d", &parts);
}

bool px_store_count_use(px_sql_link *link, int64_t user_id, int64_t requests, int64_t readings,
                        int64_t bytes, px_error *err) {
    char day[11];
    day_of(px_store_now(), day);
    const px_sql_value values[] = {px_sql_int(user_id), px_sql_text(day), px_sql_int(requests),
                                   px_sql_int(readings), px_sql_int(bytes)};
    return px_sql_run(link,
                      "INSERT INTO usage_days (user_id, day, requests, readings, bytes)"
                      " VALUES ($1, $2, $3, $4, $5) ON CONFLICT (user_id, day) DO UPDATE SET"
                      " requests = usage_days.requests + excluded.requests,"
                      " readings = usage_days.readings + excluded.readings,"
                      " bytes = usage_days.bytes + excluded.bytes",
                      values, 5, NULL, err);
}

bool px_store_add_usage(px_store *store, int64_t user_id, int64_t requests, int64_t readings,
                        int64_t bytes, px_error *err) {
    px_sql_link *link = px_sql_begin(store->sql, PX_SQL_WRITE_RELAXED, err);
    return link &&
           px_store_end(link, px_store_count_use(link, user_id, requests, readings, bytes, err),
                        err);
}

static bool read_day(const px_sql_rows *rows, void *item, px_error *err) {
    (void)err;
    px_usage_day *day = item;
    px_get_text(rows, 0, day->day, sizeof day->day);
    day->requests = px_sql_get_int(rows, 1);
    day->readings = px_sql_get_int(rows, 2);
    day->bytes = px_sql_get_int(rows, 3);
    return true;
}

bool px_store_list_usage(px_store *store, int64_t user_id, px_usage_day *days, int room, int *count,
                         px_error *err) {
    const px_sql_value values[] = {px_sql_int(user_id), px_sql_int(room)};
    return px_store_list_rows(store,
                              "SELECT day, requests, readings, bytes FROM usage_days"
                              " WHERE user_id = $1 ORDER BY day DESC LIMIT $2",
                              values, 2, read_day, days, sizeof *days, room, count, err);
}
