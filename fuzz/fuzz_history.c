/* Any bytes as a training's history: what parses is written and read again to the same bytes, and
 * has a trend. */
#include <stdlib.h>
#include <string.h>

#include "../src/trainer/history.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

static void check_written(const px_history *history) {
    px_history again = {0};
    px_buffer first, second;
    px_buffer_init(&first, (size_t)64 << 20);
    px_buffer_init(&second, (size_t)64 << 20);
    check(px_history_write(history, &first, NULL) &&
          px_history_parse((const char *)first.data, first.size, &again, NULL) &&
          px_history_write(&again, &second, NULL));
    check(first.size == second.size && memcmp(first.data, second.data, first.size) == 0);
    px_buffer_clear(&first);
    px_buffer_clear(&second);
    px_history_clear(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    px_history history = {0};
    px_error err = {0};
    if (px_history_parse((const char *)data, size, &history, &err)) {
        check_written(&history);
        check(px_history_trend(&history, 1) <= PX_TREND_OVERFITTING &&
              px_history_trend(&history, 5) <= PX_TREND_OVERFITTING);
    } else {
        check(err.code != PX_OK && err.message[0] != '\0' && !history.rows && !history.findings);
    }
    px_history_clear(&history);
    return 0;
}
