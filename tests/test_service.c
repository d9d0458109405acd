/* What systemd is told, and how often: sockets by path and by abstract name, odd environments. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../src/cli/service.h"

/* A socket that hears what is sent to `name`; "@" in front: in the abstract namespace. */
static int hear(const char *name) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    assert_true(length < sizeof address.sun_path);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)),
                     0);
    return fd;
}

static void assert_heard(int fd, const char *state) {
    char text[64] = "";
    ssize_t size = recv(fd, text, sizeof text - 1, 0);
    assert_int_equal(size, strlen(state));
    assert_string_equal(text, state);
    assert_int_equal(recv(fd, text, sizeof text, 0), -1);
}

static void states_reach_both_kinds_of_sockets(void **state) {
    (void)state;
    char names[2][64];
    snprintf(names[0], sizeof names[0], "/tmp/perxeptron-notify-%ld", (long)getpid());
    snprintf(names[1], sizeof names[1], "@perxeptron-notify-%ld", (long)getpid());
    for (int i = 0; i < 2; i++) {
        int fd = hear(names[i]);
        setenv("NOTIFY_SOCKET", names[i], 1);
        px_service_notify("READY=1");
        assert_heard(fd, "READY=1");
        close(fd);
    }
    px_service_notify("READY=1"); /* nobody listens there any more */
    unlink(names[0]);
}

static int lowest_free(void) {
    int fd = dup(STDIN_FILENO);
    assert_true(fd >= 0);
    close(fd);
    return fd;
}

static void other_sockets_are_passed_over(void **state) {
    (void)state;
    const int before = lowest_free();
    char long_name[200] = "/";
    memset(long_name + 1, 'x', sizeof long_name - 2);
    const char *const names[] = {"", "/", "@", "relative", "vsock:2:3", long_name, "/nowhere/at/x"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        px_service_notify("READY=1");
    }
    unsetenv("NOTIFY_SOCKET");
    px_service_notify("READY=1");
    assert_int_equal(lowest_free(), before); /* no descriptor was left open */
}

static void the_watchdog_is_of_this_process(void **state) {
    (void)state;
    char own[32], other[32];
    snprintf(own, sizeof own, "%ld", (long)getpid());
    snprintf(other, sizeof other, "%ld", (long)getpid() + 1);
    const struct {
        const char *interval, *process;
        long ms;
    } cases[] = {
        {NULL, NULL, 0},
        {"30000000", NULL, 30000},
        {"30000000", own, 30000},
        {"30000000", other, 0},
        {"0", own, 0},
        {"-5", own, 0},
        {"soon", own, 0},
        {NULL, own, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsetenv("WATCHDOG_USEC");
        unsetenv("WATCHDOG_PID");
        if (cases[i].interval)
            setenv("WATCHDOG_USEC", cases[i].interval, 1);
        if (cases[i].process)
            setenv("WATCHDOG_PID", cases[i].process, 1);
        assert_int_equal(px_service_watchdog_ms(), cases[i].ms);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(states_reach_both_kinds_of_sockets),
        cmocka_unit_test(other_sockets_are_passed_over),
        cmocka_unit_test(the_watchdog_is_of_this_process),
    };
    return cmocka_run_group_tests_name("service", tests, NULL, NULL);
}
