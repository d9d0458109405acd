/* perxeptron serve: the reader behind HTTP, until Ctrl-C or SIGTERM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../reader/reader.h"
#include "../server/server.h"
#include "serve_options.h"
#include "settings.h"
#include "shared_options.h"

#define TEND_EVERY_MS 200

/* A repeated option's values, as an array to be freed. */
static const char **list_values(const px_args *args, const char *option, int *count,
                                px_error *err) {
    *count = px_args_count(args, option);
    const char **values = px_alloc((size_t)*count, sizeof *values, err);
    for (int i = 0; values && i < *count; i++)
        values[i] = px_args_item(args, option, i);
    return values;
}

static void serve_until_interrupted(px_server *server, const px_reader *reader) {
    const struct timespec pause = {.tv_nsec = TEND_EVERY_MS * 1000000};
    printf("perXeptron is ready at %s\n", px_server_url(server));
    if (px_reader_notice(reader))
        printf("%s\n", px_reader_notice(reader));
    fflush(stdout);
    while (!px_cli_interrupted()) {
        nanosleep(&pause, NULL);
        px_server_tend(server);
    }
    px_log(PX_LOG_INFO, "server", NULL, "stopping: requests under way are answered first");
}

static bool serve(const px_args *args, px_reader *reader, px_error *err) {
    px_server_options serving = {.listen = px_args_text(args, "listen"),
                                 .store.folder = px_args_text(args, "data"),
                                 .max_upload = (size_t)px_args_int(args, "max-upload-mib") << 20,
                                 .queue = (int)px_args_int(args, "queue"),
                                 .connections = (int)px_args_int(args, "connections"),
                                 .connections_per_address =
                                     ((int)px_args_int(args, "connections") + 1) / 2,
                                 .timeout_s = (int)px_args_int(args, "timeout"),
                                 .anonymous = PX_ANONYMOUS_STORE,
                                 .anonymous_hours = 24};
    const char **origins = list_values(args, "cors-origin", &serving.n_origins, err);
    serving.origins = origins;
    px_server *server = origins ? px_server_start(&serving, reader, err) : NULL;
    if (server)
        serve_until_interrupted(server, reader);
    px_server_stop(server);
    free(origins);
    return server != NULL;
}

static void warn(const char *sentence) {
    px_log(PX_LOG_WARNING, "settings", NULL, "%s", sentence);
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    if (px_args_flag(args, "print-config")) {
        px_settings_print(stdout, args);
        return PX_EXIT_OK;
    }
    px_log_configure(PX_LOG_INFO, strcmp(px_args_text(args, "log-format"), "json") == 0);
    px_settings_find_strays(px_serve_options, warn);
    px_reader *reader = px_cli_open_reader(args, false, &err);
    bool check = px_args_flag(args, "check-config");
    bool ok = reader && (check || serve(args, reader, &err));
    px_reader_free(reader);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_serve = {
    .name = "serve",
    .operands = "",
    .summary = "serve the web page and the HTTP API",
    .description =
        "Serves a page to read radiographs at /, the 2020 interface under /api/chexray/, and the "
        "new one under /api/v1/. Prints the address when it is ready. Ctrl-C or SIGTERM ends it "
        "after everything under way is answered.\n\nEvery option but the flags is a setting, "
        "which may also stand in the file that --config names, as \"max-upload-mib = 32\", and in "
        "the environment, as PERXEPTRON_MAX_UPLOAD_MIB=32. The command line goes before the "
        "environment, and that before the file.",
    .options = px_serve_options,
    .settings = px_serve_options,
    .run = run};
