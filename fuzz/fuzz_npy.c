/* Any bytes as a .npy tensor. */
#include <math.h>
#include <stdlib.h>

#include "../src/reader/npy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    float *tensor = NULL;
    int side = 0;
    px_error err = {0};
    if (px_npy_parse(data, size, &tensor, &side, &err)) {
        for (int64_t i = 0; i < (int64_t)side * side * 3; i++) {
            if (!isfinite(tensor[i]))
                __builtin_trap();
        }
    } else if (err.code == PX_OK || tensor) {
        __builtin_trap();
    }
    free(tensor);
    return 0;
}
