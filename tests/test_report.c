/* The report's page: always one, with everything on it that was given, as Poppler reads it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/base/memory.h"
#include "../src/report/reading_report.h"
#include "failing_memory.h"

#define CAP ((size_t)16 << 20)
#define SAID_CAP ((size_t)1 << 20)
#define SHA "3b4a9fcd8d4f0c1ce4e29a2a5c1c4f1a5c8b0a3f4f4c2f1d5b7f0c6a1e9d8b72"

static const px_report_finding two_findings[] = {
    {"Atelectasis", 0.8125, true, 0.7321, true, 0.2412, true, 0.0461, PX_REPORT_UNJUDGED, NULL},
    {"Edema", 0.1234, false, 0, false, 0, false, 0, PX_REPORT_UNJUDGED, NULL},
};
static const px_report_member members[] = {{"xception", SHA}, {"densenet121", SHA}};

static px_image new_picture(int width, int height) {
    px_image image;
    px_image_init(&image);
    assert_true(px_image_new(&image, width, height, 1, 8, NULL));
    for (int i = 0; i < width * height; i++)
        ((uint8_t *)image.pixels)[i] = (uint8_t)(i % width);
    return image;
}

static px_report new_report(const px_image *image) {
    return (px_report){
        .title = "Follow-up, seated",
        .number = "4711",
        .patient_reference = "P-1042",
        .taken_up = 1795422000,
        .made = 1795422700,
        .width = 2048,
        .height = 2500,
        .sha256 = SHA,
        .pictures = {{image, "Radiograph", false}, {image, "Heat map of atelectasis", true}},
        .n_pictures = 2,
        .findings = two_findings,
        .n_findings = 2,
        .ensemble = "five networks",
        .version = "8c1f22d09be47a35",
        .members = members,
        .n_members = 2,
        .card = "Trained on nothing.",
        .notice = "untrained weights: demonstration only",
    };
}

/* What a program of Poppler says of a PDF, to be freed. */
static char *ask_poppler(const char *program, const px_buffer *pdf) {
    char path[] = "/tmp/px_report_XXXXXX", line[128];
    int file = mkstemp(path);
    assert_true(file >= 0 && write(file, pdf->data, pdf->size) == (ssize_t)pdf->size);
    close(file);
    snprintf(line, sizeof line, "%s %s %s 2>&1", program, path,
             strcmp(program, "pdftotext") == 0 ? "-" : "");
    FILE *pipe = popen(line, "r");
    assert_non_null(pipe);
    char *said = calloc(1, SAID_CAP);
    assert_non_null(said);
    size_t size = fread(said, 1, SAID_CAP - 1, pipe);
    int status = pclose(pipe);
    unlink(path);
    if (status != 0 || size == 0)
        fail_msg("%s: status %d, said: %s (poppler-utils are needed)", line, status, said);
    return said;
}

static char *read_page(const px_report *report) {
    px_buffer pdf;
    px_buffer_init(&pdf, CAP);
    px_error err = {0};
    if (!px_report_write_pdf(report, &pdf, &err))
        fail_msg("%s", err.message);
    char *facts = ask_poppler("pdfinfo", &pdf);
    if (!strstr(facts, "Pages:           1\n") || !strstr(facts, "(A4)"))
        fail_msg("not one A4 page: %s", facts);
    free(facts);
    char *text = ask_poppler("pdftotext", &pdf);
    px_buffer_clear(&pdf);
    return text;
}

static void expect_words(const px_report *report, const char *const *words, size_t n) {
    char *text = read_page(report);
    for (size_t i = 0; i < n; i++)
        if (!strstr(text, words[i]))
            fail_msg("\"%s\" is not in: %s", words[i], text);
    free(text);
}

static void everything_is_on_the_page(void **state) {
    (void)state;
    static const char *const words[] = {"Follow-up, seated",
                                        "4711",
                                        "P-1042",
                                        "2026-11-23 08:31 UTC",
                                        "2026-11-23 08:20 UTC",
                                        "2048 × 2500",
                                        "Radiograph",
                                        "Heat map of atelectasis",
                                        "Atelectasis",
                                        "0.812",
                                        "0.732",
                                        "≥ 0.241",
                                        "positive",
                                        "± 0.046",
                                        "Edema",
                                        "0.123",
                                        "five networks, version 8c1f22d09be47a35",
                                        "xception 3b4a9fcd8d4f0c1c, densenet121 3b4a9fcd8d4f0c1c",
                                        SHA,
                                        "Trained on nothing.",
                                        "untrained weights: demonstration only",
                                        "Not a medical device."};
    px_image image = new_picture(300, 400);
    px_report report = new_report(&image);
    expect_words(&report, words, sizeof words / sizeof *words);
    px_image_clear(&image);
}

static void decisions_need_an_operating_point(void **state) {
    (void)state;
    px_image image = new_picture(30, 40);
    px_report report = new_report(&image);
    report.findings++;
    report.n_findings = 1;
    char *text = read_page(&report);
    assert_null(strstr(text, "negative"));
    assert_null(strstr(text, "≥"));
    free(text);
    px_report_finding negative = two_findings[0];
    negative.decision = false;
    report.findings = &negative;
    text = read_page(&report);
    assert_non_null(strstr(text, "negative"));
    free(text);
    px_image_clear(&image);
}

static void what_a_person_said_is_on_the_page(void **state) {
    (void)state;
    px_report_finding said[4];
    for (int i = 0; i < 4; i++)
        said[i] = two_findings[0];
    said[0].verdict = PX_REPORT_ACCEPTED;
    said[1].verdict = PX_REPORT_REJECTED;
    said[1].note = "A fold of the skin,\nseen before ☂";
    said[2].note = "Ask for another view";
    said[3].note = "";
    px_image image = new_picture(300, 400);
    px_report report = new_report(&image);
    char *text = read_page(&report);
    assert_null(strstr(text, "Review"));
    free(text);
    static const char *const words[] = {"Review: accepted", "Review: rejected",
                                        "A fold of the skin, seen before ☂", "Review\n",
                                        "Ask for another view"};
    report.findings = said;
    report.n_findings = 4;
    expect_words(&report, words, 5);
    text = read_page(&report);
    int reviews = 0;
    for (const char *at = text; (at = strstr(at, "Review")); at++)
        reviews++;
    assert_int_equal(reviews, 3);
    free(text);
    px_image_clear(&image);
}

/* Fourteen findings with long notes: as much of each as leaves all of them on the page. What
 * Poppler reads is the whole note, which the ellipsis stands for. */
static void long_notes_make_room_for_all_findings(void **state) {
    (void)state;
    static char note[2001];
    px_report_finding said[14];
    for (int i = 0; i < 2000; i++)
        note[i] = i % 8 == 7 ? ' ' : 'n';
    for (int i = 0; i < 14; i++) {
        said[i] = two_findings[0];
        said[i].verdict = PX_REPORT_REJECTED;
        said[i].note = note;
    }
    px_image image = new_picture(400, 500);
    px_report report = new_report(&image);
    report.findings = said;
    report.n_findings = 14;
    char *text = read_page(&report);
    int reviews = 0;
    for (const char *at = text; (at = strstr(at, "Review: rejected")); at++)
        reviews++;
    assert_int_equal(reviews, 14);
    assert_null(strstr(text, "more findings"));
    free(text);
    px_image_clear(&image);
}

/* Texts of any length in any script, up to the most findings that an ensemble may have. */
static void it_is_always_one_page(void **state) {
    (void)state;
    static char title[3001];
    for (int i = 0; i < 1000; i++)
        memcpy(title + 3 * i, "\xe8\x83\xb8", 3);
    static px_report_finding many[1000];
    static px_report_member crowd[64];
    for (int i = 0; i < 1000; i++)
        many[i] = two_findings[0];
    for (int i = 0; i < 64; i++)
        crowd[i] = members[0];
    static const int counts[] = {0, 1, 14, 25, 1000};
    static const int sides[][2] = {{1, 3000}, {3000, 1}, {500, 500}};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        for (size_t k = 0; k < sizeof sides / sizeof *sides; k++) {
            px_image image = new_picture(sides[k][0], sides[k][1]);
            px_report report = new_report(&image);
            report.title = report.patient_reference = report.card = report.notice = title;
            report.ensemble = report.pictures[0].caption = title;
            bool noted = k == 1;
            for (int f = 0; f < counts[i]; f++)
                many[f].note = noted && f % 3 ? title : NULL;
            report.findings = many;
            report.n_findings = counts[i];
            report.members = crowd;
            report.n_members = 64;
            report.n_pictures = (int)(i % 4);
            report.pictures[2] = report.pictures[1];
            char *text = read_page(&report);
            assert_non_null(strstr(text, "Not a medical device."));
            bool cut = strstr(text, "more findings") != NULL;
            assert_true(cut == (counts[i] == 1000) || (cut && noted));
            free(text);
            px_image_clear(&image);
        }
}

static json_t *parse(const char *text) {
    json_t *json = json_loads(text, 0, NULL);
    assert_non_null(json);
    return json;
}

static void a_reading_fills_the_report(void **state) {
    (void)state;
    json_t *reading =
        parse("{\"sha256\":\"ab\",\"width\":30,\"height\":40,\"notice\":null,"
              "\"ensemble\":{\"name\":\"E\",\"version\":"
              "\"v\",\"members\":[{\"name\":\"m\",\"sha256\":\"cd\"}]},\"findings\":["
              "{\"id\":\"a\",\"name\":\"A\","
              "\"score\":0.5,\"disagreement\":0.25,\"review\":null},{\"id\":\"b\",\"name\":\"B\","
              "\"score\":0.1,\"threshold\":0,"
              "\"decision\":true,\"probability\":1,\"review\":{\"verdict\":"
              "\"rejected\",\"note\":\"N\"}}]}");
    json_t *card = parse("{\"training_data\":\"D\",\"limits\":\"L\"}");
    px_report report = {.notice = "before"};
    px_report_parts parts = {0};
    assert_true(px_report_fill_reading(&report, reading, card, &parts, NULL));
    assert_string_equal(report.sha256, "ab");
    assert_true(report.width == 30 && report.height == 40 && !report.notice);
    assert_int_equal(report.n_findings, 2);
    const px_report_finding *a = &report.findings[0], *b = &report.findings[1];
    assert_string_equal(a->name, "A");
    assert_true(a->score == 0.5 && a->disagreement == 0.25 && !a->has_threshold);
    assert_true(!a->has_probability && !a->decision);
    assert_true(b->has_threshold && b->threshold == 0 && b->decision && b->probability == 1);
    assert_true(a->verdict == PX_REPORT_UNJUDGED && !a->note);
    assert_int_equal(b->verdict, PX_REPORT_REJECTED);
    assert_string_equal(b->note, "N");
    assert_int_equal(report.n_members, 1);
    assert_string_equal(report.members[0].sha256, "cd");
    assert_string_equal(report.ensemble, "E");
    assert_string_equal(report.card, "Training data: D. Limits: L");
    px_report_parts_clear(&parts);
    json_decref(card);
    json_decref(reading);
}

/* What a store may hold after years: missing and mistyped members are as if they were not there. */
static void any_json_fills_a_report(void **state) {
    (void)state;
    static const char *const texts[] = {
        "{}", "[]", "{\"findings\":{},\"ensemble\":[],\"sha256\":1}",
        "{\"findings\":[1,null,{}],\"ensemble\":{\"members\":[{}]}}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        json_t *json = parse(texts[i]);
        px_report report = {0};
        px_report_parts parts = {0};
        assert_true(px_report_fill_reading(&report, json, json, &parts, NULL));
        assert_null(px_report_leading(json));
        free(read_page(&report));
        px_report_parts_clear(&parts);
        json_decref(json);
    }
}

/* The highest score relative to its threshold, among findings with a heat map. */
static void the_leading_finding(void **state) {
    (void)state;
    static const struct {
        const char *findings, *leads;
    } cases[] = {
        {"{'id':'a','score':0.5,'threshold':0.9,'box':[0,0,1,1]},"
         "{'id':'b','score':0.2,'threshold':0.1,'box':[0,0,1,1]}",
         "b"},
        {"{'id':'a','score':0.5,'box':[0,0,1,1]},{'id':'b','score':0.6,'box':[0,0,1,1]}", "b"},
        {"{'id':'a','score':0.5,'box':[0,0,1,1]},{'id':'b','score':0.6}", "a"},
        {"{'id':'a','score':0.5,'threshold':0.0,'box':[0,0,1,1]},"
         "{'id':'b','score':0.2,'threshold':0.25,'box':[0,0,1,1]}",
         "b"},
        {"{'id':'a','score':0,'box':[0,0,1,1]},{'id':'b','score':0,'box':[0,0,1,1]}", "a"},
        {"{'id':'a','score':0.5}", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = px_format(NULL, "{\"findings\":[%s]}", cases[i].findings);
        for (char *c = text; *c; c++)
            *c = *c == '\'' ? '"' : *c;
        json_t *reading = json_loads(text, 0, NULL);
        assert_non_null(reading);
        const json_t *leading = px_report_leading(reading);
        const char *id = json_string_value(json_object_get(leading, "id"));
        assert_true((id != NULL) == (cases[i].leads != NULL));
        if (id)
            assert_string_equal(id, cases[i].leads);
        json_decref(reading);
        free(text);
    }
    assert_null(px_report_leading(NULL));
}

static void fourteen_findings_are_all_shown(void **state) {
    (void)state;
    static const char *const names[] = {"F-01", "F-02", "F-03", "F-04", "F-05", "F-06", "F-07",
                                        "F-08", "F-09", "F-10", "F-11", "F-12", "F-13", "F-14"};
    px_report_finding findings[14];
    for (int i = 0; i < 14; i++) {
        findings[i] = two_findings[0];
        findings[i].name = names[i];
    }
    px_image image = new_picture(400, 500);
    px_report report = new_report(&image);
    report.findings = findings;
    report.n_findings = 14;
    expect_words(&report, names, 14);
    px_image_clear(&image);
}

static void what_is_missing_is_left_out(void **state) {
    (void)state;
    px_report report = {.made = 1795422700};
    char *text = read_page(&report);
    assert_non_null(strstr(text, "Chest X-ray"));
    assert_null(strstr(text, "Model card"));
    assert_null(strstr(text, "untrained"));
    assert_null(strstr(text, "(null)"));
    free(text);
}

static void properties_tell_nothing_of_the_patient(void **state) {
    (void)state;
    px_image image = new_picture(30, 40);
    px_report report = new_report(&image);
    px_buffer pdf;
    px_buffer_init(&pdf, CAP);
    assert_true(px_report_write_pdf(&report, &pdf, NULL));
    char *facts = ask_poppler("pdfinfo", &pdf);
    assert_non_null(strstr(facts, "perXeptron report on X-ray 4711"));
    assert_null(strstr(facts, "P-1042"));
    assert_null(strstr(facts, "Follow-up"));
    free(facts);
    px_buffer_clear(&pdf);
    px_image_clear(&image);
}

static void the_same_report_gives_the_same_bytes(void **state) {
    (void)state;
    px_image image = new_picture(300, 400);
    px_report report = new_report(&image);
    px_buffer first, second;
    px_buffer_init(&first, CAP);
    px_buffer_init(&second, CAP);
    assert_true(px_report_write_pdf(&report, &first, NULL));
    assert_true(px_report_write_pdf(&report, &second, NULL));
    assert_int_equal(first.size, second.size);
    assert_memory_equal(first.data, second.data, first.size);
    px_buffer_clear(&first);
    px_buffer_clear(&second);
    px_image_clear(&image);
}

static void *write_some(void *context) {
    px_buffer *pdf = context;
    px_image image = new_picture(100, 120);
    px_report report = new_report(&image);
    for (int i = 0; i < 5; i++) {
        px_buffer_clear(pdf);
        px_buffer_init(pdf, CAP);
        if (!px_report_write_pdf(&report, pdf, NULL))
            break;
    }
    px_image_clear(&image);
    return NULL;
}

static void threads_do_not_disturb_each_other(void **state) {
    (void)state;
    enum { THREADS = 4 };
    pthread_t threads[THREADS];
    px_buffer pdfs[THREADS];
    for (int i = 0; i < THREADS; i++) {
        px_buffer_init(&pdfs[i], CAP);
        assert_int_equal(pthread_create(&threads[i], NULL, write_some, &pdfs[i]), 0);
    }
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    for (int i = 0; i < THREADS; i++) {
        assert_true(pdfs[i].size > 1000 && pdfs[i].size == pdfs[0].size);
        assert_memory_equal(pdfs[i].data, pdfs[0].data, pdfs[0].size);
    }
    for (int i = 0; i < THREADS; i++)
        px_buffer_clear(&pdfs[i]);
}

static void expect_refusal(const px_report *report, px_error_code code, size_t cap) {
    px_buffer pdf;
    px_buffer_init(&pdf, cap);
    px_error err = {0};
    assert_false(px_report_write_pdf(report, &pdf, &err));
    assert_int_equal(err.code, code);
    assert_int_equal(pdf.size, 0);
    px_buffer_clear(&pdf);
}

static void what_cannot_be_drawn_is_refused(void **state) {
    (void)state;
    px_image image = new_picture(30, 40), none;
    px_image_init(&none);
    px_report report = new_report(&image);
    expect_refusal(&report, PX_ERR_LIMIT, 1000);
    report.n_pictures = PX_REPORT_PICTURES + 1;
    expect_refusal(&report, PX_ERR_USAGE, CAP);
    report.n_pictures = -1;
    expect_refusal(&report, PX_ERR_USAGE, CAP);
    report.n_pictures = 2;
    report.pictures[1].image = &none;
    expect_refusal(&report, PX_ERR_USAGE, CAP);
    px_image_clear(&image);
}

static bool write_report(px_error *err) {
    px_image image = {
        .width = 2, .height = 2, .channels = 1, .depth = 8, .pixels = (uint8_t[4]){0}};
    px_report report = new_report(&image);
    px_buffer pdf;
    px_buffer_init(&pdf, CAP);
    bool ok = px_report_write_pdf(&report, &pdf, err);
    assert_true(ok || pdf.size == 0);
    px_buffer_clear(&pdf);
    return ok;
}

static void memory_may_run_out_anywhere(void **state) {
    (void)state;
    exhaust(write_report, 10);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_on_the_page),
        cmocka_unit_test(decisions_need_an_operating_point),
        cmocka_unit_test(what_a_person_said_is_on_the_page),
        cmocka_unit_test(long_notes_make_room_for_all_findings),
        cmocka_unit_test(it_is_always_one_page),
        cmocka_unit_test(a_reading_fills_the_report),
        cmocka_unit_test(any_json_fills_a_report),
        cmocka_unit_test(the_leading_finding),
        cmocka_unit_test(fourteen_findings_are_all_shown),
        cmocka_unit_test(what_is_missing_is_left_out),
        cmocka_unit_test(properties_tell_nothing_of_the_patient),
        cmocka_unit_test(the_same_report_gives_the_same_bytes),
        cmocka_unit_test(threads_do_not_disturb_each_other),
        cmocka_unit_test(what_cannot_be_drawn_is_refused),
        cmocka_unit_test(memory_may_run_out_anywhere),
    };
    return cmocka_run_group_tests_name("report", tests, NULL, NULL);
}
