/* Files: read whole, map, write so that a reader sees the old file or the new one, never half. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "error.h"
#include "memory.h"

struct px_file_writer {
    FILE *stream;
    char *path;      /* as the caller named it, for messages */
    char *target;    /* what to rename to: links followed; NULL when written straight */
    char *temporary; /* NULL when written straight */
};

static bool is_dash(const char *path) {
    return strcmp(path, "-") == 0;
}

static bool read_descriptor(int fd, const char *path, px_buffer *out, px_error *err) {
    unsigned char chunk[65536];
    for (;;) {
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n == 0)
            return true;
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return px_fail_errno(err, path, "cannot read");
        if (!px_buffer_append(out, chunk, (size_t)n, err)) {
            px_error_set_subject(err, path);
            return false;
        }
    }
}

bool px_file_read(const char *path, px_buffer *out, px_error *err) {
    size_t before = out->size;
    int fd = is_dash(path) ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return px_fail_errno(err, path, "cannot open");
    bool ok = read_descriptor(fd, path, out, err);
    if (fd != STDIN_FILENO)
        close(fd);
    if (!ok && out->data) {
        out->size = before;
        out->data[before] = 0;
    }
    return ok;
}

static bool map_descriptor(px_mapping *mapping, int fd, const char *path, size_t cap,
                           px_error *err) {
    struct stat info;
    if (fstat(fd, &info) != 0)
        return px_fail_errno(err, path, "cannot read");
    if (!S_ISREG(info.st_mode))
        return px_fail(err, PX_ERR_INPUT, path, "not a regular file");
    if ((uintmax_t)info.st_size > cap)
        return px_fail(err, PX_ERR_LIMIT, path, "%jd bytes, more than the %zu allowed",
                       (intmax_t)info.st_size, cap);
    void *data = NULL;
    if (info.st_size > 0) {
        data = mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (data == MAP_FAILED)
            return px_fail_errno(err, path, "cannot map");
    }
    *mapping = (px_mapping){data, (size_t)info.st_size};
    return true;
}

bool px_mapping_open(px_mapping *mapping, const char *path, size_t cap, px_error *err) {
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a FIFO must not block */
    if (fd < 0)
        return px_fail_errno(err, path, "cannot open");
    bool ok = map_descriptor(mapping, fd, path, cap, err);
    close(fd);
    return ok;
}

void px_mapping_close(px_mapping *mapping) {
    if (mapping->data)
        munmap((void *)(uintptr_t)mapping->data, mapping->size);
    *mapping = (px_mapping){0};
}

static void writer_free(px_file_writer *writer) {
    free(writer->path);
    free(writer->target);
    free(writer->temporary);
    free(writer);
}

/* A new file beside the target, under a name that nobody else uses. mkstemp() would make it 0600
 * whatever the umask. */
static int create_temporary(px_file_writer *writer, px_error *err) {
    static atomic_uint counter;
    for (int attempt = 0; attempt < 100; attempt++) {
        free(writer->temporary);
        writer->temporary = px_format(err, "%s.%ld-%u.part", writer->target, (long)getpid(),
                                      atomic_fetch_add(&counter, 1));
        if (!writer->temporary)
            return -1;
        int fd = open(writer->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST)
            break;
    }
    px_fail_errno(err, writer->path, "cannot write");
    free(writer->temporary); /* not ours to unlink */
    writer->temporary = NULL;
    return -1;
}

/* Opens where the bytes go: stdout, a device or pipe itself, or a temporary file. */
static int open_destination(px_file_writer *writer, px_error *err) {
    struct stat info;
    if (is_dash(writer->path)) {
        int fd = dup(STDOUT_FILENO);
        if (fd < 0)
            px_fail_errno(err, "stdout", "cannot write");
        return fd;
    }
    bool exists = stat(writer->path, &info) == 0;
    if (exists && S_ISDIR(info.st_mode)) {
        px_fail(err, PX_ERR_IO, writer->path, "cannot write: it is a folder");
        return -1;
    }
    if (exists && !S_ISREG(info.st_mode)) {
        int fd = open(writer->path, O_WRONLY | O_CLOEXEC);
        if (fd < 0)
            px_fail_errno(err, writer->path, "cannot write");
        return fd;
    }
    writer->target = exists ? realpath(writer->path, NULL) : px_strdup(writer->path, err);
    if (!writer->target) {
        px_fail_errno(err, writer->path, "cannot write");
        return -1;
    }
    int fd = create_temporary(writer, err);
    if (fd >= 0 && exists)
        fchmod(fd, info.st_mode & 0777); /* where that fails, the umask's permissions do */
    return fd;
}

px_file_writer *px_file_writer_open(const char *path, px_error *err) {
    px_file_writer *writer = px_alloc(1, sizeof *writer, err);
    if (!writer)
        return NULL;
    writer->path = px_strdup(path, err);
    int fd = writer->path ? open_destination(writer, err) : -1;
    if (fd >= 0 && !(writer->stream = fdopen(fd, "wb"))) {
        px_fail_errno(err, path, "cannot write");
        close(fd);
    }
    if (!writer->stream) {
        px_file_writer_abandon(writer);
        return NULL;
    }
    return writer;
}

bool px_file_writer_write(px_file_writer *writer, const void *bytes, size_t size, px_error *err) {
    if (size && fwrite(bytes, 1, size, writer->stream) != size)
        return px_fail_errno(err, writer->path, "cannot write");
    return true;
}

bool px_file_writer_commit(px_file_writer *writer, px_error *err) {
    FILE *stream = writer->stream;
    int number = EIO; /* an earlier write failed, whatever it was */
    bool ok = !ferror(stream);
    if (ok) {
        ok = fflush(stream) == 0 && (!writer->temporary || fsync(fileno(stream)) == 0);
        number = errno;
    }
    writer->stream = NULL;
    if (fclose(stream) != 0 && ok) {
        ok = false;
        number = errno;
    }
    if (ok && writer->temporary && rename(writer->temporary, writer->target) != 0) {
        ok = false;
        number = errno;
    }
    if (ok) {
        writer_free(writer);
        return true;
    }
    errno = number;
    px_fail_errno(err, writer->path, "cannot write");
    px_file_writer_abandon(writer);
    return false;
}

void px_file_writer_abandon(px_file_writer *writer) {
    if (!writer)
        return;
    if (writer->stream)
        fclose(writer->stream);
    if (writer->temporary)
        unlink(writer->temporary);
    writer_free(writer);
}

bool px_file_write(const char *path, const void *bytes, size_t size, px_error *err) {
    px_file_writer *writer = px_file_writer_open(path, err);
    if (!writer)
        return false;
    if (!px_file_writer_write(writer, bytes, size, err)) {
        px_file_writer_abandon(writer);
        return false;
    }
    return px_file_writer_commit(writer, err);
}

char *px_path_sibling(const char *path, const char *name, px_error *err) {
    const char *slash = strrchr(path, '/');
    if (name[0] == '/' || !slash)
        return px_strdup(name, err);
    size_t folder = (size_t)(slash - path) + 1;
    size_t length = strlen(name);
    char *joined = px_alloc(folder + length + 1, 1, err);
    if (joined) {
        memcpy(joined, path, folder);
        memcpy(joined + folder, name, length);
    }
    return joined;
}

char *px_path_beside_program(const char *relative, px_error *err) {
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return NULL;
    program[length] = '\0';
    return px_path_sibling(program, relative, err);
}

static bool make_folder(const char *path, px_error *err) {
    struct stat info;
    if (mkdir(path, 0777) == 0 ||
        (errno == EEXIST && stat(path, &info) == 0 && S_ISDIR(info.st_mode)))
        return true;
    return px_fail_errno(err, path, "cannot make the folder");
}

bool px_path_make_folders(const char *path, px_error *err) {
    char *copy = px_strdup(path, err);
    bool ok = copy != NULL;
    for (char *p = copy; ok && *p; p++) {
        if (*p != '/' || p == copy)
            continue;
        *p = '\0';
        ok = make_folder(copy, err);
        *p = '/';
    }
    ok = ok && make_folder(copy, err);
    free(copy);
    return ok;
}
