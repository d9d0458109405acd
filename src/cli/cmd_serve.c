/* perxeptron serve: the reader behind HTTP, until Ctrl-C or SIGTERM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../reader/reader.h"
#include "../server/listen.h"
#include "../server/server.h"
#include "../server/web_files.h"
#include "serve_checks.h"
#include "serve_options.h"
#include "service.h"
#include "settings.h"
#include "shared_options.h"

#define TEND_EVERY_MS 200

/* The lists among the server's options, as arrays to be freed. */
typedef struct lists {
    const char **proxies, **hosts, **origins;
} lists;

static bool is_on(const px_args *args, const char *option) {
    return strcmp(px_args_text(args, option), "on") == 0;
}

static px_anonymous anonymous_of(const px_args *args) {
    const char *word = px_args_text(args, "anonymous");
    return strcmp(word, "off") == 0    ? PX_ANONYMOUS_OFF
           : strcmp(word, "read") == 0 ? PX_ANONYMOUS_READ
                                       : PX_ANONYMOUS_STORE;
}

static px_log_level log_level_of(const px_args *args) {
    const char *word = px_args_text(args, "log-level");
    return strcmp(word, "debug") == 0     ? PX_LOG_DEBUG
           : strcmp(word, "info") == 0    ? PX_LOG_INFO
           : strcmp(word, "warning") == 0 ? PX_LOG_WARNING
                                          : PX_LOG_ERROR;
}

/* A repeated option's values but "none". */
static const char **list_values(const px_args *args, const char *option, int *count,
                                px_error *err) {
    int given = px_args_count(args, option);
    const char **values = px_alloc((size_t)given, sizeof *values, err);
    *count = 0;
    for (int i = 0; values && i < given; i++)
        if (strcmp(px_args_item(args, option, i), "none") != 0)
            values[(*count)++] = px_args_item(args, option, i);
    return values;
}

static bool fill_lists(const px_args *args, px_server_options *options, lists *all, px_error *err) {
    all->proxies = list_values(args, "trusted-proxy", &options->n_trusted_proxies, err);
    all->hosts = list_values(args, "host", &options->n_hosts, err);
    all->origins = list_values(args, "cors-origin", &options->n_origins, err);
    options->trusted_proxies = all->proxies;
    options->hosts = all->hosts;
    options->origins = all->origins;
    return all->proxies && all->hosts && all->origins;
}

static px_server_options options_of(const px_args *args) {
    return (px_server_options){
        .listen = px_listen_is_handed_over() ? NULL : px_args_text(args, "listen"),
        .store = px_cli_store_options(args),
        .web = px_args_text(args, "web"),
        .tls_certificate = px_args_text(args, "tls-certificate"),
        .tls_key = px_args_text(args, "tls-key"),
        .max_upload = (size_t)px_args_int(args, "max-upload-mib") << 20,
        .least_free = (uint64_t)px_args_int(args, "least-free-mib") << 20,
        .queue = (int)px_args_int(args, "queue"),
        .connections = (int)px_args_int(args, "connections"),
        .connections_per_address = (int)px_args_int(args, "connections-per-address"),
        .timeout_s = (int)px_args_int(args, "timeout"),
        .limits = {.requests_per_minute = (int)px_args_int(args, "requests-per-minute"),
                   .readings_per_minute = (int)px_args_int(args, "readings-per-minute"),
                   .logins_per_minute = (int)px_args_int(args, "logins-per-minute")},
        .password_cost = px_cli_password_cost(args),
        .password_least = (int)px_args_int(args, "password-least"),
        .sign_up = is_on(args, "sign-up"),
        .session_hours = (int)px_args_int(args, "session-hours"),
        .token_hours = (int)px_args_int(args, "token-hours"),
        .link_minutes = (int)px_args_int(args, "link-minutes"),
        .anonymous = anonymous_of(args),
        .anonymous_hours = (int)px_args_int(args, "anonymous-hours")};
}

static void serve_until_interrupted(px_server *server, const px_reader *reader) {
    const struct timespec pause = {.tv_nsec = TEND_EVERY_MS * 1000000};
    const long watchdog_ms = px_service_watchdog_ms();
    long silent_ms = 0;
    printf("perXeptron is ready at %s\n", px_server_url(server));
    if (px_reader_notice(reader))
        printf("%s\n", px_reader_notice(reader));
    fflush(stdout);
    px_service_notify("READY=1");
    while (!px_cli_interrupted()) {
        nanosleep(&pause, NULL);
        px_server_tend(server);
        silent_ms += TEND_EVERY_MS;
        if (watchdog_ms > 0 && 3 * silent_ms >= watchdog_ms) {
            px_service_notify("WATCHDOG=1");
            silent_ms = 0;
        }
    }
    px_service_notify("STOPPING=1");
    px_log(PX_LOG_INFO, "server", NULL, "stopping: requests under way are answered first");
}

static bool serve(const px_args *args, px_reader *reader, px_error *err) {
    px_server_options options = options_of(args);
    lists all = {0};
    char *web = options.web ? NULL : px_web_find_folder();
    options.web = web ? web : options.web;
    px_server *server =
        fill_lists(args, &options, &all, err) ? px_server_start(&options, reader, err) : NULL;
    if (server)
        serve_until_interrupted(server, reader);
    px_server_stop(server);
    free(all.proxies);
    free(all.hosts);
    free(all.origins);
    free(web);
    return server != NULL;
}

static void warn(const char *sentence) {
    px_log(PX_LOG_WARNING, "settings", NULL, "%s", sentence);
}

/* A connection takes several descriptors; the usual soft limit of 1024 is there for select(2). */
static void allow_many_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    if (px_args_flag(args, "print-config")) {
        px_settings_print(stdout, args);
        return PX_EXIT_OK;
    }
    px_log_configure(log_level_of(args), strcmp(px_args_text(args, "log-format"), "json") == 0);
    px_settings_find_strays(px_serve_options, warn);
    px_settings_find_exposed(args, warn);
    allow_many_files();
    bool ok = px_serve_check_combination(args, &err) && px_serve_check_files(args, &err);
    px_reader *reader = ok ? px_cli_open_reader(args, false, &err) : NULL;
    if (reader)
        px_log(PX_LOG_INFO, "reader", NULL, "%s", px_reader_cache_note(reader));
    ok = reader && (px_args_flag(args, "check-config") || serve(args, reader, &err));
    px_reader_free(reader);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_serve = {
    .name = "serve",
    .operands = "",
    .summary = "serve the web app and the HTTP API",
    .description =
        "Serves the web app at /, the 2020 interface under /api/chexray/, and the "
        "new one under /api/v1/. Prints the address when it is ready. Ctrl-C or SIGTERM ends it "
        "after everything under way is answered.\n\nEvery option but the flags is a setting, "
        "which may also stand in the file that --config names, as \"max-upload-mib = 32\", and in "
        "the environment, as PERXEPTRON_MAX_UPLOAD_MIB=32. The command line goes before the "
        "environment, and that before the file.",
    .options = px_serve_options,
    .settings = px_serve_options,
    .run = run};
