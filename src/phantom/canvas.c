/* The planes of a phantom: made and freed together. */
#include "canvas.h"

static void list_planes(px_canvas *canvas, px_plane *planes[7]) {
    px_plane *const all[7] = {&canvas->soft,  &canvas->air,     &canvas->vessels,  &canvas->bone,
                              &canvas->metal, &canvas->scratch, &canvas->scratch_2};
    for (int i = 0; i < 7; i++) {
        planes[i] = all[i];
    }
}

bool px_canvas_new(px_canvas *canvas, int size, px_error *err) {
    px_plane *planes[7];
    px_canvas made = {0};
    list_planes(&made, planes);
    for (int i = 0; i < 7; i++) {
        if (!px_plane_new(planes[i], size, size, err)) {
            px_canvas_clear(&made);
            return false;
        }
    }
    *canvas = made;
    return true;
}

void px_canvas_clear(px_canvas *canvas) {
    px_plane *planes[7];
    list_planes(canvas, planes);
    for (int i = 0; i < 7; i++) {
        px_plane_clear(planes[i]);
    }
}
