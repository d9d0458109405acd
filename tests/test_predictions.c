/* Tables of scores: the arithmetic, CSV both ways and what is refused there, other orders of
 * images, and scoring images with a journal that is stopped, torn, damaged and somebody else's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/file.h"
#include "../src/base/memory.h"
#include "../src/base/random.h"
#include "../src/evaluate/journal.h"
#include "../src/evaluate/predict_images.h"
#include "../src/evaluate/predictions_csv.h"
#include "make_ensemble.h"

/* ---- Scores -----------------------------------------------------------------------------------
 */

static void scores_are_the_shortest_decimals(void **state) {
    (void)state;
    assert_true(px_predictions_score(0.1f) == 0.1);
    assert_true(px_predictions_score(0.0f) == 0.0 && px_predictions_score(1.0f) == 1.0);
    assert_true(isnan(px_predictions_score(NAN)));
    px_random random;
    px_random_init(&random, 5, 0);
    for (int i = 0; i < 20000; i++) {
        float score = (float)px_random_uniform(&random), next = nextafterf(score, 2);
        double value = px_predictions_score(score);
        assert_true((float)value == score);
        assert_true(value < px_predictions_score(next));
        char text[32];
        snprintf(text, sizeof text, "%.9g", value);
        assert_true(strtod(text, NULL) == value);
    }
}

static void a_mix_is_what_the_reader_computes(void **state) {
    (void)state;
    const double a[] = {0.1, 0.25, NAN}, b[] = {0.7, NAN, 0.5}, c[] = {NAN, NAN, NAN};
    const double *scores[] = {a, b, c};
    const double weights[] = {1, 3, 0};
    double mixed[3];
    px_predictions_mix(3, 3, scores, weights, mixed);
    assert_true(mixed[0] == px_predictions_score((float)((0.1f + 3.0 * 0.7f) / 4)));
    assert_true(isnan(mixed[1]) && isnan(mixed[2]));
}

/* ---- CSV --------------------------------------------------------------------------------------
 */

static bool parse(const char *text, px_predictions *p, px_error *err) {
    px_predictions_init(p);
    *err = (px_error){0};
    return px_predictions_parse(text, strlen(text), p, err);
}

static const char long_form[] = "path,member,finding,score\n"
                                "a.png,ensemble,Pleural Effusion,0.25\n"
                                "a.png,one,pleural_effusion,0.125\r\n"
                                "\"b,1.png\",ensemble,effusion,1e-05\n"
                                "\"b,1.png\",ensemble,edema,\n"
                                "a.png,ensemble,edema,1\n";

static void the_long_form_is_read(void **state) {
    (void)state;
    px_predictions p;
    px_error err;
    if (!parse(long_form, &p, &err))
        fail_msg("%s", err.message);
    assert_int_equal(p.n_images, 2);
    assert_int_equal(p.n_findings, 2);
    assert_int_equal(p.n_members, 1);
    assert_string_equal(p.paths[1], "b,1.png");
    assert_string_equal(p.findings[0], "pleural_effusion");
    int f = px_predictions_find(&p, "Effusion");
    assert_int_equal(f, 0);
    assert_int_equal(px_predictions_find(&p, "mass"), -1);
    assert_int_equal(px_predictions_find_member(&p, "one"), 0);
    assert_true(px_predictions_column(&p, 0, PX_PREDICTIONS_ENSEMBLE)[0] == 0.25);
    assert_true(px_predictions_column(&p, 0, PX_PREDICTIONS_ENSEMBLE)[1] == 1e-05);
    assert_true(px_predictions_column(&p, 0, 0)[0] == 0.125);
    assert_true(isnan(px_predictions_column(&p, 0, 0)[1]));
    assert_true(isnan(px_predictions_column(&p, 1, PX_PREDICTIONS_ENSEMBLE)[1]));
    assert_true(px_predictions_has(&p, 0, 0) && !px_predictions_has(&p, 1, 0));
    assert_true(p.scored[0] && p.scored[1]);
    px_predictions_clear(&p);
}

static void the_wide_form_is_the_ensembles(void **state) {
    (void)state;
    px_predictions p;
    px_error err;
    if (!parse("Edema,Path,Mass\n0.5,x/a.png,0.25\n,x/b.png,\n", &p, &err))
        fail_msg("%s", err.message);
    assert_int_equal(p.n_members, 0);
    assert_int_equal(p.n_images, 2);
    assert_true(px_predictions_column(&p, 1, PX_PREDICTIONS_ENSEMBLE)[0] == 0.25);
    assert_true(p.scored[0] && !p.scored[1]);
    px_predictions_clear(&p);
}

static void written_tables_are_read_back_bit_for_bit(void **state) {
    (void)state;
    char *folder = make_folder(), *first = path_in(folder, "a.csv"), *second = path_in(folder, "b");
    px_predictions p, again;
    px_error err;
    assert_true(parse(long_form, &p, &err));
    px_random random;
    px_random_init(&random, 1, 0);
    for (int m = PX_PREDICTIONS_ENSEMBLE; m < 1; m++) {
        for (int i = 0; i < 2; i++)
            px_predictions_column(&p, 0, m)[i] = px_random_uniform(&random);
    }
    assert_true(px_predictions_write(&p, first, &err));
    px_predictions_init(&again);
    if (!px_predictions_read(first, &again, &err))
        fail_msg("%s", err.message);
    for (int m = PX_PREDICTIONS_ENSEMBLE; m < 1; m++) {
        for (int i = 0; i < 2; i++)
            assert_true(px_predictions_column(&p, 0, m)[i] ==
                        px_predictions_column(&again, 0, m)[i]);
    }
    assert_true(px_predictions_write(&again, second, &err));
    px_buffer a, b;
    px_buffer_init(&a, 1 << 20);
    px_buffer_init(&b, 1 << 20);
    assert_true(px_file_read(first, &a, NULL) && px_file_read(second, &b, NULL));
    assert_int_equal(a.size, b.size);
    assert_memory_equal(a.data, b.data, a.size);
    px_buffer_clear(&a);
    px_buffer_clear(&b);
    px_predictions_clear(&p);
    px_predictions_clear(&again);
    free(first);
    free(second);
    remove_folder(folder);
}

typedef struct bad_table {
    const char *text;
    px_error_code code;
    const char *says;
} bad_table;

static const bad_table bad_tables[] = {
    {"", PX_ERR_INPUT, "empty"},
    {"path\n", PX_ERR_INPUT, "begins with"},
    {"name,edema\na,0.5\n", PX_ERR_INPUT, "begins with"},
    {"path,edema\n", PX_ERR_INPUT, "no score"},
    {"path,edema\na,\n", PX_ERR_INPUT, "no score"},
    {"path,edema\na,0.5,1\n", PX_ERR_INPUT, "line 2: 3 fields"},
    {"path,edema\na,1.5\n", PX_ERR_INPUT, "line 2: the score of edema"},
    {"path,edema\na,nan\n", PX_ERR_INPUT, "line 2"},
    {"path,edema\na,0.5x\n", PX_ERR_INPUT, "line 2"},
    {"path,edema\na,0.5\na,0.5\n", PX_ERR_INPUT, "line 3: its path is there twice"},
    {"path,effusion,Pleural Effusion\na,1,1\n", PX_ERR_INPUT, "two columns"},
    {"path,--\na,0.5\n", PX_ERR_INPUT, "line 1: a finding needs"},
    {"path,edema\n,0.5\n", PX_ERR_INPUT, "line 2: the path is empty"},
    {"path,edema\na\tb,0.5\n", PX_ERR_INPUT, "control"},
    {"path,member,finding,score\na,m,edema,0.5\na,m,Edema,0.25\n", PX_ERR_INPUT,
     "line 3: its score is there twice"},
    {"path,member,finding,score\na,,edema,0.5\n", PX_ERR_INPUT, "line 2: the member"},
    {"path,member,finding,score\na,m,edema,-0.5\n", PX_ERR_INPUT, "line 2: the score"},
    {"path,edema\na,\"0.5\n", PX_ERR_INPUT, "line 2"},
};

static void each_bad_table_is_named(void **state) {
    (void)state;
    for (size_t i = 0; i < sizeof bad_tables / sizeof bad_tables[0]; i++) {
        const bad_table *bad = &bad_tables[i];
        px_predictions p;
        px_error err;
        if (parse(bad->text, &p, &err) || err.code != bad->code || !strstr(err.message, bad->says))
            fail_msg("%s -> %d \"%s\"", bad->text, err.code, err.message);
        assert_null(p.scores);
    }
}

/* 2,000 images, 1,000 findings and 60 members, each named once, would take a gigabyte. */
static void nearly_empty_tables_are_refused(void **state) {
    (void)state;
    px_buffer text;
    px_buffer_init(&text, 1 << 20);
    px_buffer_print(&text, NULL, "path,member,finding,score\n");
    for (int i = 0; i < 2000; i++)
        px_buffer_print(&text, NULL, "%d,m%d,f%d,0\n", i, i % 60, i % 1000);
    px_predictions p;
    px_error err;
    assert_false(parse((const char *)text.data, &p, &err));
    assert_int_equal(err.code, PX_ERR_LIMIT);
    px_buffer_clear(&text);
}

static void images_are_found_by_other_paths(void **state) {
    (void)state;
    px_predictions p;
    px_error err;
    assert_true(parse("path,edema\nset/x/a.png,0.1\nb.png,0.2\nset/c.png,0.3\nset/x/c.png,0.4\n"
                      "u/d.png,0.5\nu/e.png,\nv/same.png,0.7\n",
                      &p, &err));
    static const char *const paths[] = {"x/a.png",   "other/b.png",  "c.png",
                                        "set/c.png", "none.png",     "z/u/d.png",
                                        "u/e.png",   "y/v/same.png", "z/v/same.png"};
    static const double wanted[] = {0.1, 0.2, NAN, 0.3, NAN, 0.5, NAN, NAN, NAN};
    enum { N = sizeof wanted / sizeof wanted[0] };
    px_prediction_match match;
    assert_true(px_predictions_arrange(&p, N, paths, &match, &err));
    const double *scores = px_predictions_column(&p, 0, PX_PREDICTIONS_ENSEMBLE);
    for (int i = 0; i < N; i++) {
        if (!(scores[i] == wanted[i] || (isnan(scores[i]) && isnan(wanted[i]))))
            fail_msg("%s: %g", paths[i], scores[i]);
        assert_string_equal(p.paths[i], paths[i]);
        assert_int_equal(p.scored[i], !isnan(wanted[i]));
    }
    assert_int_equal(match.matched, 4);
    assert_int_equal(match.missing, 5);
    assert_int_equal(match.ambiguous, 3); /* c.png, and both that end in v/same.png */
    assert_int_equal(match.unused, 2);    /* set/x/c.png and v/same.png */
    px_predictions_clear(&p);
}

/* ---- Images -----------------------------------------------------------------------------------
 */

#define FINDINGS "[{\"id\":\"edema\",\"name\":\"Edema\"},{\"id\":\"mass\",\"name\":\"Mass\"}]"

enum { IMAGES = 5, SCORES = 6 };

/* A folder with an ensemble of two networks, one of which knows only edema. */
typedef struct world {
    char *folder, *ensemble, *journal;
    px_reader *reader;
    const char *paths[IMAGES];
    px_buffer images[IMAGES];
    int told;            /* notices and failures */
    char last_told[512]; /* the last of them */
} world;

static int stop_after; /* images; the callback has no context */
static int asked;

static bool read_image(void *context, int64_t image, px_buffer *bytes, px_error *err) {
    const world *w = context;
    return px_buffer_append(bytes, w->images[image].data, w->images[image].size, err);
}

static bool stop_soon(void) {
    return asked++ >= stop_after;
}

static void listen(void *context, const char *text) {
    world *w = context;
    w->told++;
    snprintf(w->last_told, sizeof w->last_told, "%s", text);
}

static void open_reader(world *w) {
    px_error err = {0};
    const px_reader_options options = {.threads = 1, .cache = ""};
    px_reader_free(w->reader);
    w->reader = px_reader_open(w->ensemble, &options, &err);
    if (!w->reader)
        fail_msg("%s: %s", err.subject, err.message);
}

static world *make_world(void) {
    static const char *const names[IMAGES] = {"p1/a.png", "p1/b.png", "p2/a.png", "p3/a.png",
                                              "p4/a.png"};
    static const test_member members[] = {{"one", PX_ARCH_DENSENET121, PX_HEAD_PLAIN, "Edema,Mass",
                                           1, PX_SCALING_UNIT, 0, true,
                                           "{\"edema\":1.5,\"mass\":1}"},
                                          {"two", PX_ARCH_DENSENET121, PX_HEAD_PLAIN, "Edema", 2,
                                           PX_SCALING_TF, 0, true, "{\"edema\":0.5}"}};
    world *w = px_alloc(1, sizeof *w, NULL);
    assert_non_null(w);
    w->folder = make_folder();
    w->ensemble = make_ensemble(w->folder, members, 2, FINDINGS, "");
    w->journal = path_in(w->folder, "predictions.journal");
    for (int i = 0; i < IMAGES; i++) {
        w->paths[i] = names[i];
        px_buffer_init(&w->images[i], 1 << 20);
    }
    open_reader(w);
    return w;
}

static void free_world(world *w) {
    px_reader_free(w->reader);
    for (int i = 0; i < IMAGES; i++)
        px_buffer_clear(&w->images[i]);
    remove_folder(w->folder);
    free(w->ensemble);
    free(w->journal);
    free(w);
}

static px_predict_outcome predict(world *w, bool journal, bool heat, px_predictions *p) {
    const px_prediction_images images = {IMAGES, w->paths, read_image, w};
    const px_predict_options options = {.heat = heat,
                                        .journal = journal ? w->journal : NULL,
                                        .stopped = stop_after >= 0 ? stop_soon : NULL,
                                        .tell = listen,
                                        .tell_context = w};
    px_predict_outcome outcome = {0};
    px_error err = {0};
    px_predictions_init(p);
    asked = 0;
    w->told = 0;
    if (!px_predict_images(w->reader, &images, &options, p, &outcome, &err))
        fail_msg("%s: %s", err.subject, err.message);
    return outcome;
}

/* Every score of two tables, NaN included. */
static void assert_same(const px_predictions *a, const px_predictions *b) {
    assert_int_equal(a->n_images, b->n_images);
    assert_memory_equal(a->scored, b->scored, IMAGES * sizeof *a->scored);
    for (int i = 0; i < SCORES * IMAGES; i++)
        assert_true(a->scores[i] == b->scores[i] || (isnan(a->scores[i]) && isnan(b->scores[i])));
}

static void scores_are_those_of_the_reader(void **state) {
    world *w = *state;
    px_predictions p;
    stop_after = -1;
    px_predict_outcome outcome = predict(w, false, true, &p);
    assert_int_equal(outcome.computed, IMAGES);
    assert_string_equal(p.version, px_reader_version(w->reader));
    for (int i = 0; i < IMAGES; i++) {
        const px_read_options wanted = {true, PX_READER_HEAT_SIDE};
        px_reading *r =
            px_reader_read(w->reader, w->images[i].data, w->images[i].size, &wanted, NULL);
        assert_non_null(r);
        for (int f = 0; f < 2; f++) {
            const px_finding *finding = &r->findings[f];
            const px_prediction_heat *heat = &px_predictions_heat(&p, f)[i];
            double score = px_predictions_column(&p, f, PX_PREDICTIONS_ENSEMBLE)[i];
            assert_true((float)score == finding->score);
            assert_true((float)px_predictions_column(&p, f, 0)[i] == finding->member_scores[0]);
            assert_true(heat->there && heat->box[0] == finding->box[0] / 90.0);
            assert_true(heat->box[3] == finding->box[3] / 100.0);
            int x = (int)(heat->point[0] * 90), y = (int)(heat->point[1] * 100);
            for (int k = 0; k < 90 * 100; k++)
                assert_true(finding->heat[k] <= finding->heat[y * 90 + x]);
        }
        px_reading_free(r);
    }
    assert_true(isnan(px_predictions_column(&p, 1, 1)[0]));
    const double weights[] = {1.5, 0.5};
    const double *members[] = {px_predictions_column(&p, 0, 0), px_predictions_column(&p, 0, 1)};
    double mixed[IMAGES];
    px_predictions_mix(2, IMAGES, members, weights, mixed);
    assert_memory_equal(mixed, px_predictions_column(&p, 0, PX_PREDICTIONS_ENSEMBLE), sizeof mixed);
    px_predictions_clear(&p);
}

static void what_is_done_is_not_done_again(void **state) {
    world *w = *state;
    px_predictions whole, part, rest;
    stop_after = -1;
    predict(w, false, false, &whole);
    stop_after = 2;
    px_predict_outcome outcome = predict(w, true, false, &part);
    assert_true(outcome.stopped);
    assert_int_equal(outcome.computed, 2);
    assert_true(part.scored[1] && !part.scored[2]);
    stop_after = -1;
    outcome = predict(w, true, false, &rest);
    assert_false(outcome.stopped);
    assert_int_equal(outcome.kept, 2);
    assert_int_equal(outcome.computed, IMAGES - 2);
    assert_same(&whole, &rest);
    px_predictions_clear(&rest);
    outcome = predict(w, true, false, &rest);
    assert_int_equal(outcome.kept, IMAGES);
    assert_same(&whole, &rest);
    px_predictions_clear(&rest);
    outcome = predict(w, true, true, &rest); /* heat maps are not in it */
    assert_int_equal(outcome.computed, IMAGES);
    px_predictions_clear(&rest);
    outcome = predict(w, true, true, &rest);
    assert_int_equal(outcome.kept, IMAGES);
    assert_true(px_predictions_heat(&rest, 1)[4].there);
    assert_same(&whole, &rest);
    px_predictions_clear(&rest);
    outcome = predict(w, true, false, &rest); /* more than is needed will do */
    assert_int_equal(outcome.kept, IMAGES);
    px_predictions_clear(&whole);
    px_predictions_clear(&part);
    px_predictions_clear(&rest);
}

static void another_image_at_the_same_path_is_computed(void **state) {
    world *w = *state;
    px_predictions first, second;
    stop_after = -1;
    predict(w, true, false, &first);
    w->images[2].size = 0;
    make_png(90, 100, 77, &w->images[2]);
    px_predict_outcome outcome = predict(w, true, false, &second);
    assert_int_equal(outcome.computed, 1);
    assert_true(px_predictions_column(&first, 0, 0)[2] != px_predictions_column(&second, 0, 0)[2]);
    assert_true(px_predictions_column(&first, 0, 0)[3] == px_predictions_column(&second, 0, 0)[3]);
    px_predictions_clear(&first);
    px_predictions_clear(&second);
}

static void unreadable_images_are_told_and_passed_over(void **state) {
    world *w = *state;
    px_predictions p;
    stop_after = -1;
    w->images[3].size /= 2;
    px_predict_outcome outcome = predict(w, true, false, &p);
    assert_int_equal(outcome.failed, 1);
    assert_int_equal(w->told, 1);
    assert_non_null(strstr(w->last_told, "p3/a.png: "));
    assert_int_equal(p.n_failures, 1);
    assert_int_equal(p.failures[0].image, 3);
    assert_false(p.scored[3]);
    assert_true(p.scored[4]);
    px_predictions_clear(&p);
}

/* The journal's bytes; a change of them is written back by write_journal. */
static px_buffer read_journal(const world *w) {
    px_buffer bytes;
    px_buffer_init(&bytes, 1 << 20);
    assert_true(px_file_read(w->journal, &bytes, NULL));
    return bytes;
}

static void write_journal(const world *w, const px_buffer *bytes, size_t size) {
    assert_true(px_file_write(w->journal, bytes->data, size, NULL));
}

/* Cut anywhere, the journal gives what is whole, and the end is the same table. */
static void torn_journals_are_used_up_to_the_tear(void **state) {
    world *w = *state;
    px_predictions whole, again;
    stop_after = -1;
    predict(w, true, false, &whole);
    px_buffer bytes = read_journal(w);
    for (int cut = 1; cut <= 4; cut++) {
        write_journal(w, &bytes, bytes.size * (size_t)cut / 5);
        px_predict_outcome outcome = predict(w, true, false, &again);
        assert_int_equal(outcome.kept + outcome.computed, IMAGES);
        assert_true(outcome.kept < IMAGES && (cut < 3 || outcome.kept > 0));
        assert_same(&whole, &again);
        px_predictions_clear(&again);
        outcome = predict(w, true, false, &again);
        assert_int_equal(outcome.kept, IMAGES);
        px_predictions_clear(&again);
    }
    px_buffer_clear(&bytes);
    px_predictions_clear(&whole);
}

static void damaged_lines_are_not_believed(void **state) {
    world *w = *state;
    px_predictions whole, again;
    stop_after = -1;
    predict(w, true, false, &whole);
    px_buffer bytes = read_journal(w);
    char *second = memchr(bytes.data, '\n', bytes.size);
    second = strstr(second, "0.");
    assert_non_null(second);
    second[2] = second[2] == '9' ? '8' : (char)(second[2] + 1); /* another score */
    write_journal(w, &bytes, bytes.size);
    px_predict_outcome outcome = predict(w, true, false, &again);
    assert_int_equal(outcome.computed, IMAGES);
    assert_non_null(strstr(w->last_told, "damaged"));
    assert_same(&whole, &again);
    px_buffer_clear(&bytes);
    px_predictions_clear(&again);
    px_predictions_clear(&whole);
}

static void journals_of_others_are_set_aside(void **state) {
    world *w = *state;
    px_predictions p;
    stop_after = -1;
    predict(w, true, false, &p);
    px_predictions_clear(&p);
    px_buffer bytes = read_journal(w);
    memcpy(strstr((char *)bytes.data, px_reader_version(w->reader)), "0123456789abcdef", 16);
    write_journal(w, &bytes, bytes.size);
    px_predict_outcome outcome = predict(w, true, false, &p);
    assert_int_equal(outcome.computed, IMAGES);
    assert_non_null(strstr(w->last_told, ".old"));
    char *old = px_format(NULL, "%s.old", w->journal);
    assert_int_equal(access(old, F_OK), 0);
    free(old);
    px_buffer_clear(&bytes);
    px_predictions_clear(&p);
}

static void one_run_at_a_time_has_the_journal(void **state) {
    world *w = *state;
    px_error err = {0};
    const px_journal_owner owner = {px_reader_version(w->reader), 2, 2};
    px_journal *first = px_journal_open(w->journal, &owner, NULL, NULL, &err);
    assert_non_null(first);
    assert_null(px_journal_open(w->journal, &owner, NULL, NULL, &err));
    assert_int_equal(err.code, PX_ERR_BUSY);
    assert_true(px_journal_close(first, NULL));
    first = px_journal_open(w->journal, &owner, NULL, NULL, NULL);
    assert_non_null(first);
    assert_true(px_journal_close(first, NULL));
}

static void an_image_twice_is_refused(void **state) {
    world *w = *state;
    px_error err = {0};
    px_predictions p;
    px_predictions_init(&p);
    px_predict_outcome outcome;
    const px_predict_options options = {0};
    const char *const paths[] = {"a.png", "a.png"};
    const px_prediction_images images = {2, paths, read_image, w};
    assert_false(px_predict_images(w->reader, &images, &options, &p, &outcome, &err));
    assert_int_equal(err.code, PX_ERR_USAGE);
}

static int make_group(void **state) {
    *state = make_world();
    return 0;
}

static int free_group(void **state) {
    free_world(*state);
    return 0;
}

/* Images as they were, and no journal. */
static int set_up(void **state) {
    world *w = *state;
    for (int i = 0; i < IMAGES; i++) {
        w->images[i].size = 0;
        make_png(90, 100, (uint64_t)i + 1, &w->images[i]);
    }
    unlink(w->journal);
    return 0;
}

#define WITH_WORLD(test) cmocka_unit_test_setup(test, set_up)

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(scores_are_the_shortest_decimals),
                                       cmocka_unit_test(a_mix_is_what_the_reader_computes),
                                       cmocka_unit_test(the_long_form_is_read),
                                       cmocka_unit_test(the_wide_form_is_the_ensembles),
                                       cmocka_unit_test(written_tables_are_read_back_bit_for_bit),
                                       cmocka_unit_test(each_bad_table_is_named),
                                       cmocka_unit_test(nearly_empty_tables_are_refused),
                                       cmocka_unit_test(images_are_found_by_other_paths),
                                       WITH_WORLD(scores_are_those_of_the_reader),
                                       WITH_WORLD(what_is_done_is_not_done_again),
                                       WITH_WORLD(another_image_at_the_same_path_is_computed),
                                       WITH_WORLD(unreadable_images_are_told_and_passed_over),
                                       WITH_WORLD(torn_journals_are_used_up_to_the_tear),
                                       WITH_WORLD(damaged_lines_are_not_believed),
                                       WITH_WORLD(journals_of_others_are_set_aside),
                                       WITH_WORLD(one_run_at_a_time_has_the_journal),
                                       WITH_WORLD(an_image_twice_is_refused)};
    return cmocka_run_group_tests_name("predictions", tests, make_group, free_group);
}
