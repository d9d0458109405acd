/* perxeptron store check: is everything that was stored still there, and whole? */
#include <stdio.h>

#include "serve_options.h"
#include "shared_options.h"

static const px_option options[] = {
    PX_OPTION_CONFIG, PX_OPTION_DATA(NULL), PX_OPTION_DATABASE, PX_OPTION_KEY_FILE, {0}};

static void print_problem(void *context, const char *line) {
    (void)context;
    printf("%s\n", line);
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    px_store_options from = px_cli_store_options(args);
    from.beside = true;
    px_store_state state;
    int problems = 0;
    px_store *store = px_store_open(&from, &err);
    bool ok = store && px_store_check(store, print_problem, NULL, &problems, &err);
    bool counted = ok && px_store_get_state(store, &state, problems == 0 ? &err : NULL);
    px_store_close(store);
    if (!ok || (!counted && problems == 0))
        return px_cli_fail(&err);
    printf(problems == 0 ? "all whole" : problems == 1 ? "1 problem" : "%d problems", problems);
    if (counted)
        printf("; X-rays: %lld; entries in the audit trail: %lld", (long long)state.xrays,
               (long long)state.audit_entries);
    printf("\n");
    return problems == 0 ? PX_EXIT_OK : PX_EXIT_INPUT;
}

const px_command px_cmd_store_check = {
    .name = "store check",
    .operands = "",
    .summary = "check that everything stored is there and whole",
    .description =
        "Reads every image and compares it with its hash, decrypting where images are encrypted; "
        "looks for files that no row knows; checks the database and the audit trail. Changes "
        "nothing, and may run beside a server. Problems are printed one a line, without names or "
        "titles; then it exits with 2.",
    .options = options,
    .settings = px_serve_options,
    .run = run};
