/* RFC 3339 (5.6), with the days of the proleptic Gregorian calendar. */
#include "times.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define MICROSECONDS 1000000

void px_time_print(int64_t time, char text[PX_TIME_SIZE]) {
    int64_t fraction = time % MICROSECONDS;
    time_t seconds = (time_t)(time / MICROSECONDS);
    struct tm parts;
    if (fraction < 0) {
        fraction += MICROSECONDS;
        seconds--;
    }
    text[0] = '\0';
    if (!gmtime_r(&seconds, &parts))
        return;
    snprintf(text, PX_TIME_SIZE, "%04u-%02u-%02uT%02u:%02u:%02u.%06uZ",
             (unsigned)(parts.tm_year + 1900) % 10000, (unsigned)(parts.tm_mon + 1) % 100,
             (unsigned)parts.tm_mday % 100, (unsigned)parts.tm_hour % 100,
             (unsigned)parts.tm_min % 100, (unsigned)parts.tm_sec % 100,
             (unsigned)fraction % MICROSECONDS);
}

json_t *px_time_to_json(int64_t time) {
    char text[PX_TIME_SIZE];
    if (time == 0)
        return json_null();
    px_time_print(time, text);
    return json_string(text);
}

/* Exactly so many digits, in [least, most]; `at` moves on. */
static bool take_number(const char **at, int digits, int least, int most, int *number) {
    int value = 0;
    for (int i = 0; i < digits; i++, (*at)++) {
        if (**at < '0' || **at > '9')
            return false;
        value = 10 * value + (**at - '0');
    }
    *number = value;
    return value >= least && value <= most;
}

static bool take_one_of(const char **at, const char *characters) {
    if (**at == '\0' || !strchr(characters, **at))
        return false;
    (*at)++;
    return true;
}

/* A point and digits, or nothing, as microseconds. */
static bool take_fraction(const char **at, int64_t *microseconds) {
    *microseconds = 0;
    if (**at != '.')
        return true;
    const char *start = ++*at;
    int64_t unit = MICROSECONDS / 10;
    for (; **at >= '0' && **at <= '9'; (*at)++, unit /= 10)
        *microseconds += unit * (**at - '0');
    return *at > start;
}

/* "Z" or "+HH:MM", as seconds. */
static bool take_offset(const char **at, int *seconds) {
    int sign = **at == '-' ? -1 : 1, hours, minutes;
    *seconds = 0;
    if (take_one_of(at, "Zz"))
        return true;
    if (!take_one_of(at, "+-") || !take_number(at, 2, 0, 23, &hours) || !take_one_of(at, ":") ||
        !take_number(at, 2, 0, 59, &minutes))
        return false;
    *seconds = sign * (hours * 3600 + minutes * 60);
    return true;
}

/* A day that the calendar has: timegm makes another date of one that it has not. */
static bool make_seconds(struct tm parts, int64_t *seconds) {
    struct tm same = parts;
    *seconds = timegm(&same);
    return same.tm_mday == parts.tm_mday && same.tm_mon == parts.tm_mon;
}

bool px_time_parse(const char *text, int64_t *time) {
    const char *at = text;
    struct tm parts = {0};
    int year, month, offset;
    int64_t seconds, microseconds;
    if (!take_number(&at, 4, 1970, 9999, &year) || !take_one_of(&at, "-") ||
        !take_number(&at, 2, 1, 12, &month) || !take_one_of(&at, "-") ||
        !take_number(&at, 2, 1, 31, &parts.tm_mday) || !take_one_of(&at, "Tt ") ||
        !take_number(&at, 2, 0, 23, &parts.tm_hour) || !take_one_of(&at, ":") ||
        !take_number(&at, 2, 0, 59, &parts.tm_min) || !take_one_of(&at, ":") ||
        !take_number(&at, 2, 0, 59, &parts.tm_sec) || !take_fraction(&at, &microseconds) ||
        !take_offset(&at, &offset) || *at != '\0')
        return false;
    parts.tm_year = year - 1900;
    parts.tm_mon = month - 1;
    if (!make_seconds(parts, &seconds))
        return false;
    *time = (seconds - offset) * MICROSECONDS + microseconds;
    return true;
}
