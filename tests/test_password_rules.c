/* Which passwords are refused, and that the list of common ones is searched rightly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/server/password_rules.h"

extern const unsigned char px_common_passwords_txt[];
extern const size_t px_common_passwords_txt_size;

/* @param part  of the sentence; NULL: the password is fine. */
static void check_bytes(const char *password, size_t size, const char *username, int least,
                        const char *part) {
    const char *problem = px_password_problem(password, size, username, least);
    if (!part != !problem || (part && !strstr(problem, part)))
        fail_msg("\"%s\" of \"%s\": %s", password, username, problem ? problem : "fine");
}

static void check(const char *password, const char *username, int least, const char *part) {
    check_bytes(password, strlen(password), username, least, part);
}

static void length_is_of_characters(void **state) {
    (void)state;
    check("", "mina", 8, "at least 8 characters.");
    check("wq7bzk2", "mina", 8, "at least 8 characters.");
    check("wq7bzk2p", "mina", 8, NULL);
    check("wq7bzk2p", "mina", 128, "at least 128 characters.");
    check("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xe2\x82\xac", "mina", 6, "at least 6");
    check("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f\xe2\x82\xac", "mina", 5, NULL);
    check("\xf0\x9f\x8c\x8a\xf0\x9f\x8c\x8a", "mina", 3, "at least 3");
}

static void length_has_an_end(void **state) {
    (void)state;
    char *password = calloc(1, PX_PASSWORD_BYTES + 2);
    assert_non_null(password);
    memset(password, 'a', PX_PASSWORD_BYTES + 1);
    check_bytes(password, PX_PASSWORD_BYTES, "mina", 8, NULL);
    check_bytes(password, PX_PASSWORD_BYTES + 1, "mina", 8, "too long");
    free(password);
}

static void common_ones_are_refused(void **state) {
    (void)state;
    static const char *const common[] = {
        "password",        "PassWord",     "12345678",     "1234567890",  "qwertyuiop",
        "QWERTY123",       "poiuytrewq",   "iloveyou",     "sunshine1",   "P@ssw0rd",
        "aaaaaaaaaa",      "abcdefgh",     "0987654321",   "1q2w3e4r5t",  "letmein123",
        "administrator",   "welcome123",   "Summer2025!",  "michael123",  "perxeptron123",
        "radiology1",      "abc123abc123", "121212121212", "hello world", "zyxwvuts",
        "passwordpassword"};
    for (size_t i = 0; i < sizeof common / sizeof *common; i++)
        check(common[i], "mina", 8, "too common");
}

static void others_are_not(void **state) {
    (void)state;
    static const char *const fine[] = {
        "seven green umbrellas",   "zebra-lantern-42-moss", "Hk3!vq0Zp",
        "wachtelkoenig im schilf", "passwordless logins",   "        x        "};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++)
        check(fine[i], "mina", 8, NULL);
    check_bytes("wq7b\0zk2p", 9, "mina", 8, NULL);
    check_bytes("password\0", 9, "mina", 8, NULL);
    check_bytes("password\n", 9, "mina", 8, NULL);
    check_bytes("password\nx", 10, "mina", 8, NULL);
}

static void the_user_name_is_no_password(void **state) {
    (void)state;
    check("florentine", "florentine", 8, "user name");
    check("FlorenTine", "florentine", 8, "user name");
    check("florentine1", "Florentine", 8, "user name");
    check("florentine1234", "florentine", 8, "user name");
    check("12florentine34", "florentine", 8, "user name");
    check("minaminamina", "mina", 8, "user name");
    check("mina.mina.mina", "mina", 8, "user name");
    check("minaminaminamin", "mina", 8, "user name");
    check("mina wq7bz", "mina", 8, NULL);
    check("florentin", "florentine", 8, NULL);
    check("wq7bzk2p", "", 8, NULL);
    check("\xc3\xa4\xc3\xb6\xc3\xbc\xc3\x9f mina", "mina", 8, NULL);
}

/* The list's line with a number; NULL past the end. */
static char *line_at(size_t *offset) {
    const char *list = (const char *)px_common_passwords_txt + *offset;
    const size_t left = px_common_passwords_txt_size - *offset;
    if (left == 0)
        return NULL;
    const char *end = memchr(list, '\n', left);
    assert_non_null(end);
    *offset += (size_t)(end - list) + 1;
    return strndup(list, (size_t)(end - list));
}

static void the_list_is_sorted_and_plain(void **state) {
    (void)state;
    char *before = strdup("");
    int lines = 0;
    size_t offset = 0;
    for (char *line; (line = line_at(&offset)); before = line, lines++) {
        if (strcmp(before, line) >= 0 || strlen(line) < 8 || strlen(line) > 60)
            fail_msg("%s, %s", before, line);
        for (const char *c = line; *c; c++)
            assert_true(isprint((unsigned char)*c) && !isupper((unsigned char)*c));
        free(before);
    }
    free(before);
    assert_in_range(lines, 1000, 10000);
}

/* By looking at every line. */
static bool is_listed(const char *word) {
    const size_t size = strlen(word);
    const char *list = (const char *)px_common_passwords_txt;
    const char *at = list, *end = list + px_common_passwords_txt_size;
    while (at && (at = memmem(at, (size_t)(end - at), word, size))) {
        if ((at == list || at[-1] == '\n') && at + size < end && at[size] == '\n')
            return true;
        at++;
    }
    return false;
}

static void check_listed(const char *word) {
    const char *problem = px_password_problem(word, strlen(word), "", 1);
    if (is_listed(word) != (problem != NULL))
        fail_msg("\"%s\": %s", word, problem ? problem : "fine");
}

static void every_line_is_found_and_nothing_else(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 11, 0);
    size_t offset = 0;
    for (char *line; (line = line_at(&offset));) {
        const char *problem = px_password_problem(line, strlen(line), "", 1);
        if (!problem || !strstr(problem, "too common"))
            fail_msg("\"%s\" is not found", line);
        if (px_random_below(&random, 5) == 0) {
            const size_t last = strlen(line) - 1;
            char *changed = &line[px_random_below(&random, last + 1)];
            *changed = (char)tolower(*changed ^ 1);
            check_listed(line);
            line[last] = '\0';
            check_listed(line);
        }
        free(line);
    }
    check_listed("!");
    check_listed("~~~~~~~~~~~");
    check_listed("aaaaaaaa");
    check_listed("zzzzzzzzzzzzzzzzzzzzzzz");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(length_is_of_characters),
                                       cmocka_unit_test(length_has_an_end),
                                       cmocka_unit_test(common_ones_are_refused),
                                       cmocka_unit_test(others_are_not),
                                       cmocka_unit_test(the_user_name_is_no_password),
                                       cmocka_unit_test(the_list_is_sorted_and_plain),
                                       cmocka_unit_test(every_line_is_found_and_nothing_else)};
    return cmocka_run_group_tests_name("password_rules", tests, NULL, NULL);
}
