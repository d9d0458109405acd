/* The bounded table of subjects, against a list that is searched from end to end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "../src/base/random.h"
#include "../src/server/recent.h"

#define ROOM 100

/* The newest last. */
typedef struct model {
    int subjects[ROOM];
    int64_t values[ROOM];
    int count, capacity;
} model;

static int model_find(const model *m, int subject) {
    for (int i = 0; i < m->count; i++)
        if (m->subjects[i] == subject)
            return i;
    return -1;
}

static void model_remove(model *m, int at) {
    m->count--;
    for (int i = at; i < m->count; i++) {
        m->subjects[i] = m->subjects[i + 1];
        m->values[i] = m->values[i + 1];
    }
}

/* Returns the place of its value. */
static int64_t *model_use(model *m, int subject) {
    int at = model_find(m, subject);
    const int64_t value = at >= 0 ? m->values[at] : 0;
    if (at >= 0)
        model_remove(m, at);
    else if (m->count == m->capacity)
        model_remove(m, 0);
    m->subjects[m->count] = subject;
    m->values[m->count] = value;
    return &m->values[m->count++];
}

static const char *name_of(int subject) {
    static char name[32];
    snprintf(name, sizeof name, "user:%d", subject);
    return name;
}

static void check_same(px_recent *recent, const model *m, int subjects) {
    assert_int_equal(px_recent_count(recent), m->count);
    for (int i = 0; i < subjects; i++) {
        const int at = model_find(m, i);
        const px_recent_entry *entry = px_recent_find(recent, name_of(i));
        assert_int_equal(entry != NULL, at >= 0);
        if (entry)
            assert_int_equal(entry->time, m->values[at]);
    }
}

static void check_capacity(int capacity) {
    px_recent *recent = px_recent_new(capacity, NULL);
    assert_non_null(recent);
    model m = {.capacity = capacity};
    px_random random;
    px_random_init(&random, 3, (uint64_t)capacity);
    const int subjects = 2 * capacity + 3;
    for (int step = 0; step < 3000; step++) {
        const int subject = (int)px_random_below(&random, (uint64_t)subjects);
        if (px_random_below(&random, 4) == 0) {
            px_recent_forget(recent, name_of(subject));
            if (model_find(&m, subject) >= 0)
                model_remove(&m, model_find(&m, subject));
        } else {
            px_recent_entry *entry = px_recent_use(recent, name_of(subject));
            int64_t *value = model_use(&m, subject);
            assert_int_equal(entry->time, *value);
            entry->time = *value = step + 1;
        }
        check_same(recent, &m, subjects);
    }
    px_recent_free(recent);
}

static void it_keeps_what_was_used_last(void **state) {
    (void)state;
    check_capacity(1);
    check_capacity(2);
    check_capacity(7);
    check_capacity(16);
    check_capacity(33);
}

static void new_entries_are_zero(void **state) {
    (void)state;
    px_recent *recent = px_recent_new(1, NULL);
    assert_non_null(recent);
    *px_recent_use(recent, "a") = (px_recent_entry){1, 2};
    const px_recent_entry *b = px_recent_use(recent, "b");
    assert_int_equal(b->time, 0);
    assert_int_equal(b->count, 0);
    assert_null(px_recent_find(recent, "a"));
    px_recent_forget(recent, "a");
    assert_int_equal(px_recent_count(recent), 1);
    px_recent_free(recent);
    px_recent_free(NULL);
}

static void looking_is_no_use(void **state) {
    (void)state;
    px_recent *recent = px_recent_new(2, NULL);
    assert_non_null(recent);
    px_recent_use(recent, "old");
    px_recent_use(recent, "new");
    assert_non_null(px_recent_find(recent, "old"));
    px_recent_use(recent, "newest");
    assert_null(px_recent_find(recent, "old"));
    assert_non_null(px_recent_find(recent, "new"));
    px_recent_free(recent);
}

static void any_text_is_a_subject(void **state) {
    (void)state;
    char longer[5000];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    px_recent *recent = px_recent_new(4, NULL);
    assert_non_null(recent);
    px_recent_use(recent, "")->count = 1;
    px_recent_use(recent, longer)->count = 2;
    longer[sizeof longer - 2] = 'y';
    px_recent_use(recent, longer)->count = 3;
    assert_int_equal(px_recent_find(recent, "")->count, 1);
    assert_int_equal(px_recent_find(recent, longer)->count, 3);
    longer[sizeof longer - 2] = 'x';
    assert_int_equal(px_recent_find(recent, longer)->count, 2);
    px_recent_free(recent);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_keeps_what_was_used_last), cmocka_unit_test(new_entries_are_zero),
        cmocka_unit_test(looking_is_no_use), cmocka_unit_test(any_text_is_a_subject)};
    return cmocka_run_group_tests_name("recent", tests, NULL, NULL);
}
