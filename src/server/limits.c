/* Token buckets, kept as the time at which each is full again (the generic cell rate algorithm),
 * and failed log-ins. */
#include "limits.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "recent.h"

#define NS_PER_MS 1000000
#define NS_PER_S 1000000000
#define MINUTE_NS (60 * (int64_t)NS_PER_S)

#define BUCKETS 65536
#define LOGINS 65536
#define SUBJECT 1024 /* bytes; no user name is as long */

#define LONGEST_WAIT_S 900
#define MEMORY_MS (3600 * 1000)

struct px_limits {
    pthread_mutex_t lock;
    px_limits_options options;
    px_recent *buckets; /* time: when it is full again, in ns */
    px_recent *logins;  /* count: failures in a row; time: of the last, in ms */
};

px_limits *px_limits_new(const px_limits_options *options, px_error *err) {
    px_limits *limits = px_alloc(1, sizeof *limits, err);
    if (!limits)
        return NULL;
    pthread_mutex_init(&limits->lock, NULL);
    limits->options = *options;
    limits->buckets = px_recent_new(BUCKETS, err);
    limits->logins = px_recent_new(LOGINS, err);
    if (limits->buckets && limits->logins)
        return limits;
    px_limits_free(limits);
    return NULL;
}

void px_limits_free(px_limits *limits) {
    if (!limits)
        return;
    px_recent_free(limits->buckets);
    px_recent_free(limits->logins);
    pthread_mutex_destroy(&limits->lock);
    free(limits);
}

static int usual_quota(const px_limits *limits, px_limit_kind kind) {
    switch (kind) {
    case PX_LIMIT_NONE:
        break;
    case PX_LIMIT_REQUEST:
        return limits->options.requests_per_minute;
    case PX_LIMIT_READING:
        return limits->options.readings_per_minute;
    case PX_LIMIT_LOGIN:
        return limits->options.logins_per_minute;
    }
    return 0;
}

static int seconds_up(int64_t ns) {
    return (int)((ns + NS_PER_S - 1) / NS_PER_S);
}

/* A bucket of each kind for each subject. */
static void name_bucket(char name[SUBJECT], px_limit_kind kind, const char *subject) {
    snprintf(name, SUBJECT, "%d %s", (int)kind, subject);
}

/* Time until a bucket is full. */
static int64_t lacking(px_limits *limits, px_limit_kind kind, const char *subject, int64_t now) {
    char name[SUBJECT];
    name_bucket(name, kind, subject);
    const px_recent_entry *entry = px_recent_find(limits->buckets, name);
    return entry && entry->time > now ? entry->time - now : 0;
}

static void lengthen(px_limits *limits, px_limit_kind kind, const char *subject, int64_t now,
                     int64_t each) {
    char name[SUBJECT];
    name_bucket(name, kind, subject);
    px_recent_entry *entry = px_recent_use(limits->buckets, name);
    entry->time = (entry->time > now ? entry->time : now) + each;
}

static bool take(px_limits *limits, px_limit_kind kind, const char *const *subjects, int n_subjects,
                 int quota, int64_t now, px_limit_state *state) {
    const int64_t each = MINUTE_NS / quota, room = each * quota;
    int64_t most = 0;
    for (int i = 0; i < n_subjects; i++) {
        const int64_t lacks = lacking(limits, kind, subjects[i], now);
        most = lacks > most ? lacks : most;
    }
    const bool granted = most + each <= room;
    for (int i = 0; granted && i < n_subjects; i++)
        lengthen(limits, kind, subjects[i], now, each);
    most += granted && n_subjects > 0 ? each : 0;
    *state = (px_limit_state){.quota = quota, .retry_s = seconds_up(most)};
    if (granted)
        state->remaining = (int)((room - most) / each);
    else
        state->retry_s = seconds_up(most + each - room);
    return granted;
}

bool px_limits_take(px_limits *limits, px_limit_kind kind, const char *const *subjects,
                    int n_subjects, int quota, int64_t now_ms, px_limit_state *state) {
    if (quota <= 0)
        quota = usual_quota(limits, kind);
    *state = (px_limit_state){0};
    if (quota <= 0)
        return true;
    pthread_mutex_lock(&limits->lock);
    const bool granted = take(limits, kind, subjects, n_subjects, quota, now_ms * NS_PER_MS, state);
    pthread_mutex_unlock(&limits->lock);
    return granted;
}

static int wait_after(int failures, int free) {
    int wait = failures < free ? 0 : 1;
    for (int i = free; i < failures && wait < LONGEST_WAIT_S; i++)
        wait *= 2;
    return wait < LONGEST_WAIT_S ? wait : LONGEST_WAIT_S;
}

/* Milliseconds that a subject must still wait. */
static int64_t left_to_wait(px_limits *limits, const px_login_subject *subject, int64_t now_ms) {
    const px_recent_entry *entry = px_recent_find(limits->logins, subject->name);
    if (!entry)
        return 0;
    if (now_ms - entry->time >= MEMORY_MS) {
        px_recent_forget(limits->logins, subject->name);
        return 0;
    }
    const int64_t left =
        entry->time + (int64_t)wait_after(entry->count, subject->free) * 1000 - now_ms;
    return left > 0 ? left : 0;
}

static void count_failure(px_limits *limits, const char *subject, int64_t now_ms) {
    px_recent_entry *entry = px_recent_use(limits->logins, subject);
    if (entry->count < INT32_MAX)
        entry->count++;
    entry->time = now_ms;
}

int px_limits_login_begin(px_limits *limits, const px_login_subject *subjects, int n_subjects,
                          int64_t now_ms) {
    int64_t longest = 0;
    pthread_mutex_lock(&limits->lock);
    for (int i = 0; i < n_subjects; i++) {
        const int64_t left = left_to_wait(limits, &subjects[i], now_ms);
        longest = left > longest ? left : longest;
    }
    for (int i = 0; longest == 0 && i < n_subjects; i++)
        count_failure(limits, subjects[i].name, now_ms);
    pthread_mutex_unlock(&limits->lock);
    return (int)((longest + 999) / 1000);
}

void px_limits_login_succeeded(px_limits *limits, const px_login_subject *subjects,
                               int n_subjects) {
    pthread_mutex_lock(&limits->lock);
    for (int i = 0; i < n_subjects; i++)
        px_recent_forget(limits->logins, subjects[i].name);
    pthread_mutex_unlock(&limits->lock);
}
