/* A row at a time, so that it takes no second image of the large size. */
#include "reduce.h"

#include <math.h>
#include <stdlib.h>

#include "../base/memory.h"
#include "resize.h"

void px_image_fit(int width, int height, int most, int *to_width, int *to_height) {
    int longer = width > height ? width : height;
    double factor = longer > most ? (double)most / longer : 1;
    *to_width = (int)fmax(1, round(width * factor));
    *to_height = (int)fmax(1, round(height * factor));
}

bool px_image_reduce(const px_image *from, int width, int height, px_image *to, px_error *err) {
    px_view view = {from->pixels,   from->depth == 8 ? PX_SAMPLE_U8 : PX_SAMPLE_U16,
                    from->width,    from->height,
                    from->channels, (size_t)from->width * (size_t)from->channels};
    px_resizer resizer = {0};
    size_t n = (size_t)width * (size_t)from->channels;
    float *row = px_alloc(n, sizeof *row, err);
    bool ok = row && px_image_new(to, width, height, from->channels, 8, err) &&
              px_resizer_init(&resizer, &view, width, height, PX_RESIZE_AREA, err);
    float unit = from->depth == 8 ? 1 : 1 / 257.0f;
    for (int y = 0; ok && y < height; y++) {
        px_resizer_row(&resizer, y, row);
        uint8_t *samples = (uint8_t *)to->pixels + (size_t)y * n;
        for (size_t i = 0; i < n; i++)
            samples[i] = (uint8_t)lrintf(fminf(fmaxf(row[i] * unit, 0), 255));
    }
    px_resizer_clear(&resizer);
    free(row);
    return ok;
}
