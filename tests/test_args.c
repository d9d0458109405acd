/* Subcommands' arguments: parsing, checks, suggestions, and what is printed from the tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/base/suggest.h"
#include "../src/cli/args.h"
#include "../src/cli/check.h"
#include "../src/cli/help.h"
#include "../src/cli/outcome.h"

static px_exit run_nothing(const px_args *args) {
    (void)args;
    return PX_EXIT_OK;
}

static const px_option show_options[] = {
    {.name = "output", .letter = 'o', .type = PX_OPT_FILE, .required = true, .help = "where to"},
    {.name = "format",
     .type = PX_OPT_CHOICE,
     .value = "table",
     .choices = "table|json|csv",
     .help = "how it looks"},
    {.name = "threads",
     .type = PX_OPT_INT,
     .value = "2",
     .least = 1,
     .most = 64,
     .help = "threads"},
    {.name = "seed", .type = PX_OPT_INT, .help = "any number"},
    {.name = "opacity", .type = PX_OPT_REAL, .least = 0, .most = 1, .help = "of the overlay"},
    {.name = "member", .type = PX_OPT_TEXT, .repeated = true, .argument = "M", .help = "a member"},
    {.name = "quiet", .letter = 'q', .type = PX_OPT_FLAG, .help = "say less"},
    {.name = "verbose", .letter = 'v', .type = PX_OPT_FLAG, .repeated = true, .help = "say more"},
    {0},
};

static const px_command show = {
    .name = "model show",
    .operands = "FILE...",
    .least_operands = 0,
    .most_operands = 3,
    .summary = "show it",
    .description = "First paragraph.\n\n.Second paragraph\\'s text.",
    .options = show_options,
    .run = run_nothing,
};

static const px_command plain = {.name = "plain",
                                 .operands = "FILE",
                                 .least_operands = 1,
                                 .most_operands = 1,
                                 .summary = "no options",
                                 .run = run_nothing};

static const px_command *const list_items[] = {&plain, &show};
static const px_command_list list = {list_items, 2};

enum { MOST = 16 };

/* Parse words up to a NULL. */
static bool parse(px_args *args, const px_command *command, px_error *err, ...) {
    char *argv[MOST] = {0};
    int argc = 0;
    va_list words;
    va_start(words, err);
    for (char *word; (word = va_arg(words, char *)) != NULL && argc < MOST;)
        argv[argc++] = word;
    va_end(words);
    return px_args_parse(args, command, argc, argv, err);
}

static void every_way_to_write_a_value(void **state) {
    (void)state;
    px_args args;
    assert_true(parse(&args, &show, NULL, "--output", "a", "--threads=7", "-v", "x", "-", NULL));
    assert_string_equal(px_args_text(&args, "output"), "a");
    assert_int_equal(px_args_int(&args, "threads"), 7);
    assert_true(px_args_flag(&args, "verbose"));
    assert_false(px_args_flag(&args, "quiet"));
    assert_int_equal(px_args_operands(&args), 2);
    assert_string_equal(px_args_operand(&args, 0), "x");
    assert_string_equal(px_args_operand(&args, 1), "-");
    assert_null(px_args_operand(&args, 2));
    assert_null(px_args_operand(&args, -1));
    px_args_clear(&args);

    assert_true(parse(&args, &show, NULL, "-qvvo", "-", NULL));
    assert_string_equal(px_args_text(&args, "output"), "-");
    assert_int_equal(px_args_count(&args, "verbose"), 2);
    assert_true(px_args_flag(&args, "quiet"));
    px_args_clear(&args);

    assert_true(parse(&args, &show, NULL, "-oname", "--", "--quiet", "-v", NULL));
    assert_string_equal(px_args_text(&args, "output"), "name");
    assert_int_equal(px_args_operands(&args), 2);
    assert_string_equal(px_args_operand(&args, 0), "--quiet");
    assert_false(px_args_given(&args, "quiet"));
    px_args_clear(&args);
}

static void defaults_and_absent_values(void **state) {
    (void)state;
    px_args args;
    assert_true(parse(&args, &show, NULL, "-o", "a", NULL));
    assert_string_equal(px_args_text(&args, "format"), "table");
    assert_int_equal(px_args_int(&args, "threads"), 2);
    assert_false(px_args_given(&args, "threads"));
    assert_null(px_args_text(&args, "member"));
    assert_int_equal(px_args_count(&args, "member"), 0);
    assert_null(px_args_item(&args, "member", 0));
    assert_int_equal(px_args_int(&args, "seed"), 0);
    px_args_clear(&args);
    px_args_clear(&args);
}

static void repeated_options_keep_their_order(void **state) {
    (void)state;
    px_args args;
    assert_true(parse(&args, &show, NULL, "--member", "a=1", "-o", "x", "--member=b", NULL));
    assert_int_equal(px_args_count(&args, "member"), 2);
    assert_string_equal(px_args_item(&args, "member", 0), "a=1");
    assert_string_equal(px_args_item(&args, "member", 1), "b");
    assert_null(px_args_item(&args, "member", 2));
    px_args_clear(&args);
}

static void numbers_at_the_ends_of_their_range(void **state) {
    (void)state;
    px_args args;
    assert_true(parse(&args, &show, NULL, "-o", "x", "--threads", "64", "--opacity", "1", "--seed",
                      "-9223372036854775808", NULL));
    assert_int_equal(px_args_int(&args, "threads"), 64);
    assert_true(px_args_int(&args, "seed") == INT64_MIN);
    assert_true(px_args_real(&args, "opacity") == 1.0);
    px_args_clear(&args);
}

/* Words after "-o x", the subject and a part of the message. */
static const struct bad_case {
    const char *words[3];
    const char *subject, *message;
} bad_cases[] = {
    {{"--threads", "65"}, "--threads", "65 is not between 1 and 64"},
    {{"--threads", "0"}, "--threads", "0 is not between 1 and 64"},
    {{"--threads", "2x"}, "--threads", "\"2x\" is not a whole number"},
    {{"--threads", " 2"}, "--threads", "whole number"},
    {{"--threads="}, "--threads", "whole number"},
    {{"--seed", "9223372036854775808"}, "--seed", "too large"},
    {{"--opacity", "1.01"}, "--opacity", "between 0 and 1"},
    {{"--opacity", "nan"}, "--opacity", "not a number"},
    {{"--opacity", "inf"}, "--opacity", "not a number"},
    {{"--opacity", "0,5"}, "--opacity", "not a number"},
    {{"--format", "xml"}, "--format", "\"xml\" is not one of table, json, csv"},
    {{"--format", "tab"}, "--format", "not one of"},
    {{"--format", ""}, "--format", "not one of"},
    {{"--threads"}, "--threads", "needs a value"},
    {{"--quiet=yes"}, "--quiet", "takes no value"},
    {{"--thread", "2"}, "--thread", "did you mean --threads?"},
    {{"--formt=csv"}, "--formt", "did you mean --format?"},
    {{"--hlep"}, "--hlep", "did you mean --help?"},
    {{"--zzzzzz"}, "--zzzzzz", "unknown option"},
    {{"-x"}, "", "unknown option -x"},
    {{"-qx"}, "", "unknown option -x"},
    {{"-o", "y"}, "--output", "given more than once"},
    {{"-q", "--quiet"}, "--quiet", "given more than once"},
};

static void wrong_words_are_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_cases / sizeof *bad_cases; i++) {
        const struct bad_case *bad = &bad_cases[i];
        px_args args;
        px_error err = {0};
        assert_false(parse(&args, &show, &err, "-o", "x", bad->words[0], bad->words[1], NULL));
        assert_int_equal(err.code, PX_ERR_USAGE);
        assert_string_equal(err.subject, bad->subject);
        if (!strstr(err.message, bad->message))
            fail_msg("%s: \"%s\" lacks \"%s\"", bad->words[0], err.message, bad->message);
        px_args_clear(&args);
    }
}

static void missing_and_superfluous_words(void **state) {
    (void)state;
    px_args args;
    px_error err = {0};
    assert_false(parse(&args, &show, &err, "--seed", "1", NULL));
    assert_string_equal(err.subject, "--output");
    assert_string_equal(err.message, "is required");
    px_args_clear(&args);
    err = (px_error){0};
    assert_false(parse(&args, &show, &err, "-o", "x", "1", "2", "3", "4", NULL));
    assert_string_equal(err.subject, "4");
    px_args_clear(&args);
    err = (px_error){0};
    assert_false(parse(&args, &show, &err, "--output=", NULL));
    assert_string_equal(err.message, "the file's name is empty");
    px_args_clear(&args);
    err = (px_error){0};
    assert_false(parse(&args, &plain, &err, NULL));
    assert_string_equal(err.message, "FILE is missing");
    px_args_clear(&args);
    err = (px_error){0};
    assert_false(parse(&args, &plain, &err, "--any", NULL));
    assert_string_equal(err.subject, "--any");
    px_args_clear(&args);
}

static void help_comes_before_all_checks(void **state) {
    (void)state;
    px_args args;
    assert_true(parse(&args, &show, NULL, "--seed", "1", "--help", "--nonsense", NULL));
    assert_true(args.help);
    px_args_clear(&args);
    assert_true(parse(&args, &plain, NULL, "-h", NULL));
    assert_true(args.help);
    px_args_clear(&args);
    assert_true(parse(&args, &plain, NULL, "--", "--help", NULL));
    assert_false(args.help);
    px_args_clear(&args);
}

static void distances_of_words(void **state) {
    (void)state;
    assert_int_equal(px_word_distance("", "abc"), 3);
    assert_int_equal(px_word_distance("predict", "predict"), 0);
    assert_int_equal(px_word_distance("predcit", "predict"), 1); /* a swap counts once */
    assert_int_equal(px_word_distance("kitten", "sitting"), 3);
    assert_int_equal(px_word_distance("ab", "a-very-long-word-of-more-than-thirty-one-letters"),
                     PX_NEAREST_FAR);
    px_nearest nearest = {"predit", NULL, PX_NEAREST_FAR};
    px_nearest_consider(&nearest, "serve");
    assert_null(nearest.best);
    px_nearest_consider(&nearest, "predict");
    px_nearest_consider(&nearest, "evict");
    assert_string_equal(nearest.best, "predict");
    nearest = (px_nearest){"x", NULL, PX_NEAREST_FAR}; /* a letter is near to nothing */
    px_nearest_consider(&nearest, "export");
    assert_null(nearest.best);
}

static void exit_codes_of_errors(void **state) {
    (void)state;
    assert_int_equal(px_exit_of(PX_OK), 0);
    assert_int_equal(px_exit_of(PX_ERR_USAGE), 1);
    assert_int_equal(px_exit_of(PX_ERR_INPUT), 2);
    assert_int_equal(px_exit_of(PX_ERR_UNSUPPORTED), 2);
    assert_int_equal(px_exit_of(PX_ERR_LIMIT), 2);
    assert_int_equal(px_exit_of(PX_ERR_MISMATCH), 2);
    assert_int_equal(px_exit_of(PX_ERR_CANCELLED), 3);
    assert_int_equal(px_exit_of(PX_ERR_IO), 4);
    assert_int_equal(px_exit_of(PX_ERR_MEMORY), 4);
    assert_int_equal(px_exit_of(PX_ERR_BUSY), 4);
    for (int code = 0; code <= 4; code++)
        assert_non_null(px_exit_text(code));
    assert_null(px_exit_text(5));
    assert_null(px_exit_text(-1));
}

/* What `print` writes, as text; release with free(). */
static char *capture(void (*print)(FILE *out)) {
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    print(out);
    fclose(out);
    return text;
}

static void print_help(FILE *out) {
    px_help_command(out, &show);
}

static void print_program(FILE *out) {
    px_help_program(out, list, NULL);
}

static void print_man(FILE *out) {
    px_man_page(out, list);
}

static void print_bash(FILE *out) {
    assert_true(px_completion(out, list, "bash"));
    assert_false(px_completion(out, list, "fish"));
}

static void assert_has(const char *text, const char *part) {
    if (!strstr(text, part))
        fail_msg("\"%s\" is missing in:\n%s", part, text);
}

static void help_shows_the_table(void **state) {
    (void)state;
    char *text = capture(print_help);
    assert_has(text, "Usage: perxeptron model show --output FILE [OPTION]... FILE...\n");
    assert_has(text, "\n\nShow it.\n\n");
    assert_has(text, "\n  -o, --output FILE         where to [required]\n");
    assert_has(text,
               "\n      --format WORD         how it looks (table, json, csv) [default: table]");
    assert_has(text, "threads (1 to 64) [default: 2]");
    assert_has(text, "--member M            a member [may be repeated]");
    assert_has(text, "First paragraph.\n\n.Second");
    for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 80);
    free(text);
    text = capture(print_program);
    assert_has(text, "  model show                show it\n");
    assert_has(text, "  4  the environment failed");
    free(text);
}

static void man_page_is_escaped(void **state) {
    (void)state;
    char *text = capture(print_man);
    assert_has(text, ".TH PERXEPTRON 1");
    assert_has(text, ".TP\n\\fB\\-o\\fR, \\fB\\-\\-output\\fR \\fIFILE\\fR\nwhere to [required]\n");
    assert_has(text, "First paragraph.\n.PP\n\\&.Second paragraph\\e's text.\n");
    assert_has(text, ".SH EXIT STATUS");
    free(text);
}

static void completion_knows_words_and_values(void **state) {
    (void)state;
    char *text = capture(print_bash);
    assert_has(text, "compgen -W \" plain model --help --version\"");
    assert_has(text, "    model) words=\" show\" ;;\n");
    assert_has(text, "opts=\"--help --output --format");
    assert_has(text, "--format) COMPREPLY=($(compgen -W \"table json csv\" -- \"$cur\"))");
    free(text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_to_write_a_value),
        cmocka_unit_test(defaults_and_absent_values),
        cmocka_unit_test(repeated_options_keep_their_order),
        cmocka_unit_test(numbers_at_the_ends_of_their_range),
        cmocka_unit_test(wrong_words_are_named),
        cmocka_unit_test(missing_and_superfluous_words),
        cmocka_unit_test(help_comes_before_all_checks),
        cmocka_unit_test(distances_of_words),
        cmocka_unit_test(exit_codes_of_errors),
        cmocka_unit_test(help_shows_the_table),
        cmocka_unit_test(man_page_is_escaped),
        cmocka_unit_test(completion_knows_words_and_values),
    };
    return cmocka_run_group_tests_name("args", tests, NULL, NULL);
}
