/* HDF5 weights: whatever becomes of the child that reads them, this process gets weights or an
 * error. */
#include <stdlib.h>

#include "../src/model/hdf5_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    px_hdf5_file file = {0};
    px_error err = {0};
    bool ok = px_hdf5_read(data, size, &file, &err);
    if (ok != (err.code == PX_OK) || (!ok && file.n_tensors != 0))
        abort();
    px_hdf5_clear(&file);
    return 0;
}
