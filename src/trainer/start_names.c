/* Names of a file's tensors, automatic ones counted anew (start_names.h). */
#include "start_names.h"

#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"

enum { STEMS = 2, MOST_DIGITS = 6 };
static const char *const stems[STEMS] = {"conv2d", "batch_normalization"};

/* The numbers that automatic names of each kind have, ascending, each once. */
typedef struct numbering {
    int count[STEMS];
    int *numbers[STEMS];
} numbering;

/* A tensor's layer, and what it is there. */
typedef struct tensor_name {
    const char *layer;
    int length;
    const char *what;
} tensor_name;

static tensor_name split_name(const px_tensor *tensor, const px_hdf5_tensor *group) {
    const char *slash = strrchr(tensor->name, '/');
    tensor_name name = {tensor->name, slash ? (int)(slash - tensor->name) : 0,
                        slash ? slash + 1 : tensor->name};
    if (group) {
        name.layer = group->group;
        name.length = (int)strlen(group->group);
    }
    return name;
}

/* The kind of an automatic name ("conv2d_7"), else -1. @param number  0: a name without one. */
static int find_stem(tensor_name name, int *number) {
    for (int s = 0; s < STEMS; s++) {
        int stem = (int)strlen(stems[s]);
        if (name.length < stem || strncmp(name.layer, stems[s], (size_t)stem) != 0)
            continue;
        const char *end = name.layer + name.length, *at = name.layer + stem;
        *number = 0;
        if (at == end)
            return s;
        if (*at++ != '_' || at == end || end - at > MOST_DIGITS)
            continue;
        for (; at < end && *at >= '0' && *at <= '9'; at++)
            *number = 10 * *number + (*at - '0');
        if (at == end)
            return s;
    }
    return -1;
}

static int compare_ints(const void *a, const void *b) {
    int x = *(const int *)a, y = *(const int *)b;
    return (x > y) - (x < y);
}

static bool number_layers(const px_tensor *tensors, int n, const px_hdf5_tensor *groups,
                          numbering *names, px_error *err) {
    for (int s = 0; s < STEMS; s++) {
        names->numbers[s] = px_alloc((size_t)n, sizeof(int), err);
        if (!names->numbers[s])
            return false;
    }
    for (int i = 0; i < n; i++) {
        int number, s = find_stem(split_name(&tensors[i], groups ? &groups[i] : NULL), &number);
        if (s >= 0)
            names->numbers[s][names->count[s]++] = number;
    }
    for (int s = 0; s < STEMS; s++) {
        int *numbers = names->numbers[s], kept = 0;
        qsort(numbers, (size_t)names->count[s], sizeof *numbers, compare_ints);
        for (int i = 0; i < names->count[s]; i++) {
            if (kept == 0 || numbers[kept - 1] != numbers[i])
                numbers[kept++] = numbers[i];
        }
        names->count[s] = kept;
    }
    return true;
}

static void clear_numbering(numbering *names) {
    for (int s = 0; s < STEMS; s++)
        free(names->numbers[s]);
}

/* The name as the builders would have it. To be freed. */
static char *make_name(const numbering *names, tensor_name name, px_error *err) {
    int number, s = find_stem(name, &number);
    if (s < 0)
        return px_format(err, "%.*s%s%s", name.length, name.layer, name.length ? "/" : "",
                         name.what);
    const int *found =
        bsearch(&number, names->numbers[s], (size_t)names->count[s], sizeof(int), compare_ints);
    return px_format(err, "%s_%d/%s", stems[s], (int)(found - names->numbers[s]) + 1, name.what);
}

/* Add the tensors by one kind of name; what is there already stays. */
static bool add_names(json_t *index, const px_tensor *tensors, int n, const px_hdf5_tensor *groups,
                      px_error *err) {
    numbering names = {0};
    bool ok = number_layers(tensors, n, groups, &names, err);
    for (int i = 0; ok && i < n; i++) {
        char *name = make_name(&names, split_name(&tensors[i], groups ? &groups[i] : NULL), err);
        ok = name && (json_object_get(index, name) ||
                      json_object_set_new_nocheck(index, name, json_integer(i)) == 0 ||
                      px_fail_memory(err));
        free(name);
    }
    clear_numbering(&names);
    return ok;
}

json_t *px_start_names(const px_tensor *tensors, int n, const px_hdf5_tensor *groups,
                       px_error *err) {
    json_t *index = json_object();
    if (!index) {
        px_fail_memory(err);
        return NULL;
    }
    if (add_names(index, tensors, n, NULL, err) &&
        (!groups || add_names(index, tensors, n, groups, err)))
        return index;
    json_decref(index);
    return NULL;
}
