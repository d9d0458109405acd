/* Walks over a text as CPython's Modules/_json.c does, to fail where and how it fails. */
#include "python_json.h"

#include <stdio.h>
#include <string.h>

#define DEEPEST 500

typedef struct walk {
    const char *text, *end;
    const char *at;
    const char *problem; /* what is wrong; NULL so far */
    const char *where;   /* and where */
    int depth;
} walk;

static bool stop(walk *w, const char *problem, const char *where) {
    w->problem = problem;
    w->where = where;
    return false;
}

static bool is_next(const walk *w, char c) {
    return w->at < w->end && *w->at == c;
}

static bool take_word(walk *w, const char *word) {
    size_t size = strlen(word);
    if ((size_t)(w->end - w->at) < size || memcmp(w->at, word, size) != 0)
        return false;
    w->at += size;
    return true;
}

static void skip_blanks(walk *w) {
    while (is_next(w, ' ') || is_next(w, '\t') || is_next(w, '\n') || is_next(w, '\r'))
        w->at++;
}

static bool skip_digits(walk *w) {
    const char *start = w->at;
    while (w->at < w->end && *w->at >= '0' && *w->at <= '9')
        w->at++;
    return w->at > start;
}

/* What does not belong to a number is left for whoever comes next. */
static bool walk_number(walk *w) {
    const char *start = w->at, *whole;
    if (is_next(w, '-'))
        w->at++;
    if (is_next(w, '0'))
        w->at++;
    else if (!skip_digits(w))
        return stop(w, "Expecting value", start);
    whole = w->at;
    if (is_next(w, '.') && (w->at++, !skip_digits(w)))
        w->at = whole;
    whole = w->at;
    if (is_next(w, 'e') || is_next(w, 'E')) {
        w->at++;
        if (is_next(w, '+') || is_next(w, '-'))
            w->at++;
        if (!skip_digits(w))
            w->at = whole;
    }
    return true;
}

/* After the backslash. */
static bool walk_escape(walk *w) {
    const char *letter = w->at++;
    if (*letter != 'u')
        return strchr("\"\\/bfnrt", *letter) && *letter != '\0'
                   ? true
                   : stop(w, "Invalid \\escape", letter - 1);
    for (int i = 0; i < 4; i++, w->at++)
        if (w->at >= w->end - 1 || !strchr("0123456789abcdefABCDEF", *w->at) || *w->at == '\0')
            return stop(w, "Invalid \\uXXXX escape", letter);
    return true;
}

/* From the opening quote on. */
static bool walk_string(walk *w) {
    const char *start = w->at++;
    while (w->at < w->end && *w->at != '"') {
        if ((unsigned char)*w->at < ' ')
            return stop(w, "Invalid control character at", w->at);
        if (*w->at++ != '\\')
            continue;
        if (w->at == w->end)
            break;
        if (!walk_escape(w))
            return false;
    }
    if (w->at >= w->end)
        return stop(w, "Unterminated string starting at", start);
    w->at++;
    return true;
}

static bool walk_value(walk *w);

static bool walk_member(walk *w) {
    if (!is_next(w, '"'))
        return stop(w, "Expecting property name enclosed in double quotes", w->at);
    if (!walk_string(w))
        return false;
    skip_blanks(w);
    if (!is_next(w, ':'))
        return stop(w, "Expecting ':' delimiter", w->at);
    w->at++;
    skip_blanks(w);
    return walk_value(w);
}

/* From the opening bracket on; `walk_item` walks over one of what is between the commas. */
static bool walk_items(walk *w, char closing, bool (*walk_item)(walk *w)) {
    w->at++;
    skip_blanks(w);
    while (!is_next(w, closing)) {
        if (!walk_item(w))
            return false;
        skip_blanks(w);
        if (is_next(w, closing))
            break;
        if (!is_next(w, ','))
            return stop(w, "Expecting ',' delimiter", w->at);
        w->at++;
        skip_blanks(w);
        if (is_next(w, closing))
            return walk_item(w);
    }
    w->at++;
    return true;
}

/* Django REST Framework refused what Python would have taken. */
static bool walk_constant(walk *w) {
    static const char *const words[] = {"null", "true", "false"};
    static const char *const numbers[][2] = {
        {"NaN", "Out of range float values are not JSON compliant: 'NaN'"},
        {"Infinity", "Out of range float values are not JSON compliant: 'Infinity'"},
        {"-Infinity", "Out of range float values are not JSON compliant: '-Infinity'"}};
    for (int i = 0; i < 3; i++)
        if (take_word(w, words[i]))
            return true;
    for (int i = 0; i < 3; i++)
        if (take_word(w, numbers[i][0]))
            return stop(w, numbers[i][1], NULL);
    return walk_number(w);
}

static bool walk_value(walk *w) {
    if (++w->depth > DEEPEST)
        return false;
    bool ok = is_next(w, '"')   ? walk_string(w)
              : is_next(w, '{') ? walk_items(w, '}', walk_member)
              : is_next(w, '[') ? walk_items(w, ']', walk_value)
                                : walk_constant(w);
    w->depth--;
    return ok;
}

/* Places are counted in characters; columns from 1, and so do lines. */
static void print_place(const walk *w, char message[PX_PYTHON_JSON_SIZE]) {
    size_t line = 1, column = 1, characters = 0;
    for (const char *c = w->text; c < w->where; c++) {
        bool begins = ((unsigned char)*c & 0xc0) != 0x80;
        characters += begins;
        column = *c == '\n' ? 1 : column + begins;
        line += *c == '\n';
    }
    snprintf(message, PX_PYTHON_JSON_SIZE, "%s: line %zu column %zu (char %zu)", w->problem, line,
             column, characters);
}

bool px_python_json_problem(const char *text, size_t size, char message[PX_PYTHON_JSON_SIZE]) {
    walk w = {.text = text, .end = text + size, .at = text};
    if (take_word(&w, "\xef\xbb\xbf"))
        stop(&w, "Unexpected UTF-8 BOM (decode using utf-8-sig)", text);
    skip_blanks(&w);
    if (!w.problem && walk_value(&w)) {
        skip_blanks(&w);
        if (w.at < w.end)
            stop(&w, "Extra data", w.at);
    }
    if (w.problem && w.where)
        print_place(&w, message);
    else if (w.problem)
        snprintf(message, PX_PYTHON_JSON_SIZE, "%s", w.problem);
    return w.problem != NULL;
}
