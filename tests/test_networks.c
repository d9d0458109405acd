/* Addresses, networks, and who a request is from behind proxies. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../src/server/forwarded.h"

static px_address address(const char *text) {
    px_address parsed;
    assert_true(px_address_parse(text, strlen(text), &parsed));
    return parsed;
}

static px_network network(const char *text) {
    px_network parsed;
    assert_true(px_network_parse(text, &parsed, NULL));
    return parsed;
}

static bool holds(const char *of, const char *text) {
    const px_network networks = network(of);
    const px_address one = address(text);
    return px_network_contains(&networks, &one);
}

static void contains_its_addresses_only(void **state) {
    (void)state;
    assert_true(holds("192.0.2.1", "192.0.2.1"));
    assert_false(holds("192.0.2.1", "192.0.2.2"));
    assert_true(holds("10.0.0.0/8", "10.255.255.255"));
    assert_false(holds("10.0.0.0/8", "11.0.0.0"));
    assert_true(holds("192.0.2.128/25", "192.0.2.200"));
    assert_false(holds("192.0.2.128/25", "192.0.2.127"));
    assert_true(holds("192.0.2.4/31", "192.0.2.5"));
    assert_false(holds("192.0.2.4/31", "192.0.2.6"));
    assert_true(holds("0.0.0.0/0", "203.0.113.9"));
    assert_false(holds("0.0.0.0/0", "2001:db8::1"));
    assert_true(holds("2001:db8::/32", "2001:db8:ffff::1"));
    assert_false(holds("2001:db8::/32", "2001:db9::1"));
    assert_true(holds("::/0", "2001:db8::1"));
    assert_true(holds("::1", "::1"));
}

static void ipv4_in_ipv6_is_ipv4(void **state) {
    (void)state;
    assert_true(holds("192.0.2.0/24", "::ffff:192.0.2.7"));
    assert_true(holds("::ffff:192.0.2.7", "192.0.2.7"));
    struct sockaddr_in6 from = {.sin6_family = AF_INET6};
    inet_pton(AF_INET6, "::ffff:192.0.2.7", &from.sin6_addr);
    px_address parsed, expected = address("192.0.2.7");
    assert_true(px_address_from_socket((struct sockaddr *)&from, &parsed));
    assert_memory_equal(&parsed, &expected, sizeof parsed);
    char text[PX_ADDRESS_TEXT];
    px_address_print_client(&parsed, text);
    assert_string_equal(text, "192.0.2.7");
}

static void refuses_what_is_no_network(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "",        "x",           "192.0.2",       "192.0.2.256", "192.0.2.1/",  "192.0.2.1/33",
        "::1/129", "192.0.2.1/x", "192.0.2.1/8/8", "/8",          "1.2.3.4/-1",  "2001:db8::g",
        "::1/ 8",  "1.2.3.4/08x", "1.2.3.4 ",      "[::1]",       "1.2.3.4/1000"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        px_network parsed = {.bits = 7};
        px_error err = {0};
        assert_false(px_network_parse(wrong[i], &parsed, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_int_equal(parsed.bits, 7);
    }
    px_address parsed;
    assert_false(px_address_parse("1.2.3.4\0x", 9, &parsed));
    const struct sockaddr local = {.sa_family = AF_UNIX};
    assert_false(px_address_from_socket(&local, &parsed));
}

static void an_ipv6_client_is_its_network(void **state) {
    (void)state;
    px_address a = address("2001:db8:0:1::1"), b = address("2001:db8:0:1:ffff::2"),
               c = address("2001:db8:0:2::1");
    assert_true(px_address_is_same_client(&a, &b));
    assert_false(px_address_is_same_client(&a, &c));
    char text[PX_ADDRESS_TEXT];
    px_address_print_client(&b, text);
    assert_string_equal(text, "2001:db8:0:1::");
    px_address d = address("192.0.2.1"), e = address("192.0.2.2");
    assert_false(px_address_is_same_client(&d, &e));
}

static void knows_loopback(void **state) {
    (void)state;
    static const char *const local[] = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"};
    static const char *const others[] = {"128.0.0.1", "::", "::2", "0.0.0.0", "2001:db8::1"};
    for (size_t i = 0; i < sizeof local / sizeof *local; i++) {
        px_address one = address(local[i]);
        assert_true(px_address_is_loopback(&one));
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        px_address one = address(others[i]);
        assert_false(px_address_is_loopback(&one));
    }
}

/* Who a request from `from` is from, by these X-Forwarded-For headers (up to two). */
static void check_client(const char *from, const char *first, const char *second,
                         const char *expected) {
    px_head head = {0};
    if (first)
        head.headers[head.n_headers++] = (px_header){"X-Forwarded-For", first, 15, strlen(first)};
    if (second)
        head.headers[head.n_headers++] = (px_header){"x-forwarded-for", second, 15, strlen(second)};
    const px_network trusted[] = {network("10.0.0.0/8"), network("2001:db8:aa::/48")};
    px_address client = address(from), wanted = address(expected);
    bool secure = false;
    px_forwarded_follow(trusted, 2, &head, &client, &secure);
    assert_memory_equal(&client, &wanted, sizeof client);
    assert_false(secure);
}

static void follows_trusted_proxies_only(void **state) {
    (void)state;
    check_client("192.0.2.9", "198.51.100.1", NULL, "192.0.2.9");
    check_client("10.0.0.1", NULL, NULL, "10.0.0.1");
    check_client("10.0.0.1", "198.51.100.1", NULL, "198.51.100.1");
    check_client("10.0.0.1", "1.1.1.1, 198.51.100.1", NULL, "198.51.100.1");
    check_client("10.0.0.1", "1.1.1.1,198.51.100.1 ,\t10.0.0.2", NULL, "198.51.100.1");
    check_client("10.0.0.1", "1.1.1.1, 2.2.2.2", "198.51.100.1, 10.0.0.3", "198.51.100.1");
    check_client("10.0.0.1", "198.51.100.1", "10.0.0.3", "198.51.100.1");
    check_client("10.0.0.1", "10.0.0.4", "10.0.0.3", "10.0.0.4");
    check_client("2001:db8:aa::1", "2001:db8:1::5", NULL, "2001:db8:1::5");
}

static void reads_ports_and_brackets(void **state) {
    (void)state;
    check_client("10.0.0.1", "198.51.100.1:4711", NULL, "198.51.100.1");
    check_client("10.0.0.1", "[2001:db8:1::5]:4711", NULL, "2001:db8:1::5");
    check_client("10.0.0.1", "[2001:db8:1::5]", NULL, "2001:db8:1::5");
    check_client("10.0.0.1", "2001:db8:1::5", NULL, "2001:db8:1::5");
}

static void stops_at_what_is_no_address(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        ",",
                                        "unknown",
                                        "_hidden",
                                        "[",
                                        "[]",
                                        ":",
                                        "1.2.3",
                                        "198.51.100.1,",
                                        "198.51.100.1, x",
                                        "1.2.3.4 5.6.7.8"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_client("10.0.0.1", wrong[i], NULL, "10.0.0.1");
    check_client("10.0.0.1", "unknown, 10.0.0.7", NULL, "10.0.0.7");
}

static bool is_secure(const char *from, const char *protocol) {
    px_head head = {.n_headers = 1};
    head.headers[0] = (px_header){"X-Forwarded-Proto", protocol, 17, strlen(protocol)};
    const px_network trusted = network("10.0.0.0/8");
    px_address client = address(from);
    bool secure = false;
    px_forwarded_follow(&trusted, 1, &head, &client, &secure);
    return secure;
}

static void believes_a_trusted_proxy_that_it_spoke_tls(void **state) {
    (void)state;
    assert_true(is_secure("10.0.0.1", "https"));
    assert_true(is_secure("10.0.0.1", "http, HTTPS"));
    assert_false(is_secure("10.0.0.1", "https, http"));
    assert_false(is_secure("10.0.0.1", "httpsx"));
    assert_false(is_secure("10.0.0.1", ""));
    assert_false(is_secure("192.0.2.1", "https"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(contains_its_addresses_only),
        cmocka_unit_test(ipv4_in_ipv6_is_ipv4),
        cmocka_unit_test(refuses_what_is_no_network),
        cmocka_unit_test(an_ipv6_client_is_its_network),
        cmocka_unit_test(knows_loopback),
        cmocka_unit_test(follows_trusted_proxies_only),
        cmocka_unit_test(reads_ports_and_brackets),
        cmocka_unit_test(stops_at_what_is_no_address),
        cmocka_unit_test(believes_a_trusted_proxy_that_it_spoke_tls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
