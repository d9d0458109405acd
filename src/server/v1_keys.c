/* /api/v1/api-keys: keys for programs, shown once and kept as hashes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "authenticate.h"
#include "handlers.h"
#include "times.h"
#include "v1_fields.h"

#define MOST_KEYS 100
#define PER_MINUTE_MOST 100000

static const struct {
    const char *name;
    px_scope scope;
} scopes[] = {{"read", PX_SCOPE_READ}, {"predict", PX_SCOPE_PREDICT}, {"write", PX_SCOPE_WRITE}};
#define N_SCOPES (sizeof scopes / sizeof *scopes)

static json_t *describe_key(const px_key *key) {
    json_t *names = json_array();
    for (size_t i = 0; i < N_SCOPES; i++)
        if (key->scopes & scopes[i].scope)
            json_array_append_new(names, json_string(scopes[i].name));
    return json_pack("{s:I,s:s,s:s,s:o,s:o,s:o,s:o,s:o}", "id", (json_int_t)key->id, "name",
                     key->name, "hint", key->hint, "scopes", names, "per_minute",
                     key->per_minute > 0 ? json_integer(key->per_minute) : json_null(), "created",
                     px_time_to_json(key->created), "expires", px_time_to_json(key->expires),
                     "last_used", px_time_to_json(key->last_used));
}

/* All keys of who asks, to be freed. */
static px_key *list_keys(px_app *app, const px_request *request, int *count, px_error *err) {
    px_key *keys = px_alloc(MOST_KEYS, sizeof *keys, err);
    if (keys && px_store_list_keys(app->store, request->who.user.id, keys, MOST_KEYS, count, err))
        return keys;
    free(keys);
    return NULL;
}

void px_handle_list_keys(px_app *app, px_request *request, px_reply *reply) {
    px_error err = {0};
    int count = 0;
    px_key *keys = list_keys(app, request, &count, &err);
    if (!keys) {
        px_reply_error(reply, request, &err);
        return;
    }
    json_t *items = json_array();
    for (int i = 0; i < count; i++)
        json_array_append_new(items, describe_key(&keys[i]));
    px_reply_take_json(reply, 200, json_pack("{s:o,s:n}", "items", items, "next"));
    free(keys);
}

/* ---- A new key ---- */

static unsigned find_scope(const json_t *value) {
    const char *name = json_string_value(value);
    for (size_t i = 0; name && i < N_SCOPES; i++)
        if (strcmp(scopes[i].name, name) == 0)
            return scopes[i].scope;
    return 0;
}

static unsigned read_scopes(px_v1_fields *fields) {
    const json_t *list = json_object_get(fields->request->body.fields, "scopes");
    unsigned all = 0;
    bool ok = json_is_array(list) && json_array_size(list) > 0;
    for (size_t i = 0; ok && i < json_array_size(list); i++) {
        unsigned scope = find_scope(json_array_get(list, i));
        ok = scope != 0 && !(all & scope);
        all |= scope;
    }
    if (!list)
        px_v1_refuse(fields, "scopes", "Required.");
    else if (!ok)
        px_v1_refuse(fields, "scopes",
                     "Must be a list of one or more of: read, predict, write; each once.");
    return all;
}

static bool read_key(const px_request *request, px_key *key, px_reply *reply) {
    static const char *const known[] = {"name", "scopes", "per_minute", "expires", NULL};
    px_v1_fields fields;
    if (!px_v1_begin(&fields, request, known, reply))
        return false;
    const char *name = px_v1_text(&fields, "name", true, 1, PX_KEY_NAME_CHARACTERS);
    *key = (px_key){.user_id = request->who.user.id, .scopes = read_scopes(&fields)};
    snprintf(key->name, sizeof key->name, "%s", name ? name : "");
    px_v1_int(&fields, "per_minute", 1, PER_MINUTE_MOST, &key->per_minute);
    px_v1_time(&fields, "expires", &key->expires);
    if (key->expires != 0 && key->expires <= px_store_now())
        px_v1_refuse(&fields, "expires", "Must not be in the past.");
    return px_v1_end(&fields, reply);
}

static bool add_key(px_app *app, const px_request *request, px_key *key, char secret[PX_KEY_SIZE],
                    px_error *err) {
    const px_actor actor = px_request_actor(request);
    char token[PX_TOKEN_HEX], hash[PX_SHA256_HEX];
    if (!px_token_new(token, err))
        return false;
    snprintf(secret, PX_KEY_SIZE, PX_KEY_PREFIX "%s", token);
    snprintf(key->hint, sizeof key->hint, "%.8s", secret);
    px_token_hash(secret, hash);
    return px_store_add_key(app->store, &actor, key, hash, err);
}

static void answer_new_key(px_app *app, px_request *request, px_key *key, px_reply *reply) {
    char secret[PX_KEY_SIZE];
    px_error err = {0};
    if (!add_key(app, request, key, secret, &err)) {
        px_reply_error(reply, request, &err);
        return;
    }
    json_t *answer = describe_key(key);
    json_object_set_new(answer, "key", json_string(secret));
    px_reply_take_json(reply, 201, answer);
}

void px_handle_add_key(px_app *app, px_request *request, px_reply *reply) {
    px_key key;
    px_error err = {0};
    int count = 0;
    if (!read_key(request, &key, reply))
        return;
    px_key *keys = list_keys(app, request, &count, &err);
    if (!keys)
        px_reply_error(reply, request, &err);
    else if (count == MOST_KEYS)
        px_reply_fail(reply, request, 409, "At most %d API keys: revoke one first.", MOST_KEYS);
    else
        answer_new_key(app, request, &key, reply);
    free(keys);
}

void px_handle_revoke_key(px_app *app, px_request *request, px_reply *reply) {
    const px_actor actor = px_request_actor(request);
    px_error err = {0};
    int64_t id;
    bool found = false;
    if (px_request_number(request, 0, &id) &&
        !px_store_revoke_key(app->store, &actor, request->who.user.id, id, &found, &err))
        px_reply_error(reply, request, &err);
    else if (!found)
        px_reply_fail(reply, request, 404, "There is no such API key.");
    else
        reply->status = 204;
}
