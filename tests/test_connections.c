/* Which connection goes when there is no room, and when each one's time is over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "../src/server/connections.h"

#define PATIENCE_MS 1000

/* A connection, and the client's end of it. */
typedef struct pair {
    int server, client;
    px_connection *connection;
} pair;

static px_connections *all;

static int set_up(void **state) {
    (void)state;
    all = px_connections_new(4, 3, PATIENCE_MS, NULL);
    return all ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    px_connections_free(all);
    return 0;
}

static pair connect_from(const char *from, bool many, int64_t now_ms) {
    int ends[2];
    px_address address;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    assert_true(px_address_parse(from, strlen(from), &address));
    pair made = {ends[0], ends[1], NULL};
    made.connection = px_connections_add(all, made.server, &address, many, now_ms);
    assert_non_null(made.connection);
    return made;
}

static bool is_cut(const pair *one) {
    char byte;
    return recv(one->client, &byte, 1, MSG_DONTWAIT) == 0;
}

static void disconnect(pair *pairs, int n) {
    for (int i = 0; i < n; i++) {
        px_connections_remove(all, pairs[i].connection);
        close(pairs[i].server);
        close(pairs[i].client);
    }
    assert_int_equal(px_connections_count(all), 0);
}

static void the_longest_waiting_gives_way(void **state) {
    (void)state;
    pair pairs[6];
    static const char *const from[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3",
                                       "192.0.2.4", "192.0.2.5", "192.0.2.6"};
    for (int i = 0; i < 6; i++)
        pairs[i] = connect_from(from[i], false, 100 + i);
    assert_true(is_cut(&pairs[0]));
    assert_true(is_cut(&pairs[1]));
    for (int i = 2; i < 6; i++)
        assert_false(is_cut(&pairs[i]));
    assert_int_equal(px_connections_count(all), 4);
    disconnect(pairs, 6);
}

static void the_served_stay(void **state) {
    (void)state;
    pair pairs[5];
    static const char *const from[] = {"192.0.2.1", "192.0.2.2", "192.0.2.3", "192.0.2.4"};
    for (int i = 0; i < 4; i++) {
        pairs[i] = connect_from(from[i], false, 100);
        px_connections_wait(all, pairs[i].connection, PX_WAIT_SERVER, 100);
    }
    pairs[4] = connect_from("192.0.2.5", false, 200);
    for (int i = 0; i < 4; i++)
        assert_false(is_cut(&pairs[i]));
    assert_true(is_cut(&pairs[4]));
    px_connections_tend(all, 1000000);
    assert_false(is_cut(&pairs[0]));
    disconnect(pairs, 5);
}

static void one_address_displaces_itself(void **state) {
    (void)state;
    pair pairs[5];
    pairs[0] = connect_from("192.0.2.9", false, 50);
    for (int i = 1; i < 5; i++)
        pairs[i] = connect_from("192.0.2.1", false, 100 + i);
    assert_false(is_cut(&pairs[0]));
    assert_true(is_cut(&pairs[1]));
    assert_false(is_cut(&pairs[4]));
    assert_int_equal(px_connections_count(all), 4);
    disconnect(pairs, 5);
}

static void a_proxy_stands_for_many(void **state) {
    (void)state;
    pair pairs[4];
    for (int i = 0; i < 4; i++)
        pairs[i] = connect_from("10.0.0.1", true, 100);
    for (int i = 0; i < 4; i++)
        assert_false(is_cut(&pairs[i]));
    disconnect(pairs, 4);
}

static void those_late_are_cut(void **state) {
    (void)state;
    pair pairs[3];
    for (int i = 0; i < 3; i++)
        pairs[i] = connect_from("192.0.2.1", false, 0);
    px_connections_wait(all, pairs[1].connection, PX_WAIT_REPLY, 0);
    px_connections_wait(all, pairs[2].connection, PX_WAIT_SERVER, 0);
    px_connections_tend(all, PATIENCE_MS);
    assert_false(is_cut(&pairs[0]));
    px_connections_tend(all, PATIENCE_MS + 1);
    assert_true(is_cut(&pairs[0]));
    assert_false(is_cut(&pairs[1]));
    px_connections_tend(all, 15 * PATIENCE_MS + 1);
    assert_true(is_cut(&pairs[1]));
    assert_false(is_cut(&pairs[2]));
    disconnect(pairs, 3);
}

static void a_body_lives_as_long_as_it_comes(void **state) {
    (void)state;
    pair pairs[3];
    for (int i = 0; i < 3; i++) {
        pairs[i] = connect_from("192.0.2.1", false, 0);
        px_connections_wait(all, pairs[i].connection, PX_WAIT_BODY, 0);
    }
    px_connections_progress(all, pairs[1].connection, 2 * PX_LEAST_BODY_RATE);
    px_connections_progress(all, pairs[2].connection, (size_t)1 << 40);
    px_connections_tend(all, 2999);
    assert_true(is_cut(&pairs[0]));
    assert_false(is_cut(&pairs[1]));
    px_connections_tend(all, 3001);
    assert_true(is_cut(&pairs[1]));
    assert_false(is_cut(&pairs[2]));
    px_connections_tend(all, 15 * PATIENCE_MS + 1);
    assert_true(is_cut(&pairs[2]));
    disconnect(pairs, 3);
}

static void those_cut_make_room(void **state) {
    (void)state;
    pair pairs[8];
    for (int i = 0; i < 3; i++)
        pairs[i] = connect_from("192.0.2.1", false, 0);
    px_connections_tend(all, 10 * PATIENCE_MS);
    assert_int_equal(px_connections_count(all), 0);
    for (int i = 3; i < 6; i++)
        pairs[i] = connect_from("192.0.2.1", false, 10 * PATIENCE_MS);
    for (int i = 3; i < 6; i++)
        assert_false(is_cut(&pairs[i]));
    disconnect(pairs, 6);
}

static void a_client_that_hangs_up_is_noticed(void **state) {
    (void)state;
    pair gone = connect_from("192.0.2.1", false, 0), half = connect_from("192.0.2.1", false, 0);
    assert_true(px_connection_is_alive(gone.connection));
    assert_int_equal(write(half.client, "data", 4), 4);
    assert_true(px_connection_is_alive(half.connection));
    shutdown(half.client, SHUT_WR);
    assert_false(px_connection_is_alive(half.connection));
    close(gone.client);
    gone.client = dup(half.client);
    assert_false(px_connection_is_alive(gone.connection));
    pair both[] = {gone, half};
    disconnect(both, 2);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_longest_waiting_gives_way, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_served_stay, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_address_displaces_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_proxy_stands_for_many, set_up, tear_down),
        cmocka_unit_test_setup_teardown(those_late_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_body_lives_as_long_as_it_comes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(those_cut_make_room, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_that_hangs_up_is_noticed, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
