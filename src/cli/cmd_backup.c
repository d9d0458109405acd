/* perxeptron backup: a copy of the data folder, made while a server uses it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "serve_options.h"
#include "shared_options.h"

static const px_option options[] = {
    {.name = "output",
     .letter = 'o',
     .type = PX_OPT_FILE,
     .argument = "NEWDIR",
     .help = "the folder to make, in place of naming it without an option"},
    PX_OPTION_CONFIG,
    PX_OPTION_DATA(NULL),
    PX_OPTION_DATABASE,
    {0}};

/* Named once, either way. */
static const char *find_target(const px_args *args, px_error *err) {
    const char *option = px_args_text(args, "output");
    const char *operand = px_args_operands(args) > 0 ? px_args_operand(args, 0) : NULL;
    if (!option == !operand) {
        px_fail(err, PX_ERR_USAGE, "backup", "name the folder to make, once");
        return NULL;
    }
    return option ? option : operand;
}

static px_exit run(const px_args *args) {
    px_error err = {0};
    px_store_options from = px_cli_store_options(args);
    from.beside = true;
    const char *target = find_target(args, &err);
    px_store *store = target ? px_store_open(&from, &err) : NULL;
    bool ok = store && px_store_backup(store, target, &err);
    px_store_close(store);
    if (ok)
        printf("%s holds a copy\n", target);
    return ok ? PX_EXIT_OK : px_cli_fail(&err);
}

const px_command px_cmd_backup = {
    .name = "backup",
    .operands = "[NEWDIR]",
    .most_operands = 1,
    .summary = "copy the database and the images while a server uses them",
    .description =
        "Makes a data folder that a server can start with: the database as it was at one moment, "
        "and every image it names. Nobody waits for it; images that are deleted meanwhile leave "
        "the disk after it. On the same file system images are linked, not copied: take the copy "
        "to another disk.\n\nThe database of PostgreSQL is copied by pg_dump, not by this.",
    .options = options,
    .settings = px_serve_options,
    .run = run};
