/* Names of files that are made for radiographs. */
#include "predict_stems.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

enum { MAX_STEM = 100 };

/* "/a/Mr X.png" to "Mr_X". */
static char *make_stem(const char *file, px_error *err) {
    const char *slash = strrchr(file, '/'), *base = slash ? slash + 1 : file;
    const char *dot = strrchr(base, '.');
    size_t length = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    char *stem = px_format(err, "%.*s", (int)(length < MAX_STEM ? length : MAX_STEM),
                           strcmp(file, "-") == 0 ? "stdin" : base);
    for (char *p = stem; p && *p; p++) {
        bool safe = isascii((unsigned char)*p) && (isalnum((unsigned char)*p) || *p == '-');
        if (!safe && (*p != '.' || p == stem))
            *p = '_';
    }
    return stem;
}

/* With each stem stands the last number that was tried for it: data sets have thousands of files of
 * one name. */
char *px_stems_claim(px_stems *stems, const char *file, px_error *err) {
    if (!stems->used && !(stems->used = json_object())) {
        px_fail_memory(err);
        return NULL;
    }
    char *stem = make_stem(file, err), *unique = px_strdup(stem, err);
    json_int_t number = unique ? json_integer_value(json_object_get(stems->used, stem)) : 0;
    while (unique && json_object_get(stems->used, unique)) {
        free(unique);
        unique = px_format(err, "%s_%lld", stem, (long long)++number);
    }
    if (unique && (json_object_set_new(stems->used, unique, json_integer(1)) != 0 ||
                   (number && json_object_set_new(stems->used, stem, json_integer(number)) != 0))) {
        px_fail_memory(err);
        free(unique);
        unique = NULL;
    }
    free(stem);
    return unique;
}

void px_stems_clear(px_stems *stems) {
    json_decref(stems->used);
    *stems = (px_stems){0};
}
