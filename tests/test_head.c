/* Heads as libmicrohttpd leaves them in its buffer, whole and tampered with; and Host's names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../src/server/hosts.h"
#include "split_head.h"

static char buffer[65536];

static px_head parse(const char *text) {
    px_head head;
    size_t size = strlen(text) + 1;
    memcpy(buffer, text, size);
    assert_true(split_head(buffer, size, &head));
    return head;
}

static int check(const char *lines) {
    char text[sizeof buffer];
    const char *why;
    snprintf(text, sizeof text, "POST /x HTTP/1.1\r\n%s\r\n", lines);
    px_head head = parse(text);
    int status = px_head_check(&head, &why);
    assert_true((status == 0) == (why == NULL));
    return status;
}

static void takes_what_programs_send(void **state) {
    (void)state;
    assert_int_equal(check("Host: x\r\n"), 0);
    assert_int_equal(check("Host:x\r\nAccept:\r\nX:  \t two \r\n"), 0);
    assert_int_equal(check("Host: x\r\nContent-Length: 5\r\nContent-Type: image/png\r\n"), 0);
    assert_int_equal(check("host: x\r\ntransfer-encoding: Chunked\r\nexpect: 100-Continue\r\n"), 0);
    assert_int_equal(check("Host: x\r\nX: caf\xc3\xa9\r\nAccept: a\r\nAccept: b\r\n"), 0);
}

static void refuses_what_others_may_read_differently(void **state) {
    (void)state;
    static const char *const wrong[] = {
        "",
        "Host: x\r\nHost: x\r\n",
        "Host: x\r\nContent-Length: 5\r\nContent-Length: 5\r\n",
        "Host: x\r\nContent-Length: 5\r\ncontent-length: 6\r\n",
        "Host: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n",
        "Host: x\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
        "Host: x\r\nTransfer-Encoding: gzip, chunked\r\n",
        "Host: x\r\nTransfer-Encoding: chunked, identity\r\n",
        "Host: x\r\nTransfer-Encoding: xchunked\r\n",
        "Host: x\r\nTransfer-Encoding:\r\n",
        "Host: x\r\nTransfer-Encoding : chunked\r\n",
        "Host: x\r\nTransfer\tEncoding: chunked\r\n",
        "Host: x\r\n: empty\r\n",
        "Host: x\r\nX\x01: y\r\n",
        "Host: x\r\nX\xc3\xa9: y\r\n",
        "Host: x\r\nX: a\x01y\r\n",
        "Host: x\r\nX: a\ry\r\n",
        "Host: x\r\nX: a\x7fy\r\n",
        "Host: x\nX: y\r\n",
        "Host: x\r\nX: y\n",
        "Host: x\r\nAuthorization: a\r\nAuthorization: b\r\n",
        "Host: x\r\nCookie: a=1\r\nCookie: b=2\r\n",
        "Host: x\r\nContent-Type: text/a\r\nContent-Type: text/b\r\n",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (check(wrong[i]) != 400)
            fail_msg("not refused: %s", wrong[i]);
    assert_int_equal(check("Host: x\r\nExpect: magic\r\n"), 417);
}

static int check_whole(const char *text) {
    const char *why;
    px_head head = parse(text);
    return px_head_check(&head, &why);
}

static void knows_older_clients(void **state) {
    (void)state;
    assert_int_equal(check_whole("GET / HTTP/1.0\r\n\r\n"), 0);
    assert_int_equal(check_whole("GET / HTTP/1.1\r\n\r\n"), 400);
    assert_int_equal(check_whole("GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400);
    assert_int_equal(check_whole("GE(T / HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
    assert_int_equal(check_whole("GET / HTTP/1.1\nHost: x\r\n\r\n"), 400);
    assert_int_equal(check_whole("GET / HTTP/1.1\r\nHost: x\r\n\n"), 400);
}

static void folded_lines_are_told_by_their_place(void **state) {
    (void)state;
    const char *why;
    px_head head = parse("GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n");
    assert_int_equal(px_head_check(&head, &why), 0);
    head.headers[1].name = "X-elsewhere";
    head.headers[1].name_size = 11;
    assert_int_equal(px_head_check(&head, &why), 400);
    head = parse("GET / HTTP/1.1\r\nHost: x\r\nX: y\r\n\r\n");
    head.size += 3;
    assert_int_equal(px_head_check(&head, &why), 400);
}

static void bounds_number_and_size(void **state) {
    (void)state;
    char lines[32768] = "Host: x\r\n";
    for (int i = 1; i < PX_HEAD_HEADERS; i++)
        snprintf(lines + strlen(lines), 8, "X: y\r\n");
    assert_int_equal(check(lines), 0);
    snprintf(lines + strlen(lines), 8, "X: y\r\n");
    assert_int_equal(check(lines), 431);
    snprintf(lines, sizeof lines, "Host: x\r\nX: %0*d\r\n", (int)PX_HEAD_BYTES, 0);
    assert_int_equal(check(lines), 431);
}

static void finds_headers(void **state) {
    (void)state;
    px_head head = parse("GET / HTTP/1.1\r\nHost: x\r\nA: 1\r\nAB: 2\r\na: 3\r\n\r\n");
    assert_string_equal(px_head_find(&head, "a", 0)->value, "1");
    assert_string_equal(px_head_find(&head, "A", 1)->value, "3");
    assert_null(px_head_find(&head, "A", 2));
    assert_null(px_head_find(&head, "B", 0));
    assert_false(px_head_is_chunked(&head));
}

static void judges_hosts(void **state) {
    (void)state;
    static const char *const valid[] = {
        "x",     "xray.example",      "xray.example:8000", "127.0.0.1:1",
        "[::1]", "[2001:db8::1]:443", "a_b-c.d",           "x:"};
    static const char *const wrong[] = {"",       ":80",     "x:y",     "x:123456", "a b",
                                        "[::1",   "[]",      "x/y",     "x@y",      "x\xc3\xa9",
                                        "[x]:80", "x:80:80", "[::1]80", "x,y",      "x?"};
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        if (!px_host_is_valid(valid[i]))
            fail_msg("refused: %s", valid[i]);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (px_host_is_valid(wrong[i]))
            fail_msg("taken: %s", wrong[i]);
}

static void finds_hosts(void **state) {
    (void)state;
    static const char *const names[] = {"xray.example", "exact.example:8443", "[2001:db8::1]"};
    assert_true(px_host_is_among("xray.example", names, 3));
    assert_true(px_host_is_among("XRAY.example:1234", names, 3));
    assert_true(px_host_is_among("exact.example:8443", names, 3));
    assert_true(px_host_is_among("[2001:db8::1]:80", names, 3));
    assert_false(px_host_is_among("exact.example", names, 3));
    assert_false(px_host_is_among("exact.example:84430", names, 3));
    assert_false(px_host_is_among("xray.example.attacker.example", names, 3));
    assert_false(px_host_is_among("x", names, 3));
    assert_false(px_host_is_among("", names, 3));
    assert_true(px_host_is_local("localhost:8000"));
    assert_true(px_host_is_local("[::1]:8000"));
    assert_false(px_host_is_local("127.0.0.1.attacker.example"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_what_programs_send),
        cmocka_unit_test(refuses_what_others_may_read_differently),
        cmocka_unit_test(knows_older_clients),
        cmocka_unit_test(folded_lines_are_told_by_their_place),
        cmocka_unit_test(bounds_number_and_size),
        cmocka_unit_test(finds_headers),
        cmocka_unit_test(judges_hosts),
        cmocka_unit_test(finds_hosts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
