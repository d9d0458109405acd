/* perxeptron user: accounts made and changed on the server's machine, also while it runs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "../server/password_rules.h"
#include "../server/times.h"
#include "../server/usernames.h"
#include "password_input.h"
#include "serve_options.h"
#include "shared_options.h"

#define PAGE 100

#define STORE_OPTIONS                                                                              \
    PX_OPTION_CONFIG, PX_OPTION_DATA(NULL), PX_OPTION_DATABASE, PX_OPTION_DATABASE_PATIENCE
#define PASSWORD_OPTIONS                                                                           \
    PX_OPTION_PASSWORD_LEAST, PX_OPTION_PASSWORD_MEMORY, PX_OPTION_PASSWORD_PASSES, {              \
        .name = "generate", .type = PX_OPT_FLAG, .help = "make up a password and print it, once"   \
    }
#define ABOUT_PASSWORDS                                                                            \
    "The password is asked for without being shown, or is the first line of stdin where that is "  \
    "no terminal; it is never an option, which others on the machine could see."

static const px_actor actor = {.request_id = "cli"};

static px_store *open_store(const px_args *args, bool beside, px_error *err) {
    px_store_options options = px_cli_store_options(args);
    options.beside = beside;
    return px_store_open(&options, err);
}

/* The first account may be made before the server first runs: then there is no store yet. */
static px_store *open_or_make_store(const px_args *args, px_error *err) {
    px_store *store = open_store(args, true, NULL);
    return store ? store : open_store(args, false, err);
}

static px_role role_of(const char *word) {
    return strcmp(word, px_role_name(PX_ROLE_ADMIN)) == 0 ? PX_ROLE_ADMIN : PX_ROLE_USER;
}

static bool check_name(const char *name, px_error *err) {
    if (!px_text_is_utf8(name) || !px_username_is_valid(name))
        return px_fail(err, PX_ERR_USAGE, name,
                       "a user name has letters, numbers and @ . + - _ alone");
    if (px_text_length(name) > PX_USERNAME_CHARACTERS)
        return px_fail(err, PX_ERR_USAGE, name, "a user name has no more than %d characters",
                       PX_USERNAME_CHARACTERS);
    return true;
}

/* Whoever owns anonymous uploads is no account. */
static bool find_user(px_store *store, const char *name, px_user *user, px_error *err) {
    bool found = false;
    if (px_text_is_utf8(name) && !px_store_find_user(store, name, user, &found, err))
        return false;
    return (found && user->id != PX_USER_ANONYMOUS) ||
           px_fail(err, PX_ERR_INPUT, name, "there is no user of this name");
}

/* Reads a password, or makes and prints one, and hashes it. */
static bool hash_new_password(const px_args *args, const char *username,
                              char hash[PX_PASSWORD_HASH], char made[PX_PASSWORD_ROOM],
                              px_error *err) {
    const int least = (int)px_args_int(args, "password-least");
    const bool generate = px_args_flag(args, "generate");
    if (!(generate ? px_password_make(made, err) : px_cli_read_password(made, err)))
        return false;
    const char *problem = px_password_problem(made, strlen(made), username, least);
    if (problem && !generate)
        return px_fail(err, PX_ERR_INPUT, "password", "%s", problem);
    return px_password_hash(made, strlen(made), px_cli_password_cost(args), hash, err);
}

/* Shown only when it counts. */
static void tell_password(const px_args *args, char password[PX_PASSWORD_ROOM], bool counts) {
    if (counts && px_args_flag(args, "generate"))
        puts(password);
    px_secret_wipe(password, PX_PASSWORD_ROOM);
}

static bool add_user(px_store *store, const px_args *args, const char *hash, px_error *err) {
    const char *name = px_args_operand(args, 0);
    int64_t id;
    if (!px_store_add_user(store, &actor, name, hash, role_of(px_args_text(args, "role")), &id,
                           err))
        return false;
    return id != 0 || px_fail(err, PX_ERR_INPUT, name, "there is a user of this name already");
}

static px_exit run_add(const px_args *args) {
    px_error err = {0};
    char password[PX_PASSWORD_ROOM], hash[PX_PASSWORD_HASH];
    const char *name = px_args_operand(args, 0);
    px_store *store = check_name(name, &err) ? open_or_make_store(args, &err) : NULL;
    const bool ok = store && hash_new_password(args, name, hash, password, &err) &&
                    add_user(store, args, hash, &err);
    tell_password(args, password, ok);
    px_store_close(store);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

static px_exit run_reset_password(const px_args *args) {
    px_error err = {0};
    px_user user;
    char password[PX_PASSWORD_ROOM], hash[PX_PASSWORD_HASH];
    px_store *store = open_store(args, true, &err);
    const bool ok = store && find_user(store, px_args_operand(args, 0), &user, &err) &&
                    hash_new_password(args, user.username, hash, password, &err) &&
                    px_store_set_password(store, &actor, user.id, hash, 0, &err);
    tell_password(args, password, ok);
    px_store_close(store);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

/* Role and state of a user. NULL leaves the one or the other as it is. */
static px_exit change_user(const px_args *args, const px_role *role, const bool *disabled) {
    px_error err = {0};
    px_user user;
    bool found = true;
    const char *name = px_args_operand(args, 0);
    px_store *store = open_store(args, true, &err);
    const bool ok = store && find_user(store, name, &user, &err) &&
                    px_store_set_user(store, &actor, user.id, role ? *role : user.role,
                                      disabled ? *disabled : user.disabled, &found, &err) &&
                    (found || px_fail(&err, PX_ERR_INPUT, name, "was deleted just now"));
    px_store_close(store);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

static px_exit run_disable(const px_args *args) {
    return change_user(args, NULL, &(bool){true});
}

static px_exit run_enable(const px_args *args) {
    return change_user(args, NULL, &(bool){false});
}

static px_exit run_set_role(const px_args *args) {
    const px_role role = role_of(px_args_text(args, "role"));
    return change_user(args, &role, NULL);
}

static void print_row(const px_user *user) {
    char created[PX_TIME_SIZE], last[PX_TIME_SIZE] = "never";
    px_time_print(user->created, created);
    if (user->last_login != 0)
        px_time_print(user->last_login, last);
    printf("%6lld  %-5s  %-8s  %.10s  %-11.10s  %s\n", (long long)user->id,
           px_role_name(user->role), user->disabled ? "disabled" : "active", created, last,
           user->username);
}

static json_t *user_to_json(const px_user *user) {
    return json_pack("{sI ss ss sb so so}", "id", (json_int_t)user->id, "username", user->username,
                     "role", px_role_name(user->role), "disabled", user->disabled, "created",
                     px_time_to_json(user->created), "last_login",
                     px_time_to_json(user->last_login));
}

/* To `list` where that is there, else to stdout. */
static bool list_page(const px_user *users, int count, json_t *list, px_error *err) {
    for (int i = 0; i < count; i++) {
        if (users[i].id == PX_USER_ANONYMOUS)
            continue;
        if (!list)
            print_row(&users[i]);
        else if (json_array_append_new(list, user_to_json(&users[i])) != 0)
            return px_fail_memory(err);
    }
    return true;
}

static bool list_users(px_store *store, json_t *list, px_error *err) {
    px_user *users = px_alloc(PAGE, sizeof *users, err);
    bool ok = users != NULL;
    int64_t after = 0;
    for (int count = PAGE; ok && count == PAGE; after = count > 0 ? users[count - 1].id : after)
        ok = px_store_list_users(store, after, NULL, users, PAGE, &count, err) &&
             list_page(users, count, list, err);
    free(users);
    return ok;
}

static bool print_users(px_store *store, bool as_json, px_error *err) {
    if (!as_json) {
        printf("%6s  %-5s  %-8s  %-10s  %-11s  %s\n", "id", "role", "state", "since", "last log-in",
               "name");
        return list_users(store, NULL, err);
    }
    json_t *list = json_array();
    json_t *root = list ? json_pack("{sO}", "users", list) : NULL;
    bool ok = root ? list_users(store, list, err) : px_fail_memory(err);
    char *text = ok ? px_json_dump_lines(root, err) : NULL;
    if (text)
        puts(text);
    free(text);
    json_decref(root);
    json_decref(list);
    return text != NULL;
}

static px_exit run_list(const px_args *args) {
    px_error err = {0};
    px_store *store = open_store(args, true, &err);
    const bool ok =
        store && print_users(store, strcmp(px_args_text(args, "format"), "json") == 0, &err);
    px_store_close(store);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

static const px_option add_options[] = {{.name = "role",
                                         .type = PX_OPT_CHOICE,
                                         .argument = "ROLE",
                                         .value = "user",
                                         .choices = "user|admin",
                                         .help = "admins manage the users of the server"},
                                        STORE_OPTIONS,
                                        PASSWORD_OPTIONS,
                                        {0}};
static const px_option list_options[] = {PX_OPTION_TABLE_OR_JSON, STORE_OPTIONS, {0}};
static const px_option change_options[] = {STORE_OPTIONS, {0}};
static const px_option reset_options[] = {STORE_OPTIONS, PASSWORD_OPTIONS, {0}};
static const px_option role_options[] = {{.name = "role",
                                          .type = PX_OPT_CHOICE,
                                          .argument = "ROLE",
                                          .choices = "user|admin",
                                          .required = true,
                                          .help = "what the user is from now on"},
                                         STORE_OPTIONS,
                                         {0}};

#define ONE_USER .operands = "NAME", .least_operands = 1, .most_operands = 1

const px_command px_cmd_user_add = {.name = "user add",
                                    ONE_USER,
                                    .summary = "add an account to the server",
                                    .description =
                                        ABOUT_PASSWORDS " Where there is no store yet, it is made.",
                                    .options = add_options,
                                    .settings = px_serve_options,
                                    .run = run_add};

const px_command px_cmd_user_list = {.name = "user list",
                                     .operands = "",
                                     .summary = "list the server's accounts",
                                     .options = list_options,
                                     .settings = px_serve_options,
                                     .run = run_list};

const px_command px_cmd_user_disable = {
    .name = "user disable",
    ONE_USER,
    .summary = "shut an account out",
    .description = "Its sessions end at once and its API keys stop working; nothing is deleted.",
    .options = change_options,
    .settings = px_serve_options,
    .run = run_disable};

const px_command px_cmd_user_enable = {.name = "user enable",
                                       ONE_USER,
                                       .summary = "let a disabled account in again",
                                       .options = change_options,
                                       .settings = px_serve_options,
                                       .run = run_enable};

const px_command px_cmd_user_reset_password = {
    .name = "user reset-password",
    ONE_USER,
    .summary = "give an account another password",
    .description = ABOUT_PASSWORDS " The account's sessions end; its API keys stay as they are.",
    .options = reset_options,
    .settings = px_serve_options,
    .run = run_reset_password};

const px_command px_cmd_user_set_role = {.name = "user set-role",
                                         ONE_USER,
                                         .summary = "make a user an admin, or an admin a user",
                                         .options = role_options,
                                         .settings = px_serve_options,
                                         .run = run_set_role};
