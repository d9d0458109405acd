/* Running out of memory at each allocation in turn while loading, saving and building a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

#include "../src/model/model.h"
#include "failing_memory.h"
#include "make_models.h"

static void *json_alloc(size_t size) {
    return allocation_fails() ? NULL : malloc(size);
}

/* jansson 2.14 does not always tell that memory was the reason, and may even lose a character. */
static bool blame_memory(bool done, px_error *err) {
    if (!done && err->code != PX_OK)
        err->code = PX_ERR_MEMORY;
    return done;
}

static px_buffer bytes;

static bool parse(px_error *err) {
    px_model *model = px_model_parse(bytes.data, bytes.size, err);
    px_model_unref(model);
    return blame_memory(model != NULL, err);
}

static px_model *saved;

static bool save(px_error *err) {
    return blame_memory(px_model_save(saved, "/dev/null", err), err);
}

static void loading_survives(void **state) {
    (void)state;
    const small_file files[] = {make_small_file(), make_small_types_file()};
    for (int i = 0; i < 2; i++) {
        bytes = make_model_file(&files[i]);
        exhaust(parse, 100);
        px_buffer_clear(&bytes);
    }
}

static void saving_survives(void **state) {
    (void)state;
    const small_file file = make_small_types_file();
    bytes = make_model_file(&file);
    saved = px_model_parse(bytes.data, bytes.size, NULL);
    assert_non_null(saved);
    exhaust(save, 50);
    px_model_unref(saved);
    px_buffer_clear(&bytes);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(loading_survives),
                                       cmocka_unit_test(saving_survives)};
    json_set_alloc_funcs(json_alloc, free);
    return cmocka_run_group_tests_name("model_memory", tests, NULL, NULL);
}
