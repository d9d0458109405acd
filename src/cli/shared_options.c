/* The reader that the options of several subcommands name. */
#include "shared_options.h"

#include <stdlib.h>

#include "../base/memory.h"
#include "../reader/reader.h"

px_reader *px_cli_open_reader(const px_args *args, bool accept_mismatch, px_error *err) {
    const px_reader_options options = {.threads = (int)px_args_int(args, "threads"),
                                       .accept_mismatch = accept_mismatch};
    const char *named = px_args_text(args, "ensemble");
    char *path = named ? px_strdup(named, err) : px_reader_default_path(err);
    px_reader *reader = path ? px_reader_open(path, &options, err) : NULL;
    free(path);
    return reader;
}
