/* Any bytes as a ZIP archive of images: all of them listed, looked up and read within a cap. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../src/dataset/image_source.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CAP = 1 << 16 };

static void check_entry(const px_image_source *source, int64_t entry) {
    const char *name = px_image_source_name(source, entry);
    if (px_image_source_find(source, name) != entry || name[0] == '/' ||
        strncmp(name, "../", 3) == 0 || strstr(name, "/../") || strchr(name, '\\') ||
        px_image_source_match(source, name, NULL) != entry)
        abort();
    px_buffer bytes;
    px_error err = {0};
    px_buffer_init(&bytes, CAP);
    const bool ok = px_image_source_read(source, entry, &bytes, &err);
    if (ok != (err.code == PX_OK) || bytes.size > CAP)
        abort();
    px_buffer_clear(&bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const int fd = memfd_create("archive", MFD_CLOEXEC);
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (fd < 0 || write(fd, data, size) != (ssize_t)size)
        abort();
    px_error err = {0};
    px_image_source *source = px_image_source_open(path, &err);
    if ((source != NULL) != (err.code == PX_OK))
        abort();
    for (int64_t i = 0; source && i < px_image_source_count(source) && i < 100; i++)
        check_entry(source, i);
    px_image_source_free(source);
    close(fd);
    return 0;
}
