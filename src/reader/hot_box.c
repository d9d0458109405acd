/* The box around a heat map's hottest region: connected components, one row at a time. */
#include <stdlib.h>

#include "../base/memory.h"
#include "heatmap.h"

typedef struct component {
    int parent; /* itself, or the component it was joined to */
    int left, top, right, bottom;
} component;

typedef struct labelling {
    component *items;
    int count, room;
    int *above, *row; /* component of each pixel of the last row and of this one; -1 for none */
} labelling;

static int find_root(component *items, int i) {
    while (items[i].parent != i) {
        items[i].parent = items[items[i].parent].parent;
        i = items[i].parent;
    }
    return i;
}

static int join(component *items, int a, int b) {
    a = find_root(items, a);
    b = find_root(items, b);
    if (a == b)
        return a;
    component *into = &items[a], *from = &items[b];
    from->parent = a;
    into->left = from->left < into->left ? from->left : into->left;
    into->top = from->top < into->top ? from->top : into->top;
    into->right = from->right > into->right ? from->right : into->right;
    into->bottom = from->bottom > into->bottom ? from->bottom : into->bottom;
    return a;
}

static int add_component(labelling *l, int x, int y, px_error *err) {
    if (l->count == l->room) {
        int room = l->room ? l->room * 2 : 64;
        void *items = l->items;
        if (!px_realloc(&items, (size_t)room, sizeof *l->items, err))
            return -1;
        l->items = items;
        l->room = room;
    }
    l->items[l->count] = (component){l->count, x, y, x, y};
    return l->count++;
}

static bool label_row(labelling *l, const float *heat, int width, int y, float least,
                      px_error *err) {
    for (int x = 0; x < width; x++) {
        l->row[x] = -1;
        if (heat[x] < least)
            continue;
        int left = x > 0 ? l->row[x - 1] : -1, above = l->above[x];
        int own = left >= 0 && above >= 0 ? join(l->items, left, above)
                  : left >= 0             ? find_root(l->items, left)
                  : above >= 0            ? find_root(l->items, above)
                                          : add_component(l, x, y, err);
        if (own < 0)
            return false;
        component *c = &l->items[own];
        c->left = x < c->left ? x : c->left;
        c->right = x > c->right ? x : c->right;
        c->bottom = y;
        l->row[x] = own;
    }
    return true;
}

/* Label every row; @return the component of pixel (peak_x, peak_y), or -1. */
static int label_all(labelling *l, const float *heat, int width, int height, size_t peak,
                     float least, px_error *err) {
    int hottest = -1;
    size_t columns = (size_t)width;
    for (int x = 0; x < width; x++)
        l->row[x] = -1;
    for (int y = 0; y < height; y++) {
        int *swap = l->above;
        l->above = l->row;
        l->row = swap;
        if (!label_row(l, heat + (size_t)y * columns, width, y, least, err))
            return -1;
        if (peak / columns == (size_t)y)
            hottest = l->row[peak % columns];
    }
    return find_root(l->items, hottest);
}

bool px_heat_box(const float *heat, int width, int height, int box[4], px_error *err) {
    size_t count = (size_t)width * (size_t)height, peak = 0;
    for (size_t i = 1; i < count; i++)
        peak = heat[i] > heat[peak] ? i : peak;
    if (count == 0 || !(heat[peak] > 0)) {
        box[0] = box[1] = box[2] = box[3] = 0;
        return true;
    }
    labelling l = {.above = px_alloc((size_t)width, sizeof(int), err),
                   .row = px_alloc((size_t)width, sizeof(int), err)};
    int hottest = l.above && l.row
                      ? label_all(&l, heat, width, height, peak, heat[peak] * PX_HOT_SHARE, err)
                      : -1;
    if (hottest >= 0) {
        const component *c = &l.items[hottest];
        box[0] = c->left;
        box[1] = c->top;
        box[2] = c->right - c->left + 1;
        box[3] = c->bottom - c->top + 1;
    }
    free(l.items);
    free(l.above);
    free(l.row);
    return hottest >= 0;
}
