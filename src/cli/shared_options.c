/* The reader and the store that the options of several subcommands name. */
#include "shared_options.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../reader/reader.h"

px_reader *px_cli_open_reader(const px_args *args, bool accept_mismatch, px_error *err) {
    const char *cache = px_args_text(args, "cache");
    const px_reader_options options = {.threads = (int)px_args_int(args, "threads"),
                                       .accept_mismatch = accept_mismatch,
                                       .cache = cache && strcmp(cache, "none") == 0 ? "" : cache};
    const char *named = px_args_text(args, "ensemble");
    char *path = named ? px_strdup(named, err) : px_reader_default_path(err);
    px_reader *reader = path ? px_reader_open(path, &options, err) : NULL;
    free(path);
    return reader;
}

char *px_cli_default_data(px_error *err) {
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && data[0] == '/')
        return px_format(err, "%s/perxeptron", data);
    return px_format(err, "%s/.local/share/perxeptron", home && home[0] == '/' ? home : ".");
}

bool px_cli_check_database(const char *text, const char *subject, px_error *err) {
    if (strncmp(text, "postgresql://", 13) == 0 || strncmp(text, "postgres://", 11) == 0)
        return true;
    return px_fail(err, PX_ERR_USAGE, subject, "not of the form postgresql://USER@HOST/NAME");
}

px_store_options px_cli_store_options(const px_args *args) {
    int64_t connections = px_args_int(args, "database-connections");
    int64_t patience = px_args_int(args, "database-patience");
    return (px_store_options){.folder = px_args_text(args, "data"),
                              .database = px_args_text(args, "database"),
                              .key_file = px_args_text(args, "key-file"),
                              .connections = connections ? (int)connections : 2,
                              .patience_ms = patience ? (int)patience * 1000 : 5000};
}

px_password_cost px_cli_password_cost(const px_args *args) {
    return (px_password_cost){.passes = (unsigned long long)px_args_int(args, "password-passes"),
                              .memory = (size_t)px_args_int(args, "password-memory-mib") << 20};
}
