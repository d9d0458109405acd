/* Options that several subcommands have, and the reader and the store that they name. */
#ifndef PX_CLI_SHARED_OPTIONS_H
#define PX_CLI_SHARED_OPTIONS_H

#include "../base/secret.h"
#include "../store/store.h"
#include "cli.h"

#define PX_OPTION_ENSEMBLE                                                                         \
    {                                                                                              \
        .name = "ensemble", .letter = 'e', .type = PX_OPT_FILE, .argument = "FILE",                \
        .help = "the ensemble to read with; without it: $PERXEPTRON_ENSEMBLE, or the default "     \
                "bundle"                                                                           \
    }

#define PX_OPTION_THREADS                                                                          \
    {                                                                                              \
        .name = "threads", .letter = 't', .type = PX_OPT_INT, .argument = "N", .value = "0",       \
        .least = 0, .most = 1024,                                                                  \
        .help = "threads to use; 0: $PERXEPTRON_THREADS, or every processor this process may use"  \
    }

#define PX_OPTION_CACHE                                                                            \
    {                                                                                              \
        .name = "cache", .type = PX_OPT_FILE, .argument = "DIR",                                   \
        .help = "folder that keeps packed weights for the next start, or none; without it "        \
                "perxeptron/ in $XDG_CACHE_HOME or ~/.cache"                                       \
    }

#define PX_OPTION_TABLE_OR_JSON                                                                    \
    {                                                                                              \
        .name = "format", .type = PX_OPT_CHOICE, .argument = "FORMAT", .value = "table",           \
        .choices = "table|json", .help = "how to print it"                                         \
    }

/* What a command that works on the server's data has: it sets .settings = px_serve_options, too.
 * `title` is a section's, or NULL. */
#define PX_OPTION_CONFIG                                                                           \
    {                                                                                              \
        .name = "config", .letter = 'c', .type = PX_OPT_FILE, .argument = "FILE",                  \
        .help = "configuration file: lines of \"name = value\", where names are those of "         \
                "`perxeptron serve`'s options"                                                     \
    }

#define PX_OPTION_DATA(title)                                                                      \
    {                                                                                              \
        .section = title, .name = "data", .letter = 'd', .type = PX_OPT_FILE, .argument = "DIR",   \
        .fallback = px_cli_default_data,                                                           \
        .help = "folder of everything that is kept; without it perxeptron/ in $XDG_DATA_HOME or "  \
                "~/.local/share"                                                                   \
    }

#define PX_OPTION_DATABASE                                                                         \
    {                                                                                              \
        .name = "database", .type = PX_OPT_TEXT, .argument = "URL", .secret = true,                \
        .check = px_cli_check_database,                                                            \
        .help = "PostgreSQL database, postgresql://USER:PASSWORD@HOST/NAME; without it a SQLite "  \
                "file in the data folder. A password is better kept in the configuration file"     \
    }

#define PX_OPTION_KEY_FILE                                                                         \
    {                                                                                              \
        .name = "key-file", .type = PX_OPT_FILE, .argument = "FILE",                               \
        .help = "encrypt images with the key in this file: 64 hexadecimal digits"                  \
    }

#define PX_OPTION_DATABASE_CONNECTIONS                                                             \
    {                                                                                              \
        .name = "database-connections", .type = PX_OPT_INT, .argument = "N", .value = "8",         \
        .least = 1, .most = 256, .help = "connections to the database"                             \
    }

#define PX_OPTION_DATABASE_PATIENCE                                                                \
    {                                                                                              \
        .name = "database-patience", .type = PX_OPT_INT, .argument = "SECONDS", .value = "5",      \
        .least = 1, .most = 300,                                                                   \
        .help = "how long a request waits for the database before it gets a 503"                   \
    }

#define PX_OPTION_PASSWORD_MEMORY                                                                  \
    {                                                                                              \
        .name = "password-memory-mib", .type = PX_OPT_INT, .argument = "MIB", .value = "64",       \
        .least = 1, .most = 4096, .help = "memory that hashing a password takes (Argon2id)"        \
    }

#define PX_OPTION_PASSWORD_PASSES                                                                  \
    {                                                                                              \
        .name = "password-passes", .type = PX_OPT_INT, .argument = "N", .value = "3", .least = 1,  \
        .most = 100, .help = "passes over that memory"                                             \
    }

#define PX_OPTION_PASSWORD_LEAST                                                                   \
    {                                                                                              \
        .name = "password-least", .type = PX_OPT_INT, .argument = "N", .value = "10", .least = 8,  \
        .most = 128, .help = "characters that a password must have"                                \
    }

/** The data folder where none is named; to be freed. */
char *px_cli_default_data(px_error *err);
/** Is it a URL that PostgreSQL's clients take? */
bool px_cli_check_database(const char *text, const char *subject, px_error *err);

/** The store that the options above name; those that the command lacks have their defaults. What
 *  it points at belongs to `args`. */
px_store_options px_cli_store_options(const px_args *args);

/** Cost of a password's hash; the command has PX_OPTION_PASSWORD_MEMORY and _PASSES. */
px_password_cost px_cli_password_cost(const px_args *args);

/** Open the reader that PX_OPTION_ENSEMBLE, PX_OPTION_THREADS and PX_OPTION_CACHE ask for.
 *  @param accept_mismatch  see px_reader_options. */
px_reader *px_cli_open_reader(const px_args *args, bool accept_mismatch, px_error *err);

#endif
