/* The configuration file's format: any bytes. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/text.h"
#include "../src/cli/settings_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Names and values are never empty and plain; lines go up. */
static bool on_setting(void *context, const char *name, const char *value, int line,
                       px_error *err) {
    (void)err;
    int *last = context;
    if (!*name || !*value || strlen(name) + strlen(value) > PX_SETTINGS_LINE ||
        !px_text_is_plain(value) || line <= *last)
        abort();
    *last = line;
    return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    int last = 0;
    px_error err = {0};
    bool ok = px_settings_parse("f", (const char *)data, size, on_setting, &last, &err);
    if (ok != (err.code == PX_OK))
        abort();
    return 0;
}
