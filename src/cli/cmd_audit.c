/* perxeptron audit verify, audit export: the trail of who saw, made or deleted what. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/csv.h"
#include "../base/error.h"
#include "../base/json_fields.h"
#include "serve_options.h"
#include "shared_options.h"

#define LINE_CAP 65536

static px_store *open_beside(const px_args *args, px_error *err) {
    px_store_options from = px_cli_store_options(args);
    from.beside = true;
    return px_store_open(&from, err);
}

/* ---- Verify ---- */

static const px_option verify_options[] = {
    PX_OPTION_CONFIG, PX_OPTION_DATA(NULL), PX_OPTION_DATABASE, {0}};

static bool print_hash(void *context, const px_audit_entry *entry, px_error *err) {
    (void)context, (void)err;
    printf("entry %" PRId64 " has the hash %s\n", entry->number, entry->hash);
    return true;
}

static px_exit run_verify(const px_args *args) {
    px_error err = {0};
    int64_t entries = 0, broken = 0;
    px_store *store = open_beside(args, &err);
    bool ok = store && px_store_verify_audit(store, &entries, &broken, &err);
    if (ok && broken == 0) {
        printf("entries: %" PRId64 ", each fits the one before it\n", entries);
        ok = px_store_visit_audit(store, entries - 1, 1, print_hash, NULL, &err);
    } else if (ok) {
        printf("entry %" PRId64 " does not fit the one before it\n", broken);
    }
    px_store_close(store);
    if (!ok)
        return px_cli_fail(&err);
    return broken == 0 ? PX_EXIT_OK : PX_EXIT_INPUT;
}

const px_command px_cmd_audit_verify = {
    .name = "audit verify",
    .operands = "",
    .summary = "check that the audit trail is as it was written",
    .description =
        "Computes the hash of each entry from its fields and the hash before it. The first entry "
        "that does not fit is named, and the exit code is 2. Whoever can write to the database "
        "could write a whole new trail: keep the newest hash, which is printed, elsewhere, and "
        "compare it with the export's.",
    .options = verify_options,
    .settings = px_serve_options,
    .run = run_verify};

/* ---- Export ---- */

static const px_option export_options[] = {{.name = "format",
                                            .type = PX_OPT_CHOICE,
                                            .argument = "FORMAT",
                                            .value = "ndjson",
                                            .choices = "ndjson|csv",
                                            .help = "how to print it"},
                                           {.name = "after",
                                            .type = PX_OPT_INT,
                                            .argument = "N",
                                            .value = "0",
                                            .least = 0,
                                            .most = 9e15,
                                            .help = "begin behind this entry"},
                                           PX_OPTION_CONFIG,
                                           PX_OPTION_DATA(NULL),
                                           PX_OPTION_DATABASE,
                                           {0}};

static bool print_line(const px_buffer *text, px_error *err) {
    return fwrite(text->data, 1, text->size, stdout) == text->size ||
           px_fail_errno(err, "stdout", "cannot write");
}

static bool print_json(void *context, const px_audit_entry *e, px_error *err) {
    (void)context;
    json_t *line =
        json_pack("{sI sI sI sI ss ss ss ss ss}", "number", (json_int_t)e->number, "time",
                  (json_int_t)e->time, "user_id", (json_int_t)e->user_id, "key_id",
                  (json_int_t)e->key_id, "action", e->action, "object", e->object, "request_id",
                  e->request_id, "before", e->before, "hash", e->hash);
    char *text = line ? px_json_dump(line, err) : NULL;
    json_decref(line);
    if (!text)
        return px_fail_memory(err);
    bool ok = printf("%s\n", text) >= 0 || px_fail_errno(err, "stdout", "cannot write");
    free(text);
    return ok;
}

static bool print_csv(void *context, const px_audit_entry *e, px_error *err) {
    (void)context;
    const char *const texts[] = {e->action, e->object, e->request_id, e->before, e->hash};
    px_buffer line;
    px_buffer_init(&line, LINE_CAP);
    bool ok = px_buffer_print(&line, err, "%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64, e->number,
                              e->time, e->user_id, e->key_id);
    for (int i = 0; ok && i < 5; i++)
        ok = px_buffer_print(&line, err, ",") && px_csv_print_text(&line, texts[i], err);
    ok = ok && px_buffer_print(&line, err, "\n") && print_line(&line, err);
    px_buffer_clear(&line);
    return ok;
}

static px_exit run_export(const px_args *args) {
    px_error err = {0};
    const bool csv = strcmp(px_args_text(args, "format"), "csv") == 0;
    px_store *store = open_beside(args, &err);
    if (store && csv)
        printf("number,time,user_id,key_id,action,object,request_id,before,hash\n");
    bool ok = store && px_store_visit_audit(store, px_args_int(args, "after"), INT64_MAX,
                                            csv ? print_csv : print_json, NULL, &err);
    px_store_close(store);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_audit_export = {
    .name = "audit export",
    .operands = "",
    .summary = "print the audit trail",
    .description =
        "One entry a line, oldest first: its number, the time in microseconds since 1970 (UTC), "
        "the numbers of the user and the API key that acted, what was done to which object, the "
        "request's id in the log, and the hashes of the chain, which docs/store.md explains.",
    .options = export_options,
    .settings = px_serve_options,
    .run = run_export};
