/* Write the tensor of an image to standard output, for comparing with other programs:
 * prepare_tool IMAGE WIDTH HEIGHT CHANNELS CROP EQUALISE RESIZE SCALING */
#include <stdio.h>
#include <stdlib.h>

#include "../src/image/prepare.h"

static bool read_spec(char **arguments, px_input_spec *spec) {
    spec->width = (int)strtol(arguments[0], NULL, 10);
    spec->height = (int)strtol(arguments[1], NULL, 10);
    spec->channels = (int)strtol(arguments[2], NULL, 10);
    return px_crop_from_name(arguments[3], &spec->crop) &&
           px_equalise_from_name(arguments[4], &spec->equalise) &&
           px_resize_from_name(arguments[5], &spec->resize) &&
           px_scaling_from_name(arguments[6], &spec->scaling) && spec->width > 0 &&
           spec->height > 0 && spec->channels > 0;
}

int main(int count, char **arguments) {
    px_input_spec spec = {0};
    px_image image;
    px_error err = {0};
    px_image_init(&image);
    if (count != 9 || !read_spec(arguments + 2, &spec))
        return 1;
    size_t values = (size_t)spec.width * (size_t)spec.height * (size_t)spec.channels;
    float *tensor = malloc(values * sizeof *tensor);
    bool ok = tensor && px_image_read(arguments[1], NULL, &image, &err) &&
              px_image_prepare(&image, &spec, tensor, &err) &&
              fwrite(tensor, sizeof *tensor, values, stdout) == values;
    if (!ok)
        fprintf(stderr, "%s: %s\n", err.subject, err.message);
    px_image_clear(&image);
    free(tensor);
    return ok ? 0 : 2;
}
