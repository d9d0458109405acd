/* The names of an input contract's choices, as files and the command line write them. */
#include <string.h>

#include "prepare.h"

#define COUNT(names) ((int)(sizeof(names) / sizeof *(names)))

static const char *const resize_names[] = {"bilinear", "bilinear-antialias", "area"};
static const char *const crop_names[] = {"none", "centre"};
static const char *const equalise_names[] = {"none", "global", "clahe"};
static const char *const scaling_names[] = {"unit", "tf", "imagenet", "xrv", "featurewise"};

static const char *name_of(const char *const *names, int count, int value) {
    return value >= 0 && value < count ? names[value] : NULL;
}

/* Index of a name, or -1. */
static int find_name(const char *const *names, int count, const char *name) {
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return i;
    return -1;
}

#define DEFINE_NAMES(what)                                                                         \
    const char *px_##what##_name(px_##what value) {                                                \
        return name_of(what##_names, COUNT(what##_names), (int)value);                             \
    }                                                                                              \
    bool px_##what##_from_name(const char *name, px_##what *value) {                               \
        int found = find_name(what##_names, COUNT(what##_names), name);                            \
        if (found >= 0)                                                                            \
            *value = (px_##what)found;                                                             \
        return found >= 0;                                                                         \
    }
DEFINE_NAMES(resize)
DEFINE_NAMES(crop)
DEFINE_NAMES(equalise)
DEFINE_NAMES(scaling)
