/* How often: token buckets by API key, account and address, and the growing delay of log-ins.
 *
 * All state is in memory and bounded: what was not used longest is forgotten first. Safe for
 * concurrent calls. `now_ms` is a monotonic clock, given by the caller so that tests own time.
 */
#ifndef PX_SERVER_LIMITS_H
#define PX_SERVER_LIMITS_H

#include "perxeptron.h"

typedef struct px_limits px_limits;

typedef enum { PX_LIMIT_NONE, PX_LIMIT_REQUEST, PX_LIMIT_READING, PX_LIMIT_LOGIN } px_limit_kind;

typedef struct px_limits_options {
    int requests_per_minute; /**< of one account, key or address; 0: no limit. Bursts up to as many
                              */
    int readings_per_minute; /**< what needs the networks */
    int logins_per_minute;   /**< from one address */
} px_limits_options;

px_limits *px_limits_new(const px_limits_options *options, px_error *err);
void px_limits_free(px_limits *limits);

/** What to tell the client (draft-ietf-httpapi-ratelimit-headers). */
typedef struct px_limit_state {
    int quota;     /**< requests a minute; 0: no limit */
    int remaining; /**< requests left now */
    int retry_s;   /**< seconds until one is free, or until the bucket is full again */
} px_limit_state;

/**
 * Take a token from the bucket of every subject ("key:7", "user:3", "address:192.0.2.1"), or from
 * none. @param quota overrides the kind's usual one where above 0.
 * @return false when one is empty; `state` is of the emptiest.
 */
bool px_limits_take(px_limits *limits, px_limit_kind kind, const char *const *subjects,
                    int n_subjects, int quota, int64_t now_ms, px_limit_state *state);

/** What tries to log in, and how many of its failures in a row have no consequence. */
typedef struct px_login_subject {
    const char *name; /**< "login:NAME", "login-address:…" */
    int free;
} px_login_subject;

/**
 * A log-in is about to be tried. Each subject must wait after the last of its free failures in a
 * row, and twice as long after each further one (1, 2, 4 … 900 s); what is an hour old is
 * forgotten.
 *
 * @return 0: try it; it counts as failed, so that tries at the same time count one another, until
 *         px_limits_login_succeeded. Else the seconds to wait; nothing is counted then.
 */
int px_limits_login_begin(px_limits *limits, const px_login_subject *subjects, int n_subjects,
                          int64_t now_ms);
/** It succeeded: forget the failures of its subjects. */
void px_limits_login_succeeded(px_limits *limits, const px_login_subject *subjects, int n_subjects);

#endif
