/* What counts and what seals, when memory runs out at each allocation in turn: an error, nothing
 * lost, nothing half-made. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../src/base/sealed.h"
#include "../src/server/limits.h"
#include "../src/server/metrics.h"
#include "failing_memory.h"

static const unsigned char key[PX_SECRET_KEY_BYTES] = "thirty-two bytes of a test's key";

static bool make_limits(px_error *err) {
    px_limits *limits = px_limits_new(&(px_limits_options){1, 1, 1}, err);
    px_limits_free(limits);
    return limits != NULL;
}

static void limits(void **state) {
    (void)state;
    exhaust(make_limits, 6);
}

static bool print_metrics(px_error *err) {
    px_buffer out;
    px_buffer_init(&out, 1 << 20);
    px_metrics *metrics = px_metrics_new(err);
    const bool done = metrics && px_metrics_print(metrics, &out, err);
    px_metrics_free(metrics);
    px_buffer_clear(&out);
    return done;
}

static void metrics(void **state) {
    (void)state;
    exhaust(print_metrics, 5);
}

static bool seal_and_unseal(px_error *err) {
    px_buffer out;
    px_buffer_init(&out, 100000);
    int from = memfd_create("from", MFD_CLOEXEC), to = memfd_create("to", MFD_CLOEXEC);
    assert_int_equal(ftruncate(from, 70000), 0);
    bool done = px_seal_file(key, from, to, err);
    assert_int_equal(lseek(to, 0, SEEK_SET), 0);
    done = done && px_unseal_file(key, to, &out, err);
    assert_int_equal(out.size, done ? 70000 : 0);
    px_buffer_clear(&out);
    close(from);
    close(to);
    return done;
}

static void sealed_files(void **state) {
    (void)state;
    exhaust(seal_and_unseal, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(limits), cmocka_unit_test(metrics),
                                       cmocka_unit_test(sealed_files)};
    return cmocka_run_group_tests_name("limits_memory", tests, NULL, NULL);
}
