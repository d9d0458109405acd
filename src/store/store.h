/* What the server keeps: accounts, sessions, API keys, X-rays and their images, the audit trail.
 *
 * Every function is one transaction, or several with a state that can be seen and mended in
 * between; safe for concurrent calls. Times are microseconds since 1970 (UTC). Failures:
 * PX_ERR_BUSY the database cannot be reached or is locked (try again), PX_ERR_IO it cannot be
 * written, PX_ERR_MEMORY. What is not there is no failure: `found` or a NULL result without an
 * error says so.
 */
#ifndef PX_STORE_STORE_H
#define PX_STORE_STORE_H

#include "blobs.h"
#include "perxeptron.h"

/** Lengths of time in its unit. */
#define PX_SECOND INT64_C(1000000)
#define PX_HOUR (3600 * PX_SECOND)
#define PX_DAY (24 * PX_HOUR)

typedef struct px_store px_store;

typedef struct px_store_options {
    const char *folder;   /**< data folder: blobs/, tmp/, and perxeptron.db unless `database` says
                               otherwise */
    const char *database; /**< NULL, or "postgresql://…" */
    const char *key_file; /**< NULL, or the key that images are encrypted with; PX_ERR_INPUT when
                               those here are with another */
    int connections;      /**< to the database */
    int patience_ms;      /**< for a connection or a lock */
    bool beside;          /**< look at a store that a server may be using: takes no lock, makes and
                               mends nothing */
} px_store_options;

/** Open the store, bring its schema up to date and take up what a crash left half-done. Errors as
 *  px_sql_open and px_blobs_open. */
px_store *px_store_open(const px_store_options *options, px_error *err);
void px_store_close(px_store *store);

/** Where images are written before they are added. */
px_blobs *px_store_blobs(px_store *store);
/** A key of this store that never leaves it: for signed links. Made with the store. */
const unsigned char *px_store_link_key(const px_store *store);
/** Can the database be asked? */
bool px_store_ping(px_store *store, px_error *err);
/** Now, in the store's unit. */
int64_t px_store_now(void);

/** Who acts, for the audit trail: goes with everything that is changed or seen. */
typedef struct px_actor {
    int64_t user_id;        /**< 0: nobody known; PX_USER_ANONYMOUS */
    int64_t key_id;         /**< of the API key, or 0 */
    const char *request_id; /**< or "cli", "sweeper" */
} px_actor;

/* ---- Accounts (store_users.c) ---- */

#define PX_USERNAME_CHARACTERS 150 /**< as the 2020 system allowed */
#define PX_USERNAME_BYTES (4 * PX_USERNAME_CHARACTERS + 1)
#define PX_USER_ANONYMOUS 1 /**< owns anonymous uploads, as in 2020; nobody logs in as it */

typedef enum { PX_ROLE_USER, PX_ROLE_ADMIN } px_role;
const char *px_role_name(px_role role);

typedef struct px_user {
    int64_t id;
    char username[PX_USERNAME_BYTES]; /**< as given at sign-up; unique, case aside (ASCII) */
    char password_hash[128];
    px_role role;
    bool disabled;
    int64_t created;
    int64_t last_login; /**< 0: never */
} px_user;

/** Add an account. `id` is 0 when the name is taken. */
bool px_store_add_user(px_store *store, const px_actor *actor, const char *username,
                       const char *password_hash, px_role role, int64_t *id, px_error *err);
bool px_store_find_user(px_store *store, const char *username, px_user *user, bool *found,
                        px_error *err);
bool px_store_get_user(px_store *store, int64_t id, px_user *user, bool *found, px_error *err);
/** Users after an id, in order of id; at most `room`. @param text  part of the name, ASCII's case
 *  aside; NULL for all. */
bool px_store_list_users(px_store *store, int64_t after, const char *text, px_user *users, int room,
                         int *count, px_error *err);
/** New password: every session but `keep_session` (0: none kept) ends with it. */
bool px_store_set_password(px_store *store, const px_actor *actor, int64_t user_id,
                           const char *password_hash, int64_t keep_session, px_error *err);
/** The same password under a new cost: nothing else changes. Nothing at all changes where the
 *  user's hash is not `before` any more: somebody set another password meanwhile. */
bool px_store_refresh_password(px_store *store, int64_t user_id, const char *before,
                               const char *password_hash, px_error *err);
/** A disabled user's sessions end, and keys do not work. */
bool px_store_set_user(px_store *store, const px_actor *actor, int64_t user_id, px_role role,
                       bool disabled, bool *found, px_error *err);
/** Delete an account with its sessions, keys, X-rays and images; the audit trail keeps its number
 *  alone. PX_ERR_USAGE: the owner of anonymous uploads. */
bool px_store_delete_user(px_store *store, const px_actor *actor, int64_t user_id, px_error *err);

/* ---- Sessions and API keys (store_sessions.c, store_keys.c) ---- */

typedef enum { PX_SESSION_COOKIE, PX_SESSION_TOKEN } px_session_kind;

#define PX_CLIENT_CHARACTERS 60

typedef struct px_session {
    int64_t id, user_id;
    px_session_kind kind;
    char client[4 * PX_CLIENT_CHARACTERS + 1]; /**< what logged in, in its own words; "" for none */
    int64_t created, expires;
} px_session;

/** Begin a session; notes the log-in. `id` is 0 when there is no such user, it is disabled, or its
 *  password's hash is not `password_hash` any more: who logged in with the old password while
 *  another was set does not stay.
 *  @param session  all but id and created; both are set. */
bool px_store_add_session(px_store *store, const px_actor *actor, px_session *session,
                          const char *password_hash, const char *token_hash, px_error *err);
/** A living session and its user, who is not disabled. */
bool px_store_find_session(px_store *store, const char *token_hash, px_session *session,
                           px_user *user, bool *found, px_error *err);
/** A user's living sessions, newest first: those before an id (INT64_MAX: all); at most `room`. */
bool px_store_list_sessions(px_store *store, int64_t user_id, int64_t before, px_session *sessions,
                            int room, int *count, px_error *err);
/** End a session of that user. */
bool px_store_end_session(px_store *store, const px_actor *actor, int64_t user_id, int64_t id,
                          bool *found, px_error *err);

/** What an API key or a session may do. */
typedef enum {
    PX_SCOPE_READ = 1,    /**< see X-rays */
    PX_SCOPE_PREDICT = 2, /**< have images read, nothing stored */
    PX_SCOPE_WRITE = 4,   /**< upload, change, delete X-rays */
    PX_SCOPE_ACCOUNT = 8, /**< password, keys, deletion: sessions only, never a key */
    PX_SCOPE_ADMIN = 16,  /**< sessions of admins only */
} px_scope;

#define PX_KEY_NAME_CHARACTERS 100

typedef struct px_key {
    int64_t id, user_id;
    char name[4 * PX_KEY_NAME_CHARACTERS + 1];
    char hint[9];    /**< the key's first characters, to tell keys apart */
    unsigned scopes; /**< of px_scope */
    int per_minute;  /**< limit of its own; 0: the usual one */
    int64_t created;
    int64_t expires;   /**< 0: never */
    int64_t last_used; /**< to the hour; 0: never */
} px_key;

/** @param key  all but id and created; both are set. */
bool px_store_add_key(px_store *store, const px_actor *actor, px_key *key, const char *key_hash,
                      px_error *err);
/** A living key and its user, who is not disabled; notes its use. */
bool px_store_find_key(px_store *store, const char *key_hash, px_key *key, px_user *user,
                       bool *found, px_error *err);
bool px_store_list_keys(px_store *store, int64_t user_id, px_key *keys, int room, int *count,
                        px_error *err);
bool px_store_revoke_key(px_store *store, const px_actor *actor, int64_t user_id, int64_t key_id,
                         bool *found, px_error *err);

/* ---- X-rays (store_xrays.c, store_xray_list.c, store_reviews.c) ---- */

typedef enum { PX_XRAY_DONE, PX_XRAY_FAILED } px_xray_status;

/** One decision, for filters. */
typedef struct px_xray_finding {
    const char *id;
    double score;
    bool decision;
} px_xray_finding;

/** What a person holds of a finding. */
typedef enum { PX_VERDICT_NONE, PX_VERDICT_ACCEPTED, PX_VERDICT_REJECTED } px_verdict;

#define PX_NOTE_CHARACTERS 2000

/** A person's review of a finding: a verdict, a note, or both. */
typedef struct px_review {
    const char *finding; /**< its id */
    px_verdict verdict;
    const char *note; /**< "" for none */
    int64_t updated;
} px_review;

/** An X-ray. Strings and arrays are owned; release with px_xray_clear. */
typedef struct px_xray {
    int64_t id, user_id;
    int64_t created, updated;
    int64_t expires; /**< anonymous ones; 0: never */
    char *title;
    char *patient_reference; /**< "" for none */
    bool consent;            /**< to use the image for improving the product */
    px_xray_status status;
    char *failure;              /**< why it failed; "" when it did not */
    char sha256[PX_SHA256_HEX]; /**< of the image as it was uploaded */
    char *media_type;           /**< "image/png", "image/jpeg" */
    int width, height;          /**< pixels, orientation applied */
    int64_t bytes;              /**< of the image as it was uploaded */
    char *reading; /**< JSON: ensemble, its version and members with hashes, findings with their
                        maps; "" when it failed */
    px_review *reviews; /**< of its findings; filled in by the store, not taken with a new one */
    int n_reviews;
    px_blob image;
} px_xray;

void px_xray_clear(px_xray *xray);
/** The review of a finding, or NULL. Borrowed. */
const px_review *px_xray_find_review(const px_xray *xray, const char *finding);

/** What a new X-ray holds besides what the store fills in (id, created, updated, image). */
typedef struct px_xray_new {
    const px_xray *xray;
    const px_xray_finding *findings;
    int n_findings;
    const char *temporary;       /**< the image, a file of px_blobs_create_temporary; moved */
    const char *idempotency_key; /**< NULL for none */
    const char *capability_hash; /**< of an anonymous upload's link; NULL for none */
} px_xray_new;

/** Keep an X-ray: image and row are on disk when this returns true, and its bytes are counted as
 *  used. When another request with the same idempotency key was faster, `id` is that one's and
 *  nothing is added. The temporary file is used up in every case. A failed commit whose outcome the
 *  database does not tell may turn out to have been kept: ask by the idempotency key. */
bool px_store_add_xray(px_store *store, const px_actor *actor, const px_xray_new *what, int64_t *id,
                       px_error *err);
/** The X-ray that a user's idempotency key made in the last 24 hours; 0 for none. */
bool px_store_find_idempotent(px_store *store, int64_t user_id, const char *key, int64_t *xray_id,
                              px_error *err);
/** An X-ray, whoever's it is: the caller checks. Expired ones are not found. */
bool px_store_get_xray(px_store *store, int64_t id, px_xray *xray, bool *found, px_error *err);
/** The X-ray that an anonymous capability opens. */
bool px_store_find_capability(px_store *store, const char *capability_hash, px_xray *xray,
                              bool *found, px_error *err);
/** Change title, patient reference or consent: NULL leaves as it is. Of that user only. */
bool px_store_change_xray(px_store *store, const px_actor *actor, int64_t user_id, int64_t id,
                          const char *title, const char *patient_reference, const bool *consent,
                          bool *found, px_error *err);
/** The result of reading it once more: status, failure, reading, and findings. */
bool px_store_set_reading(px_store *store, const px_actor *actor, const px_xray *xray,
                          const px_xray_finding *findings, int n_findings, bool *found,
                          px_error *err);
/** Review a finding of that user's X-ray; what was said of it before is replaced. `found` is false,
 *  too, where the X-ray has no such finding. The X-ray's `updated` stays.
 *  @param review  all but updated, which is set. */
bool px_store_set_review(px_store *store, const px_actor *actor, int64_t user_id, int64_t xray_id,
                         px_review *review, bool *found, px_error *err);
/** Take a review back. */
bool px_store_delete_review(px_store *store, const px_actor *actor, int64_t user_id,
                            int64_t xray_id, const char *finding, bool *found, px_error *err);
/** Delete an X-ray of that user, with its image. */
bool px_store_delete_xray(px_store *store, const px_actor *actor, int64_t user_id, int64_t id,
                          bool *found, px_error *err);

typedef enum { PX_SORT_NEWEST, PX_SORT_OLDEST, PX_SORT_TITLE, PX_SORT_SCORE } px_xray_sort;

typedef struct px_xray_filter {
    int64_t user_id;
    const char
        *finding;     /**< X-rays where it was decided; NULL for all. PX_SORT_SCORE sorts by it */
    const char *text; /**< part of title or patient reference, ASCII's case aside; NULL for all */
    int64_t since, until;         /**< created in [since, until); 0: open */
    const px_xray_status *status; /**< NULL for all */
    px_xray_sort sort;
    const char *cursor; /**< where the page before ended, or NULL */
    int limit;          /**< X-rays of a page */
} px_xray_filter;

/** A page of X-rays, with their reviews: without `reading`'s maps being parsed or images touched.
 *  @param xrays  [limit], zeroed; each to be cleared.
 *  @param next   set to the cursor of the next page, to be freed, or NULL when this was the last.
 *  @param err    PX_ERR_INPUT: the cursor is not one that this store gave for this sort;
 *                PX_ERR_USAGE: PX_SORT_SCORE without a finding. */
bool px_store_list_xrays(px_store *store, const px_xray_filter *filter, px_xray *xrays, int *count,
                         char **next, px_error *err);
/** Ids of a user's X-rays, newest first; at most `room`. */
bool px_store_list_xray_ids(px_store *store, int64_t user_id, int64_t *ids, int room, int *count,
                            px_error *err);

/* ---- Audit trail (audit.c) ---- */

/** Note that somebody saw something: action "xray.view", object "xray:12". Changes note themselves
 *  in their own transaction. */
bool px_store_note(px_store *store, const px_actor *actor, const char *action, const char *object,
                   px_error *err);

/** An entry: its hash is SHA-256 over the hash before it and its own fields. */
typedef struct px_audit_entry {
    int64_t number, time;
    int64_t user_id, key_id;
    const char *action, *object, *request_id;
    const char *before, *hash; /**< 64 hexadecimal digits */
} px_audit_entry;

/** Visit entries after a number, in order. */
bool px_store_visit_audit(px_store *store, int64_t after, int64_t most,
                          bool (*visit)(void *context, const px_audit_entry *entry, px_error *err),
                          void *context, px_error *err);
/** The same backwards: entries before a number, the newest first. */
bool px_store_visit_audit_back(px_store *store, int64_t before, int64_t most,
                               bool (*visit)(void *context, const px_audit_entry *entry,
                                             px_error *err),
                               void *context, px_error *err);
/** Recompute the chain. @param entries how many there are; @param broken number of the first entry
 *  that does not fit, or 0. */
bool px_store_verify_audit(px_store *store, int64_t *entries, int64_t *broken, px_error *err);

/* ---- Use, and the state of the whole (store_usage.c, store_check.c) ---- */

typedef struct px_usage_day {
    char day[11]; /**< "2026-11-23", UTC */
    int64_t requests, readings, bytes;
} px_usage_day;

bool px_store_add_usage(px_store *store, int64_t user_id, int64_t requests, int64_t readings,
                        int64_t bytes, px_error *err);
/** The last days of a user with any use, newest first. */
bool px_store_list_usage(px_store *store, int64_t user_id, px_usage_day *days, int room, int *count,
                         px_error *err);

typedef struct px_store_state {
    int64_t users, xrays, failed_xrays, image_bytes, sessions, keys, audit_entries;
    uint64_t free_bytes;
    const char *driver;
    int schema;
} px_store_state;
bool px_store_get_state(px_store *store, px_store_state *state, px_error *err);

/** Delete what has expired: anonymous X-rays, sessions, idempotency keys, blobs that nothing holds.
 *  Called every minute. @param removed nullable: X-rays deleted. */
bool px_store_sweep(px_store *store, int64_t *removed, px_error *err);

/** What px_store_check found wrong, one line for each. */
typedef void px_store_report(void *context, const char *line);
/** Compare rows with files: every image there, whole and readable; no file without a row; foreign
 *  keys and integrity of the database. @param problems how many were reported. */
bool px_store_check(px_store *store, px_store_report *report, void *context, int *problems,
                    px_error *err);

/** Copy database and images to a new folder while the store is in use: a data folder to start from.
 *  PX_ERR_UNSUPPORTED with PostgreSQL; PX_ERR_IO: the folder is not empty. */
bool px_store_backup(px_store *store, const char *folder, px_error *err);

#endif
