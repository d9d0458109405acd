/* The report on an evaluation: what it says, what it never says, whatever it is about. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <dirent.h>
#include <ftw.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/base/memory.h"
#include "../src/evaluate/plots.h"
#include "../src/evaluate/report_html.h"
#include "failing_memory.h"
#include "make_evaluation.h"
#include "must.h"
#include "report_page.h"
#include "well_formed.h"

#define CAP ((size_t)32 << 20)
#define HOSTILE "</title><script src=\"http://evil.example/x\">alert('1')</script>&\x01\xff"

static px_evaluation made; /* as make_evaluation has it; tests that change one make their own */

static int make_all(void **state) {
    (void)state;
    px_evaluation_init(&made);
    MUST(make_evaluation(&made, &err));
    return 0;
}

static int clear_all(void **state) {
    (void)state;
    px_evaluation_clear(&made);
    return 0;
}

static char *page_of(const px_evaluation *e) {
    px_buffer out;
    px_buffer_init(&out, CAP);
    MUST(px_evaluation_report_html(e, &out, &err));
    return (char *)out.data;
}

static void the_page_tells_all_there_is(void **state) {
    (void)state;
    char *page = page_of(&made), *again = page_of(&made), mean[32];
    expect_sound_page(page);
    assert_string_equal(page, again);
    snprintf(mean, sizeof mean, "<strong>%.3f</strong>", made.scorers[0].mean_auc.value);
    expect_text(page, mean);
    static const char *const parts[] = {"<h1>Made-up chest ensemble on made_up.csv</h1>",
                                        "Untrained weights: for demonstration only.",
                                        "480 images of 360 patients",
                                        "id=\"members\"",
                                        "id=\"subgroups\"",
                                        "id=\"heat-maps\"",
                                        "id=\"left-out\"",
                                        "id=\"methods\"",
                                        "id=\"finding-4\"",
                                        "age 80 and above",
                                        "There are no figures: all",
                                        "images that cannot be read",
                                        "DeLong",
                                        "Efron and Tibshirani 1993) with 200 rounds, seed 7",
                                        "12 uncertain labels were counted as positive",
                                        "3 labels are blank",
                                        "Hit rate",
                                        "Not everything was used as it stands",
                                        ">differs</text>"};
    for (size_t i = 0; i + 1 < sizeof parts / sizeof *parts; i++)
        expect_text(page, parts[i]);
    expect_no_text(page, "patient00042"); /* an example of what was left out */
    free(page);
    free(again);
}

static void the_decisions_are_those_of_the_evaluation(void **state) {
    (void)state;
    const px_evaluation_rates *r = &made.scorers[0].measures[2].operating;
    char *page = page_of(&made), text[128];
    assert_true(r->known);
    snprintf(text, sizeof text, "%lld true positives, %lld false negatives",
             (long long)r->true_positives, (long long)r->false_negatives);
    expect_text(page, text);
    snprintf(text, sizeof text, "<td>%.1f %% <span class=\"ci\">[%.1f, %.1f]</span>",
             100 * r->sensitivity.value, 100 * r->sensitivity.low, 100 * r->sensitivity.high);
    expect_text(page, text);
    free(page);
}

static void names_are_never_markup(void **state) {
    (void)state;
    px_evaluation e;
    px_evaluation_init(&e);
    MUST(make_evaluation(&e, &err));
    char **texts[] = {&e.ensemble_name,
                      &e.ensemble_version,
                      &e.notice,
                      &e.data,
                      &e.data_sha256,
                      &e.program,
                      &e.findings[0].name,
                      &e.findings[0].id,
                      &e.scorers[1].name,
                      &e.subgroups[0].column,
                      &e.subgroups[0].note,
                      &e.subgroups[1].groups[3].value,
                      &e.left_out[0].what,
                      &e.scorers[0].measures[1].note,
                      &e.scorers[0].measures[3].reason,
                      &e.findings[3].name};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        MUST(set_text(texts[i], HOSTILE, &err));
    char *page = page_of(&e);
    expect_well_formed(page);
    expect_no_text(page, "<script");
    expect_text(page, "<h1>&lt;/title&gt;&lt;script src=&quot;http:");
    assert_true(count_of(page, "&lt;script") > 20);
    free(page);
    px_evaluation_clear(&e);
}

/* One scorer and one finding, and nothing that could be left out. */
static void make_least(px_evaluation *e) {
    px_evaluation_init(e);
    e->n_findings = e->n_scorers = 1;
    e->findings = px_alloc(1, sizeof *e->findings, NULL);
    e->scorers = px_alloc(1, sizeof *e->scorers, NULL);
    e->scorers->measures = px_alloc(1, sizeof *e->scorers->measures, NULL);
    px_interval none = {NAN, NAN, NAN};
    px_evaluation_measure *m = e->scorers->measures;
    e->scorers->mean_auc = m->auc = m->average_precision = m->brier = none;
    m->ece = e->findings->prevalence = NAN;
    MUST(set_text(&e->findings->id, "edema", &err));
    MUST(set_text(&e->findings->name, "Edema", &err));
    MUST(set_text(&e->scorers->name, "first", &err));
    MUST(set_text(&e->predictions, "scores.csv", &err));
}

static void little_makes_a_page_too(void **state) {
    (void)state;
    px_evaluation e;
    make_least(&e);
    char *page = page_of(&e);
    expect_sound_page(page);
    expect_text(page, "<h1>scores.csv</h1>");
    expect_text(page, "Nothing: every row");
    expect_text(page, "There are no operating points");
    expect_text(page, "Patients are not known");
    expect_text(page, "No finding has labels of both classes");
    expect_no_text(page, "id=\"members\"");
    expect_no_text(page, "id=\"subgroups\"");
    free(page);
    MUST(set_text(&e.scorers->measures->reason, "all 3 labels are negative", &err));
    page = page_of(&e);
    expect_sound_page(page);
    expect_text(page, "There are no figures: all 3 labels are negative");
    free(page);
    e.n_scorers = 0;
    px_buffer out;
    px_buffer_init(&out, CAP);
    MUST_FAIL(px_evaluation_report_html(&e, &out, &err), PX_ERR_USAGE);
    assert_int_equal(out.size, 0);
    e.n_scorers = 1;
    px_evaluation_clear(&e);
}

/* More scorers than a chart tells apart, and more groups than usual. */
static void many_scorers_fit(void **state) {
    (void)state;
    enum { MANY = 40 };
    px_evaluation e;
    make_least(&e);
    px_evaluation_scorer *scorers = px_alloc(MANY, sizeof *scorers, NULL);
    scorers[0] = e.scorers[0];
    free(e.scorers);
    e.scorers = scorers;
    e.n_scorers = MANY;
    for (int s = 1; s < MANY; s++) {
        char name[32];
        snprintf(name, sizeof name, "scorer %d", s);
        MUST(set_text(&scorers[s].name, name, &err));
        scorers[s].measures = px_alloc(1, sizeof *scorers[s].measures, NULL);
        scorers[s].measures->auc = (px_interval){0.5 + s / 100.0, 0.4, 0.9};
    }
    char *page = page_of(&e);
    expect_sound_page(page);
    expect_text(page, ">scorer 39</text>");
    free(page);
    px_evaluation_clear(&e);
}

static void limits_are_told(void **state) {
    (void)state;
    px_buffer out;
    px_buffer_init(&out, 5000);
    MUST_FAIL(px_evaluation_report_html(&made, &out, &err), PX_ERR_LIMIT);
    assert_int_equal(out.size, 0);
    MUST_FAIL(px_plot_write(&made, PX_PLOT_ROC, 3, PX_FIGURE_SVG, &out, &err), PX_ERR_USAGE);
    px_buffer_clear(&out);
    MUST_FAIL(px_evaluation_report_write(&made, "/dev/null/no", &err), PX_ERR_IO);
}

static int remove_one(const char *path, const struct stat *facts, int kind, struct FTW *at) {
    (void)facts;
    (void)kind;
    (void)at;
    return remove(path);
}

/* Names in plots/, of which each must be expected; @return how many. */
static int count_plots(const char *folder) {
    int count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir));) {
        if (entry->d_name[0] == '.')
            continue;
        const char *ending = strrchr(entry->d_name, '.');
        assert_true(ending && (strcmp(ending, ".svg") == 0 || strcmp(ending, ".png") == 0));
        count++;
    }
    closedir(dir);
    return count;
}

static void expect_file(const char *folder, const char *name, const char *begins) {
    char path[512], bytes[64] = "";
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    if (!file)
        fail_msg("no %s", path);
    assert_true(fread(bytes, 1, sizeof bytes - 1, file) > 8);
    fclose(file);
    assert_memory_equal(bytes, begins, strlen(begins));
}

static void files_are_written_where_asked(void **state) {
    (void)state;
    char folder[] = "/tmp/report_html_XXXXXX", deeper[64], plots[80];
    assert_non_null(mkdtemp(folder));
    snprintf(deeper, sizeof deeper, "%s/a/b", folder);
    snprintf(plots, sizeof plots, "%s/plots", deeper);
    px_evaluation e;
    make_least(&e);
    e.scorers->measures->operating =
        (px_evaluation_rates){.known = true, .threshold = 0.5, .true_positives = 1};
    MUST(px_evaluation_report_write(&e, deeper, &err));
    expect_file(deeper, "report.html", "<!doctype html>");
    expect_file(plots, "auc.svg", "<?xml");
    expect_file(plots, "edema_roc.png", "\x89PNG");
    expect_file(plots, "edema_confusion.svg", "<?xml");
    assert_int_equal(count_plots(plots), 14);
    MUST(set_text(&e.findings->id, "../../evil", &err)); /* is not a file's name */
    MUST(px_evaluation_report_write(&e, deeper, &err));
    expect_file(plots, "finding_1_roc.svg", "<?xml");
    assert_int_equal(count_plots(plots), 26);
    px_evaluation_clear(&e);
    assert_int_equal(nftw(folder, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static bool write_plots(px_error *err) {
    px_buffer out;
    px_buffer_init(&out, CAP);
    bool ok = px_plot_write(&made, PX_PLOT_ROC, 0, PX_FIGURE_MARKUP, &out, err) &&
              px_plot_write(&made, PX_PLOT_SUBGROUPS, 0, PX_FIGURE_SVG, &out, err);
    px_buffer_clear(&out);
    return ok;
}

static bool write_least(px_error *err) {
    px_evaluation_measure measure = {.reason = (char[]){"too few"}};
    px_evaluation_scorer scorer = {.name = (char[]){"first"}, .measures = &measure};
    px_evaluation_finding finding = {.id = (char[]){"edema"}, .name = (char[]){"Edema"}};
    px_evaluation e = {.n_findings = 1, .findings = &finding, .n_scorers = 1, .scorers = &scorer};
    px_buffer out;
    px_buffer_init(&out, CAP);
    bool ok = px_evaluation_report_html(&e, &out, err);
    assert_true(ok || out.size == 0);
    px_buffer_clear(&out);
    return ok;
}

static void running_out_of_memory_is_told(void **state) {
    (void)state;
    exhaust(write_plots, 30);
    exhaust(write_least, 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_page_tells_all_there_is),
        cmocka_unit_test(the_decisions_are_those_of_the_evaluation),
        cmocka_unit_test(names_are_never_markup),
        cmocka_unit_test(little_makes_a_page_too),
        cmocka_unit_test(many_scorers_fit),
        cmocka_unit_test(limits_are_told),
        cmocka_unit_test(files_are_written_where_asked),
        cmocka_unit_test(running_out_of_memory_is_told),
    };
    return cmocka_run_group_tests(tests, make_all, clear_all);
}
