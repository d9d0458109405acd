/* Settings: the file's format, the environment, which place goes before which, and printing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/error.h"
#include "../src/base/file.h"
#include "../src/cli/settings.h"
#include "../src/cli/settings_file.h"

static char *made_up(px_error *err) {
    (void)err;
    return strdup("/made/up");
}

static bool not_odd(const char *text, const char *subject, px_error *err) {
    return strcmp(text, "odd") != 0 || px_fail(err, PX_ERR_USAGE, subject, "it is odd");
}

static const px_option known[] = {
    {.name = "config", .type = PX_OPT_FILE},
    {.name = "print", .type = PX_OPT_FLAG},
    {.section = "First",
     .name = "queue",
     .type = PX_OPT_INT,
     .value = "32",
     .least = 1,
     .most = 99,
     .help = "a|b"},
    {.name = "trusted-proxy", .type = PX_OPT_TEXT, .repeated = true, .check = not_odd, .help = "p"},
    {.name = "origin", .type = PX_OPT_TEXT, .repeated = true, .value = "x,y", .help = "o"},
    {.section = "Second", .name = "database", .type = PX_OPT_TEXT, .secret = true, .help = "d"},
    {.name = "data", .type = PX_OPT_FILE, .fallback = made_up, .help = "f"},
    {.name = "sign-up", .type = PX_OPT_CHOICE, .choices = "on|off", .value = "on", .help = "s"},
    {0},
};
static const px_command serve = {
    .name = "serve", .operands = "", .options = known, .settings = known};

static const px_option few[] = {
    {.name = "config", .type = PX_OPT_FILE},
    {.name = "data", .type = PX_OPT_FILE},
    {.name = "format", .type = PX_OPT_TEXT},
    {0},
};
static const px_command backup = {
    .name = "backup", .operands = "", .options = few, .settings = known};

static char config[] = "/tmp/perxeptron-settings-XXXXXX";

static int make_file(void **state) {
    (void)state;
    int fd = mkstemp(config);
    return fd < 0 || close(fd) != 0;
}

static int remove_file(void **state) {
    (void)state;
    return unlink(config);
}

static int clear_environment(void **state) {
    (void)state;
    static const char *const names[] = {"CONFIG",  "QUEUE", "TRUSTED_PROXY", "ORIGIN", "DATABASE",
                                        "SIGN_UP", "QUEU",  "CPU",           "PIN",    "THREADS"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char name[64];
        snprintf(name, sizeof name, "PERXEPTRON_%s", names[i]);
        unsetenv(name);
    }
    return 0;
}

/* Arguments "--config FILE" and two more words, either of which may be NULL, over the file's text.
 */
static bool apply(px_args *args, const px_command *command, const char *text, const char *word,
                  const char *value, px_error *err) {
    static char flag[] = "--config";
    char *argv[] = {flag, config, (char *)(uintptr_t)word, (char *)(uintptr_t)value};
    assert_true(px_file_write(config, text, strlen(text), NULL));
    return px_args_parse(args, command, 2 + (word != NULL) + (value != NULL), argv, err) &&
           px_settings_apply(args, err);
}

static void assert_has(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in:\n%s", part, text);
}

/* ---- The format ---- */

typedef struct seen {
    char text[256];
} seen;

static bool note(void *context, const char *name, const char *value, int line, px_error *err) {
    (void)err;
    seen *all = context;
    size_t used = strlen(all->text);
    snprintf(all->text + used, sizeof all->text - used, "%d:%s=%s;", line, name, value);
    return strcmp(name, "stop") != 0;
}

static bool parse(const char *text, size_t size, seen *all, px_error *err) {
    *all = (seen){{0}};
    return px_settings_parse("f", text, size, note, all, err);
}

static void lines_are_split(void **state) {
    (void)state;
    static const char text[] = "# comment = no\r\n\n  a =  b # c = d \t\r\n\tb-2=x\n#\n\nlast = 1";
    seen all;
    assert_true(parse(text, sizeof text - 1, &all, NULL));
    assert_string_equal(all.text, "3:a=b # c = d;4:b-2=x;7:last=1;");
    assert_true(parse("", 0, &all, NULL));
    assert_string_equal(all.text, "");
    assert_false(parse("a=1\nstop=2\nb=3\n", 15, &all, NULL));
    assert_string_equal(all.text, "1:a=1;2:stop=2;");
}

static const struct bad_line {
    const char *text;
    size_t size;
    const char *subject, *message;
} bad_lines[] = {
    {"a = 1\nqueue 5\n", 14, "f:2", "not of the form"},
    {"= 5\n", 4, "f:1", "not of the form"},
    {"[section]\n", 10, "f:1", "not of the form"},
    {"Queue = 5\n", 10, "f:1", "not of the form"},
    {"a\n", 2, "f:1", "not of the form"},
    {"\n\na =  \n", 8, "f:3", "the value is missing"},
    {"a = b\x01", 6, "f:1", "control characters"},
    {"a = b\0c\n", 8, "f:1", "zero byte"},
    {"\xff\xfe\x00", 3, "f:1", "zero byte"},
};

static void other_lines_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_lines / sizeof *bad_lines; i++) {
        seen all;
        px_error err = {0};
        assert_false(parse(bad_lines[i].text, bad_lines[i].size, &all, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_string_equal(err.subject, bad_lines[i].subject);
        assert_has(err.message, bad_lines[i].message);
    }
    char text[PX_SETTINGS_LINE + 2];
    memset(text, 'v', sizeof text);
    memcpy(text, "a=", 2);
    px_error err = {0};
    assert_true(px_settings_parse("f", text, PX_SETTINGS_LINE, note, &(seen){{0}}, NULL));
    assert_false(px_settings_parse("f", text, PX_SETTINGS_LINE + 1, note, &(seen){{0}}, &err));
    assert_has(err.message, "too long");
}

/* ---- Precedence ---- */

static void flag_before_environment_before_file_before_default(void **state) {
    (void)state;
    px_args args;
    assert_true(apply(&args, &serve, "", NULL, NULL, NULL));
    assert_int_equal(px_args_int(&args, "queue"), 32);
    px_args_clear(&args);
    assert_true(apply(&args, &serve, "queue = 7\n", NULL, NULL, NULL));
    assert_int_equal(px_args_int(&args, "queue"), 7);
    px_args_clear(&args);
    setenv("PERXEPTRON_QUEUE", "8", 1);
    assert_true(apply(&args, &serve, "queue = 7\n", NULL, NULL, NULL));
    assert_int_equal(px_args_int(&args, "queue"), 8);
    px_args_clear(&args);
    assert_true(apply(&args, &serve, "queue = 7\n", "--queue", "9", NULL));
    assert_int_equal(px_args_int(&args, "queue"), 9);
    assert_int_equal(px_args_count(&args, "queue"), 1);
    px_args_clear(&args);
    setenv("PERXEPTRON_QUEUE", "", 1); /* as if it were not there */
    assert_true(apply(&args, &serve, "queue = 7\n", NULL, NULL, NULL));
    assert_int_equal(px_args_int(&args, "queue"), 7);
    px_args_clear(&args);
}

static void lists_come_whole_from_one_place(void **state) {
    (void)state;
    static const char text[] = "trusted-proxy = a\nqueue = 3\ntrusted-proxy = b\n";
    px_args args;
    assert_true(apply(&args, &serve, text, NULL, NULL, NULL));
    assert_int_equal(px_args_count(&args, "trusted-proxy"), 2);
    assert_string_equal(px_args_item(&args, "trusted-proxy", 1), "b");
    px_args_clear(&args);
    setenv("PERXEPTRON_TRUSTED_PROXY", "c , d,e", 1);
    assert_true(apply(&args, &serve, text, NULL, NULL, NULL));
    assert_int_equal(px_args_count(&args, "trusted-proxy"), 3);
    assert_string_equal(px_args_item(&args, "trusted-proxy", 0), "c");
    assert_string_equal(px_args_item(&args, "trusted-proxy", 1), "d");
    px_args_clear(&args);
    assert_true(apply(&args, &serve, text, "--trusted-proxy", "f,g", NULL));
    assert_int_equal(px_args_count(&args, "trusted-proxy"), 1);
    assert_string_equal(px_args_item(&args, "trusted-proxy", 0), "f,g");
    px_args_clear(&args);
}

static void defaults_of_lists_and_made_up_ones(void **state) {
    (void)state;
    px_args args;
    assert_true(apply(&args, &serve, "", NULL, NULL, NULL));
    assert_int_equal(px_args_count(&args, "origin"), 2);
    assert_string_equal(px_args_item(&args, "origin", 1), "y");
    assert_string_equal(px_args_text(&args, "data"), "/made/up");
    px_args_clear(&args);
    assert_true(apply(&args, &serve, "origin = z\ndata = here\n", NULL, NULL, NULL));
    assert_int_equal(px_args_count(&args, "origin"), 1);
    assert_string_equal(px_args_text(&args, "data"), "here");
    px_args_clear(&args);
}

static void a_command_takes_what_it_has_of_the_servers_file(void **state) {
    (void)state;
    px_args args;
    px_error err = {0};
    setenv("PERXEPTRON_FORMAT", "json", 1); /* no setting of the server */
    assert_true(apply(&args, &backup, "queue = 7\ndata = here\n", NULL, NULL, NULL));
    unsetenv("PERXEPTRON_FORMAT");
    assert_string_equal(px_args_text(&args, "data"), "here");
    assert_null(px_args_text(&args, "format"));
    assert_int_equal(args.n_values, 2);
    px_args_clear(&args);
    assert_false(apply(&args, &backup, "queue = 700\n", NULL, NULL, &err));
    assert_has(err.message, "between 1 and 99");
    px_args_clear(&args);
}

static void the_environment_may_name_the_file(void **state) {
    (void)state;
    px_args args;
    assert_true(px_file_write(config, "queue = 5\n", 10, NULL));
    setenv("PERXEPTRON_CONFIG", config, 1);
    assert_true(px_args_parse(&args, &serve, 0, NULL, NULL));
    assert_true(px_settings_apply(&args, NULL));
    assert_int_equal(px_args_int(&args, "queue"), 5);
    px_args_clear(&args);
    setenv("PERXEPTRON_CONFIG", "/nowhere/at/all", 1);
    px_error err = {0};
    assert_true(px_args_parse(&args, &serve, 0, NULL, NULL));
    assert_false(px_settings_apply(&args, &err));
    assert_int_equal(err.code, PX_ERR_IO);
    assert_string_equal(err.subject, "/nowhere/at/all");
    px_args_clear(&args);
}

/* ---- What is refused ---- */

static const struct bad_file {
    const char *text, *place, *message;
} bad_files[] = {
    {"queue = 1\nqueu = 5\n", ":2", "\"queu\" is no setting; did you mean \"queue\"?"},
    {"zzzzzzzz = 5\n", ":1", "\"zzzzzzzz\" is no setting"},
    {"print = on\n", ":1", "is no setting"},
    {"config = other\n", ":1", "is no setting"},
    {"queue = 0\n", ":1: queue", "0 is not between 1 and 99"},
    {"queue = five\n", ":1: queue", "\"five\" is not a whole number"},
    {"queue = 1\n\nqueue = 1\n", ":3: queue", "it is set already in line 1"},
    {"sign-up = yes\n", ":1: sign-up", "\"yes\" is not one of on, off"},
    {"trusted-proxy = odd\n", ":1: trusted-proxy", "it is odd"},
};

static void mistakes_in_the_file_are_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_files / sizeof *bad_files; i++) {
        px_args args;
        px_error err = {0};
        assert_false(apply(&args, &serve, bad_files[i].text, "--queue", "9", &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_memory_equal(err.subject, config, strlen(config));
        assert_string_equal(err.subject + strlen(config), bad_files[i].place);
        assert_has(err.message, bad_files[i].message);
        px_args_clear(&args);
    }
}

static void mistakes_in_the_environment_are_named(void **state) {
    static const char *const cases[][3] = {
        {"PERXEPTRON_QUEUE", "100", "not between"},
        {"PERXEPTRON_SIGN_UP", "maybe", "not one of"},
        {"PERXEPTRON_DATABASE", "a\nqueue = 5", "control characters"},
        {"PERXEPTRON_DATABASE", " a", "white space"},
        {"PERXEPTRON_TRUSTED_PROXY", "a,,b", "is empty"},
        {"PERXEPTRON_TRUSTED_PROXY", "a,odd", "it is odd"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        px_args args;
        px_error err = {0};
        clear_environment(state);
        setenv(cases[i][0], cases[i][1], 1);
        assert_false(apply(&args, &serve, "", NULL, NULL, &err));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_string_equal(err.subject, cases[i][0]);
        assert_has(err.message, cases[i][2]);
        px_args_clear(&args);
    }
}

static char told[512];

static void tell(const char *sentence) {
    size_t used = strlen(told);
    snprintf(told + used, sizeof told - used, "%s\n", sentence);
}

static void strays_of_the_environment_are_told(void **state) {
    (void)state;
    told[0] = '\0';
    setenv("PERXEPTRON_QUEUE", "5", 1);
    setenv("PERXEPTRON_CPU", "avx2", 1);
    setenv("PERXEPTRON_PIN", "1", 1);
    setenv("PERXEPTRON_THREADS", "2", 1);
    setenv("PERXEPTRON_CONFIG", "f", 1);
    px_settings_find_strays(known, tell);
    assert_string_equal(told, "");
    setenv("PERXEPTRON_QUEU", "5", 1);
    px_settings_find_strays(known, tell);
    assert_string_equal(
        told, "PERXEPTRON_QUEU in the environment is no setting; did you mean PERXEPTRON_QUEUE?\n");
}

static void secrets_that_all_can_read_are_told(void **state) {
    (void)state;
    px_args args;
    told[0] = '\0';
    assert_true(apply(&args, &serve, "database = d\nqueue = 5\n", NULL, NULL, NULL));
    assert_int_equal(chmod(config, 0640), 0);
    px_settings_find_exposed(&args, tell);
    assert_string_equal(told, "");
    assert_int_equal(chmod(config, 0644), 0);
    px_settings_find_exposed(&args, tell);
    assert_has(told, "holds database and can be read by every user\n");
    px_args_clear(&args);
    told[0] = '\0';
    assert_true(apply(&args, &serve, "queue = 5\n", "--database", "d", NULL));
    px_settings_find_exposed(&args, tell);
    assert_string_equal(told, "");
    px_args_clear(&args);
}

/* ---- Printing ---- */

static char *print(const px_args *args) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    px_settings_print(out, args);
    fclose(out);
    return text;
}

static void what_is_printed_can_be_read_again(void **state) {
    (void)state;
    px_args args;
    setenv("PERXEPTRON_SIGN_UP", "off", 1);
    assert_true(
        apply(&args, &serve, "\ntrusted-proxy = a # b\ntrusted-proxy = c\n", "--queue", "9", NULL));
    char *text = print(&args), line[256];
    assert_has(text, "# the command line\nqueue = 9\n");
    assert_has(text, "# PERXEPTRON_SIGN_UP\nsign-up = off\n");
    snprintf(line, sizeof line, "# %s:2\ntrusted-proxy = a # b\n# %s:3\ntrusted-proxy = c\n",
             config, config);
    assert_has(text, line);
    assert_has(text, "# default\norigin = x\n# default\norigin = y\n");
    assert_has(text, "# not set\n# database =\n");
    px_args_clear(&args);

    clear_environment(state);
    assert_true(apply(&args, &serve, text, NULL, NULL, NULL));
    assert_int_equal(px_args_int(&args, "queue"), 9);
    assert_string_equal(px_args_text(&args, "sign-up"), "off");
    assert_string_equal(px_args_item(&args, "trusted-proxy", 0), "a # b");
    assert_int_equal(px_args_count(&args, "origin"), 2);
    px_args_clear(&args);
    free(text);
}

static void passwords_are_not_printed(void **state) {
    (void)state;
    static const char *const urls[][2] = {
        {"postgresql://me:se:cr@et@host/db", "postgresql://me:***@host/db"},
        {"postgresql://me@host/db?password=secret&x=1", "postgresql://me@host/db?password=***&x=1"},
        {"postgresql://h/db?sslpassword=secret", "postgresql://h/db?sslpassword=***"},
        {"postgresql://me@host:5432/a@b:c", "postgresql://me@host:5432/a@b:c"},
        {"postgresql://me:secret@h/?Password=secret&password=",
         "postgresql://me:***@h/?Password=***&password=***"},
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        px_args args;
        char line[256];
        assert_true(apply(&args, &serve, "", "--database", urls[i][0], NULL));
        char *text = print(&args);
        snprintf(line, sizeof line, "\ndatabase = %s\n", urls[i][1]);
        assert_has(text, line);
        assert_null(strstr(text, "secret"));
        free(text);
        px_args_clear(&args);
    }
}

static void the_documentation_has_every_setting(void **state) {
    (void)state;
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    px_settings_document(out, known);
    fclose(out);
    assert_has(text, "### First\n\n| name |");
    assert_has(text, "| `queue` | 1 to 99 | `32` | a\\|b |\n");
    assert_has(text, "| `trusted-proxy` | TEXT | | p; may be repeated |\n");
    assert_has(text, "| `sign-up` | `on`, `off` | `on` | s |\n");
    assert_null(strstr(text, "`config`"));
    assert_null(strstr(text, "`print`"));
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_split),
        cmocka_unit_test(other_lines_are_refused),
        cmocka_unit_test_teardown(flag_before_environment_before_file_before_default,
                                  clear_environment),
        cmocka_unit_test_teardown(lists_come_whole_from_one_place, clear_environment),
        cmocka_unit_test(defaults_of_lists_and_made_up_ones),
        cmocka_unit_test(a_command_takes_what_it_has_of_the_servers_file),
        cmocka_unit_test_teardown(the_environment_may_name_the_file, clear_environment),
        cmocka_unit_test(mistakes_in_the_file_are_named),
        cmocka_unit_test_teardown(mistakes_in_the_environment_are_named, clear_environment),
        cmocka_unit_test_setup_teardown(strays_of_the_environment_are_told, clear_environment,
                                        clear_environment),
        cmocka_unit_test(secrets_that_all_can_read_are_told),
        cmocka_unit_test(what_is_printed_can_be_read_again),
        cmocka_unit_test(passwords_are_not_printed),
        cmocka_unit_test(the_documentation_has_every_setting),
    };
    clear_environment(NULL);
    return cmocka_run_group_tests_name("settings", tests, make_file, remove_file);
}
