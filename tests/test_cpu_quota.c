/* How many processors a process has in a container: files under /proc and /sys that the test makes,
 * on a machine of eight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/cpu.h"

enum { PROCESSORS = 8 };

/* What each file holds; one that is not there cannot be opened. */
static const struct { const char *path, *text; } * files;

FILE *__wrap_fopen64(const char *path, const char *mode);
int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set);

FILE *__wrap_fopen64(const char *path, const char *mode) {
    (void)mode;
    for (int i = 0; files[i].path; i++) {
        if (strcmp(files[i].path, path) == 0)
            return fmemopen((void *)(uintptr_t)files[i].text, strlen(files[i].text), "r");
    }
    return NULL;
}

int __wrap_sched_getaffinity(pid_t pid, size_t size, cpu_set_t *set) {
    (void)pid;
    CPU_ZERO_S(size, set);
    for (int i = 0; i < PROCESSORS; i++)
        CPU_SET_S(i, size, set);
    return 0;
}

/* Count with these files: pairs of path and text. */
#define COUNT(...)                                                                                 \
    (files = (const void *)(const char *const[]){__VA_ARGS__, NULL, NULL}, px_cpu_count())

static void without_a_group_the_mask_counts(void **state) {
    (void)state;
    assert_int_equal(COUNT("/nothing", ""), PROCESSORS);
}

static void version_2_has_one_file(void **state) {
    (void)state;
    const char *group = "0::/a/b\n";
    assert_int_equal(COUNT("/proc/self/cgroup", group), PROCESSORS);
    assert_int_equal(
        COUNT("/proc/self/cgroup", group, "/sys/fs/cgroup/a/b/cpu.max", "max 100000\n"),
        PROCESSORS);
    assert_int_equal(
        COUNT("/proc/self/cgroup", group, "/sys/fs/cgroup/a/b/cpu.max", "300000 100000\n"), 3);
    /* A part of a processor is a thread's worth. */
    assert_int_equal(
        COUNT("/proc/self/cgroup", group, "/sys/fs/cgroup/a/b/cpu.max", "250000 100000\n"), 3);
    assert_int_equal(
        COUNT("/proc/self/cgroup", group, "/sys/fs/cgroup/a/b/cpu.max", "5000 100000\n"), 1);
    /* More than there are. */
    assert_int_equal(
        COUNT("/proc/self/cgroup", group, "/sys/fs/cgroup/a/b/cpu.max", "9900000 100000\n"),
        PROCESSORS);
}

static void the_tightest_group_above_counts(void **state) {
    (void)state;
    assert_int_equal(COUNT("/proc/self/cgroup", "0::/a/b\n", "/sys/fs/cgroup/a/b/cpu.max",
                           "600000 100000\n", "/sys/fs/cgroup/a/cpu.max", "200000 100000\n",
                           "/sys/fs/cgroup/cpu.max", "max 100000\n"),
                     2);
    /* A container sees its own group as the root. */
    assert_int_equal(
        COUNT("/proc/self/cgroup", "0::/\n", "/sys/fs/cgroup/cpu.max", "400000 100000\n"), 4);
}

static void version_1_has_two_files(void **state) {
    (void)state;
    const char *groups = "7:memory:/x\n4:cpu,cpuacct:/x\n";
    assert_int_equal(COUNT("/proc/self/cgroup", groups, "/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us",
                           "350000\n", "/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "50000\n"),
                     7);
    assert_int_equal(COUNT("/proc/self/cgroup", groups, "/sys/fs/cgroup/cpu/x/cpu.cfs_quota_us",
                           "-1\n", "/sys/fs/cgroup/cpu/x/cpu.cfs_period_us", "50000\n"),
                     PROCESSORS);
}

static void other_text_is_no_quota(void **state) {
    (void)state;
    static const char *const texts[] = {"",           "\n",          "100000",
                                        "0 100000\n", "-5 100000\n", "x 100000\n",
                                        "100000 0\n", "100000 x\n",  "99999999999999999999 1\n"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_int_equal(COUNT("/proc/self/cgroup", "0::/\n", "/sys/fs/cgroup/cpu.max", texts[i]),
                         PROCESSORS);
    assert_int_equal(COUNT("/proc/self/cgroup", "no colon\n", "/sys/fs/cgroup/cpu.max", "1 1\n"),
                     PROCESSORS);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_group_the_mask_counts),
        cmocka_unit_test(version_2_has_one_file),
        cmocka_unit_test(the_tightest_group_above_counts),
        cmocka_unit_test(version_1_has_two_files),
        cmocka_unit_test(other_text_is_no_quota),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
