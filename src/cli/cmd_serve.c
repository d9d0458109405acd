/* perxeptron serve: the reader behind HTTP, until Ctrl-C or SIGTERM. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../base/log.h"
#include "../base/memory.h"
#include "../reader/reader.h"
#include "../server/server.h"
#include "shared_options.h"

#define TEND_EVERY_MS 200

static const char *const default_origins[] = {"http://localhost:4200", "http://localhost:3000"};

static const px_option options[] = {
    {.name = "listen",
     .letter = 'l',
     .type = PX_OPT_TEXT,
     .argument = "HOST:PORT",
     .value = "127.0.0.1:8000",
     .help = "address to serve at; [::1]:8000 for IPv6; port 0 takes a free one"},
    {.name = "data",
     .letter = 'd',
     .type = PX_OPT_FILE,
     .argument = "DIR",
     .help = "folder for uploaded images and heat maps (default: perxeptron/ in $XDG_DATA_HOME or "
             "~/.local/share)"},
    PX_OPTION_ENSEMBLE,
    PX_OPTION_THREADS,
    {.name = "max-upload-mib",
     .type = PX_OPT_INT,
     .argument = "MIB",
     .value = "64",
     .least = 1,
     .most = 64,
     .help = "largest image taken"},
    {.name = "queue",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "32",
     .least = 1,
     .most = 4096,
     .help = "requests that may wait for the reader; more are told to come back (503)"},
    {.name = "connections",
     .type = PX_OPT_INT,
     .argument = "N",
     .value = "256",
     .least = 8,
     .most = 65536,
     .help = "connections open at once, half of them from one address"},
    {.name = "timeout",
     .type = PX_OPT_INT,
     .argument = "SECONDS",
     .value = "20",
     .least = 1,
     .most = 3600,
     .help = "how long a client may send nothing, or take to send a request's head"},
    {.name = "cors-origin",
     .type = PX_OPT_TEXT,
     .argument = "ORIGIN",
     .repeated = true,
     .help = "web origin whose pages may call the API (default: http://localhost:4200 and "
             "http://localhost:3000)"},
    {.name = "log-format",
     .type = PX_OPT_CHOICE,
     .argument = "FORMAT",
     .value = "text",
     .choices = "text|json",
     .help = "form of the log on stderr"},
    {0}};

static char *default_data(px_error *err) {
    const char *data = getenv("XDG_DATA_HOME"), *home = getenv("HOME");
    if (data && data[0] == '/')
        return px_format(err, "%s/perxeptron", data);
    return px_format(err, "%s/.local/share/perxeptron", home && home[0] == '/' ? home : ".");
}

/* Origins as given, or the ones that the 2020 web page was served from. */
static const char **list_origins(const px_args *args, int *count, px_error *err) {
    int given = px_args_count(args, "cors-origin");
    *count = given > 0 ? given : 2;
    const char **origins = px_alloc((size_t)*count, sizeof *origins, err);
    for (int i = 0; origins && i < *count; i++)
        origins[i] = given > 0 ? px_args_item(args, "cors-origin", i) : default_origins[i];
    return origins;
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

static bool serve(const px_args *args, const char *data, px_reader *reader, px_error *err) {
    px_server_options serving = {.listen = px_args_text(args, "listen"),
                                 .store.folder = data,
                                 .max_upload = (size_t)px_args_int(args, "max-upload-mib") << 20,
                                 .queue = (int)px_args_int(args, "queue"),
                                 .connections = (int)px_args_int(args, "connections"),
                                 .connections_per_address =
                                     ((int)px_args_int(args, "connections") + 1) / 2,
                                 .timeout_s = (int)px_args_int(args, "timeout"),
                                 .anonymous = PX_ANONYMOUS_STORE,
                                 .anonymous_hours = 24};
    const char **origins = list_origins(args, &serving.n_origins, err);
    serving.origins = origins;
    px_server *server = origins ? px_server_start(&serving, reader, err) : NULL;
    if (server)
        serve_until_interrupted(server, reader);
    px_server_stop(server);
    free(origins);
    return server != NULL;
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    px_log_configure(PX_LOG_INFO, strcmp(px_args_text(args, "log-format"), "json") == 0);
    const char *given = px_args_text(args, "data");
    char *data = given ? px_strdup(given, &err) : default_data(&err);
    px_reader *reader = data ? px_cli_open_reader(args, false, &err) : NULL;
    bool ok = reader && serve(args, data, reader, &err);
    px_reader_free(reader);
    free(data);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_serve = {
    .name = "serve",
    .operands = "",
    .summary = "serve the web page and the HTTP API",
    .description =
        "Serves a page to read radiographs at /, the 2020 interface under /api/chexray/, and the "
        "new one under /api/v1/. Prints the address when it is ready. Ctrl-C or SIGTERM ends it "
        "after everything under way is answered.",
    .options = options,
    .run = run};
