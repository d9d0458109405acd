/* The steps of the schema. One that was released never changes: what follows is a new step. */
#include "migrations.h"

/* Truths are 0 or 1, times microseconds since 1970 and 0 for never, hashes hexadecimal. An X-ray's
 * blob outlives it until its file is gone; the audit trail refers to nothing, for it outlives all.
 */
static const char schema_1[] =
    "CREATE TABLE users ("
    " id @ID@,"
    " username @TEXT@ NOT NULL,"
    " username_key @TEXT@ NOT NULL UNIQUE," /* ASCII's capitals made small */
    " password_hash @TEXT@ NOT NULL,"
    " role @INT@ NOT NULL CHECK (role IN (0, 1)),"
    " disabled @INT@ NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),"
    " created @INT@ NOT NULL,"
    " last_login @INT@ NOT NULL DEFAULT 0"
    ") @STRICT@;"
    /* The owner of anonymous uploads is user 1; no password has the hash "!". */
    "INSERT INTO users (username, username_key, password_hash, role, created)"
    " VALUES ('anonymous', 'anonymous', '!', 0, 0);"

    "CREATE TABLE sessions ("
    " id @ID@,"
    " user_id @INT@ NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
    " kind @INT@ NOT NULL CHECK (kind IN (0, 1)),"
    " token_hash @TEXT@ NOT NULL UNIQUE,"
    " created @INT@ NOT NULL,"
    " expires @INT@ NOT NULL"
    ") @STRICT@;"
    "CREATE INDEX sessions_of_user ON sessions (user_id);"
    "CREATE INDEX sessions_by_end ON sessions (expires);"

    "CREATE TABLE api_keys ("
    " id @ID@,"
    " user_id @INT@ NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
    " name @TEXT@ NOT NULL,"
    " hint @TEXT@ NOT NULL,"
    " key_hash @TEXT@ NOT NULL UNIQUE,"
    " scopes @INT@ NOT NULL,"
    " per_minute @INT@ NOT NULL DEFAULT 0,"
    " created @INT@ NOT NULL,"
    " expires @INT@ NOT NULL DEFAULT 0,"
    " last_used @INT@ NOT NULL DEFAULT 0"
    ") @STRICT@;"
    "CREATE INDEX api_keys_of_user ON api_keys (user_id, id);"

    "CREATE TABLE blobs ("
    " id @ID@,"
    " sha256 @TEXT@ NOT NULL,"
    " size @INT@ NOT NULL,"
    " sealed @INT@ NOT NULL CHECK (sealed IN (0, 1)),"
    " state @TEXT@ NOT NULL CHECK (state IN ('pending', 'kept', 'gone')),"
    " created @INT@ NOT NULL"
    ") @STRICT@;"
    "CREATE INDEX blobs_unsettled ON blobs (id) WHERE state <> 'kept';"

    "CREATE TABLE xrays ("
    " id @ID@,"
    " user_id @INT@ NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
    " blob_id @INT@ NOT NULL UNIQUE REFERENCES blobs (id),"
    " created @INT@ NOT NULL,"
    " updated @INT@ NOT NULL,"
    " expires @INT@ NOT NULL DEFAULT 0,"
    " title @TEXT@ NOT NULL,"
    " patient_reference @TEXT@ NOT NULL DEFAULT '',"
    " consent @INT@ NOT NULL CHECK (consent IN (0, 1)),"
    " status @INT@ NOT NULL CHECK (status IN (0, 1)),"
    " failure @TEXT@ NOT NULL DEFAULT '',"
    " sha256 @TEXT@ NOT NULL,"
    " media_type @TEXT@ NOT NULL,"
    " width @INT@ NOT NULL,"
    " height @INT@ NOT NULL,"
    " bytes @INT@ NOT NULL,"
    " reading @TEXT@ NOT NULL DEFAULT '',"
    " capability_hash @TEXT@ UNIQUE,"
    " UNIQUE (id, user_id)"
    ") @STRICT@;"
    "CREATE INDEX xrays_by_time ON xrays (user_id, created, id);"
    "CREATE INDEX xrays_by_title ON xrays (user_id, title, id);"
    "CREATE INDEX xrays_by_end ON xrays (expires) WHERE expires > 0;"

    /* One user's X-rays are found by finding without anyone else's. */
    "CREATE TABLE xray_findings ("
    " xray_id @INT@ NOT NULL,"
    " user_id @INT@ NOT NULL,"
    " finding @TEXT@ NOT NULL,"
    " score @REAL@ NOT NULL,"
    " decision @INT@ NOT NULL CHECK (decision IN (0, 1)),"
    " PRIMARY KEY (xray_id, finding),"
    " FOREIGN KEY (xray_id, user_id) REFERENCES xrays (id, user_id) ON DELETE CASCADE"
    ") @STRICT@;"
    "CREATE INDEX xray_findings_by_score"
    " ON xray_findings (user_id, finding, decision, score, xray_id);"

    "CREATE TABLE idempotency_keys ("
    " user_id @INT@ NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
    " idempotency_key @TEXT@ NOT NULL,"
    " xray_id @INT@ NOT NULL REFERENCES xrays (id) ON DELETE CASCADE,"
    " created @INT@ NOT NULL,"
    " PRIMARY KEY (user_id, idempotency_key)"
    ") @STRICT@;"
    "CREATE INDEX idempotency_keys_of_xray ON idempotency_keys (xray_id);"
    "CREATE INDEX idempotency_keys_by_time ON idempotency_keys (created);"

    "CREATE TABLE audit ("
    " number @INT@ PRIMARY KEY," /* 1, 2, 3, … without gaps */
    " time @INT@ NOT NULL,"
    " user_id @INT@ NOT NULL,"
    " key_id @INT@ NOT NULL,"
    " action @TEXT@ NOT NULL,"
    " object @TEXT@ NOT NULL,"
    " request_id @TEXT@ NOT NULL,"
    " before @TEXT@ NOT NULL,"
    " hash @TEXT@ NOT NULL"
    ") @STRICT@;"

    "CREATE TABLE usage_days ("
    " user_id @INT@ NOT NULL REFERENCES users (id) ON DELETE CASCADE,"
    " day @TEXT@ NOT NULL," /* 2026-11-23 */
    " requests @INT@ NOT NULL,"
    " readings @INT@ NOT NULL,"
    " bytes @INT@ NOT NULL,"
    " PRIMARY KEY (user_id, day)"
    ") @STRICT@;"

    "CREATE TABLE settings (name @TEXT@ PRIMARY KEY, value @BYTES@ NOT NULL) @STRICT@;";

/* The insert trigger stands against INSERT OR REPLACE, which deletes without a delete trigger. */
static const char append_only_sqlite[] =
    "CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;"
    "CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit"
    " BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;"
    "CREATE TRIGGER audit_no_replace BEFORE INSERT ON audit"
    " WHEN EXISTS (SELECT 1 FROM audit WHERE number = NEW.number)"
    " BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END;";

static const char append_only_postgresql[] =
    "CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$"
    " BEGIN RAISE EXCEPTION 'the audit trail is append-only' USING ERRCODE = '23001'; END $$;"
    "CREATE TRIGGER audit_no_change BEFORE UPDATE OR DELETE ON audit"
    " FOR EACH ROW EXECUTE FUNCTION audit_refuse();"
    "CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON audit"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();";

/* A review is of one reading: it goes with its finding when the X-ray is read once more. */
static const char schema_2[] =
    "ALTER TABLE sessions ADD COLUMN client @TEXT@ NOT NULL DEFAULT '';"
    "CREATE TABLE xray_reviews ("
    " xray_id @INT@ NOT NULL,"
    " finding @TEXT@ NOT NULL,"
    " verdict @INT@ NOT NULL CHECK (verdict IN (0, 1, 2)),"
    " note @TEXT@ NOT NULL,"
    " updated @INT@ NOT NULL,"
    " PRIMARY KEY (xray_id, finding),"
    " FOREIGN KEY (xray_id, finding) REFERENCES xray_findings (xray_id, finding) ON DELETE CASCADE"
    ") @STRICT@";

const px_migration px_migrations[PX_SCHEMA_VERSION] = {
    {schema_1, append_only_sqlite, append_only_postgresql},
    {.common = schema_2},
};
