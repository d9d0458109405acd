/* A store on a scratch database, made anew for each test, and ways to look at it from outside. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "../src/store/sql.h"
#include "../src/store/store.h"
#include "must.h"
#include "scratch_database.h"

typedef struct fixture {
    scratch_database scratch; /**< its folder is the data folder */
    const char *folder;
    const char *database; /**< NULL: SQLite */
    px_store *store;      /**< open, or NULL between fixture_close and fixture_open */
} fixture;

/** Make an empty store, and open it. Fails the test when that cannot be. */
void fixture_begin(fixture *on);
/** Close the store and delete the folder. */
void fixture_end(fixture *on);
void fixture_open(fixture *on);
void fixture_close(fixture *on);

/** The options that fixture_open uses. */
px_store_options fixture_options(const fixture *on);

/** Write bytes to a new temporary file of the store. */
void fixture_write_temporary(px_store *store, const void *bytes, size_t size,
                             char name[PX_BLOB_TEMPORARY]);

/** Add an X-ray whose image is `image` (a text); its id. `like` may be NULL. */
bool fixture_try_xray(px_store *store, int64_t user_id, const char *image, const px_xray_new *like,
                      int64_t *id, px_error *err);
int64_t fixture_add_xray(px_store *store, int64_t user_id, const char *title, const char *image);
int64_t fixture_add_user(px_store *store, const char *name);
/** A session that lasts so long, of "Firefox on Linux"; 0 where it may not begin. Users of
 *  fixture_add_user have the password's hash "hash". */
int64_t fixture_add_session(px_store *store, int64_t user_id, const char *password_hash,
                            const char *token_hash, int64_t lasts);
/** An API key that reads, with the hint "pxk_1234" and 5 requests a minute. */
int64_t fixture_add_key(px_store *store, int64_t user_id, const char *hash, int64_t expires);

/** Does the X-ray exist, and is its image this text? */
bool fixture_has_image(px_store *store, int64_t id, const char *image);

/** Fail the test unless px_store_check finds nothing wrong. */
void fixture_check_clean(px_store *store);
/** How many files lie below FOLDER/blobs and FOLDER/tmp. */
int fixture_count_files(const fixture *on, const char *folder);

/** Run SQL behind the store's back; `rows` as of a count, -1 for none. */
void fixture_run_sql(const fixture *on, const char *const *texts, int n_texts);
int64_t fixture_ask_sql(const fixture *on, const char *text);

extern const px_actor tester;

/** The store of STORE_TESTs, made anew for each. */
extern fixture f;
int fixture_setup(void **state);
int fixture_teardown(void **state);
#define STORE_TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

#endif
