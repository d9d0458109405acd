/* Decoding any bytes, then preparing and encoding what came out. Small limits: speed, not size. */
#include "../src/base/buffer.h"
#include "../src/image/prepare.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const px_image_limits limits = {
    .max_bytes = 1 << 20, .max_pixels = 1 << 16, .max_side = 4096};

/* Every choice of an input contract comes up: the file's length picks one. */
static void prepare(const px_image *image, size_t choice) {
    static float tensor[19 * 23 * 3];
    const px_input_spec spec = {.width = 23,
                                .height = 19,
                                .channels = choice & 1 ? 3 : 1,
                                .crop = (px_crop)(choice / 2 % 2),
                                .equalise = (px_equalise)(choice / 4 % 3),
                                .resize = (px_resize)(choice / 12 % 3),
                                .scaling = PX_SCALING_TF};
    if (!px_image_prepare(image, &spec, tensor, NULL))
        __builtin_trap();
}

static void encode(const px_image *image) {
    px_buffer file;
    px_buffer_init(&file, 1 << 22);
    bool png = px_image_encode_png(image, &file, NULL);
    bool jpeg = px_image_encode_jpeg(image, 80, &file, NULL);
    if (!png || jpeg != (image->depth == 8))
        __builtin_trap();
    px_buffer_clear(&file);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    px_image image;
    px_image_init(&image);
    px_error err = {0};
    if (px_image_decode(data, size, &limits, &image, &err) != (err.code == PX_OK))
        __builtin_trap();
    px_image_is_alone(data, size);
    if (image.pixels) {
        prepare(&image, size);
        encode(&image);
    }
    px_image_clear(&image);
    return 0;
}
