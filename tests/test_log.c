/* Log lines: one write each, in both formats, and nothing logged can forge another line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/log.h"

#define ROOM 65536

typedef void write_fn(void);

/* What `log` writes to stderr; to be freed. */
static char *capture(write_fn *log) {
    int ends[2], before = dup(STDERR_FILENO);
    char *text = calloc(1, ROOM);
    assert_non_null(text);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    dup2(ends[1], STDERR_FILENO);
    log();
    dup2(before, STDERR_FILENO);
    close(before);
    close(ends[1]);
    for (size_t size = 0; size < ROOM - 1;) {
        ssize_t n = read(ends[0], text + size, ROOM - 1 - size);
        if (n <= 0)
            break;
        size += (size_t)n;
    }
    close(ends[0]);
    return text;
}

static void check_matches(const char *text, const char *pattern) {
    regex_t compiled;
    assert_int_equal(regcomp(&compiled, pattern, REG_EXTENDED | REG_NOSUB), 0);
    if (regexec(&compiled, text, 0, NULL, 0) != 0)
        fail_msg("\"%s\" does not match %s", text, pattern);
    regfree(&compiled);
}

static void log_plain(void) {
    px_log(PX_LOG_DEBUG, "server", NULL, "not shown");
    px_log(PX_LOG_WARNING, "server", "0123", "a \"quoted\" %d\nforged line\x1b[31m", 7);
}

static void text_lines(void **state) {
    (void)state;
    px_log_configure(PX_LOG_INFO, false);
    char *text = capture(log_plain);
    check_matches(text,
                  "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}\\.[0-9]{3}Z warning server \\[0123\\]: "
                  "a \"quoted\" 7\\\\u000aforged line\\\\u001b\\[31m\n$");
    free(text);
}

static void json_lines(void **state) {
    (void)state;
    px_log_configure(PX_LOG_DEBUG, true);
    char *text = capture(log_plain);
    char *second = strchr(text, '\n') + 1;
    json_t *line = json_loads(second, JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(line);
    const char *level, *topic, *request, *message, *time;
    assert_int_equal(json_unpack(line, "{s:s,s:s,s:s,s:s,s:s}", "level", &level, "topic", &topic,
                                 "request", &request, "message", &message, "time", &time),
                     0);
    assert_string_equal(level, "warning");
    assert_string_equal(topic, "server");
    assert_string_equal(request, "0123");
    assert_string_equal(message, "a \"quoted\" 7\nforged line\x1b[31m");
    assert_int_equal(strlen(second), strcspn(second, "\n") + 1);
    json_decref(line);
    free(text);
}

static void log_long(void) {
    char message[5000];
    memset(message, '\x01', sizeof message);
    message[sizeof message - 1] = '\0';
    px_log(PX_LOG_ERROR, "server", NULL, "%s", message);
}

static void long_messages_are_cut_but_end_their_line(void **state) {
    (void)state;
    px_log_configure(PX_LOG_INFO, true);
    char *text = capture(log_long);
    json_t *line = json_loads(text, 0, NULL);
    assert_non_null(line);
    assert_int_equal(json_string_length(json_object_get(line, "message")), 1023);
    json_decref(line);
    free(text);
}

static void log_broken(void) {
    px_log(PX_LOG_INFO, "server", NULL, "%s", "\xc3\xa9");
    px_log(PX_LOG_INFO, "server", NULL, "%s", "\xff\xfe \xc3");
}

static void every_line_is_utf8(void **state) {
    (void)state;
    static const char *const messages[] = {"\xc3\xa9", "\xc3\xbf\xc3\xbe \xc3\x83"};
    px_log_configure(PX_LOG_INFO, true);
    char *text = capture(log_broken), *at = text;
    for (size_t i = 0; i < 2; i++, at = strchr(at, '\n') + 1) {
        json_t *line = json_loads(at, JSON_DISABLE_EOF_CHECK, NULL);
        assert_non_null(line);
        assert_string_equal(json_string_value(json_object_get(line, "message")), messages[i]);
        json_decref(line);
    }
    free(text);
}

static void *log_often(void *context) {
    for (int i = 0; i < 100; i++)
        px_log(PX_LOG_INFO, "server", NULL, "%s", (const char *)context);
    return NULL;
}

static void log_from_threads(void) {
    pthread_t threads[4];
    char text[] = "one whole line";
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, log_often, text), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
}

static void threads_do_not_mix_lines(void **state) {
    (void)state;
    px_log_configure(PX_LOG_INFO, false);
    char *text = capture(log_from_threads);
    int lines = 0;
    for (char *line = text, *end; (end = strchr(line, '\n')); line = end + 1, lines++) {
        *end = '\0';
        check_matches(line, "Z info server: one whole line$");
    }
    assert_int_equal(lines, 400);
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_lines),
        cmocka_unit_test(json_lines),
        cmocka_unit_test(long_messages_are_cut_but_end_their_line),
        cmocka_unit_test(every_line_is_utf8),
        cmocka_unit_test(threads_do_not_mix_lines),
    };
    return cmocka_run_group_tests_name("log", tests, NULL, NULL);
}
