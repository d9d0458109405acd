/* Runs the HDF5 library in a child process with hard limits, and checks every record it sends. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "hdf5_reader.h"

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define PX_ADDRESS_SANITIZER 1
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define PX_ADDRESS_SANITIZER 1
#endif

/* A sanitizer's or fuzzer's own last words belong to the parent: a dying child just ends. */
extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

static void end_child(void) {
    _exit(1);
}

static void limit(int resource, rlim_t value) {
    struct rlimit limits = {value, value};
    setrlimit((__rlimit_resource_t)resource, &limits);
}

/* Address space: what the program has mapped already, and 3 GiB. Sanitizers reserve terabytes. */
static void limit_memory(void) {
#ifndef PX_ADDRESS_SANITIZER
    unsigned long pages = 0;
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm && fscanf(statm, "%lu", &pages) == 1)
        limit(RLIMIT_AS, (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + ((rlim_t)3 << 30));
    if (statm)
        fclose(statm);
#endif
}

/* After this the child can open no file (HDF5 files may name others to read), leaves no core and
 * no message, and every signal has its default effect. */
static void confine_child(size_t size) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(end_child);
    for (int number = 1; number < NSIG; number++)
        signal(number, SIG_DFL);
    int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (null >= 0)
        dup2(null, STDERR_FILENO);
    limit_memory();
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, 1 + (rlim_t)(size >> 22)); /* seconds: damaged files make the library loop */
    limit(RLIMIT_NOFILE, 0);
}

/* 1: filled, 0: the child is gone. */
static bool receive(int fd, void *bytes, size_t size) {
    char *at = bytes;
    while (size > 0) {
        ssize_t n = read(fd, at, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        size -= (size_t)n;
    }
    return true;
}

static bool fail_damaged(px_error *err) {
    return px_fail(err, PX_ERR_INPUT, NULL, "damaged HDF5 file");
}

static char *receive_text(int fd, size_t size, px_error *err) {
    char *text = px_alloc(size + 1, 1, err);
    if (text && !receive(fd, text, size)) {
        fail_damaged(err);
        free(text);
        return NULL;
    }
    return text;
}

static bool add_tensor(px_hdf5_file *file, px_hdf5_tensor tensor, px_error *err) {
    void *tensors = file->tensors;
    size_t n = file->n_tensors;
    if ((n & (n - 1)) == 0 && !px_realloc(&tensors, n ? n * 2 : 1, sizeof tensor, err))
        return false;
    file->tensors = tensors;
    file->tensors[file->n_tensors++] = tensor;
    return true;
}

static bool receive_tensor(int fd, const px_hdf5_record *record, px_hdf5_file *file,
                           int64_t *numbers_left, px_error *err) {
    int64_t count = px_hdf5_count(record->dims, record->n_dims, *numbers_left);
    if (record->n_dims < 1 || count < 0 || file->n_tensors >= PX_HDF5_MAX_TENSORS)
        return fail_damaged(err);
    *numbers_left -= count;
    px_hdf5_tensor tensor = {.n_dims = (int)record->n_dims};
    for (int i = 0; i < tensor.n_dims; i++)
        tensor.dims[i] = record->dims[i];
    size_t size = (size_t)count * sizeof *tensor.data;
    tensor.group = receive_text(fd, record->group_size, err);
    tensor.name = tensor.group ? receive_text(fd, record->name_size, err) : NULL;
    tensor.data = tensor.name ? px_alloc_aligned(size, err) : NULL;
    bool ok = tensor.data && (receive(fd, tensor.data, size) || fail_damaged(err));
    if (ok && add_tensor(file, tensor, err))
        return true;
    free(tensor.group);
    free(tensor.name);
    free(tensor.data);
    return false;
}

static bool receive_config(int fd, const px_hdf5_record *record, px_hdf5_file *file,
                           px_error *err) {
    if (file->model_config || record->n_dims != 1 || record->dims[0] < 0 ||
        record->dims[0] > PX_HDF5_MAX_CONFIG)
        return fail_damaged(err);
    file->model_config = receive_text(fd, (size_t)record->dims[0], err);
    return file->model_config != NULL;
}

/* The words may come from a process that a hostile file took over: printable ASCII only. */
static void receive_failure(int fd, const px_hdf5_record *record, px_error *err) {
    char *subject = receive_text(fd, record->group_size, err);
    char *message = subject ? receive_text(fd, record->name_size, err) : NULL;
    for (char *p = subject; p && *p; p++)
        *p = *p < ' ' || *p > '~' ? '?' : *p;
    for (char *p = message; p && *p; p++)
        *p = *p < ' ' || *p > '~' ? '?' : *p;
    bool known = record->code == PX_ERR_UNSUPPORTED || record->code == PX_ERR_LIMIT ||
                 record->code == PX_ERR_MEMORY;
    if (message)
        px_fail(err, known ? (px_error_code)record->code : PX_ERR_INPUT, subject, "%s", message);
    free(subject);
    free(message);
}

static bool receive_file(int fd, size_t size, px_hdf5_file *file, px_error *err) {
    int64_t numbers_left = px_hdf5_max_numbers(size);
    px_hdf5_record record;
    while (receive(fd, &record, sizeof record)) {
        if (record.group_size > PX_HDF5_MAX_NAME || record.name_size > PX_HDF5_MAX_NAME ||
            record.n_dims > PX_HDF5_MAX_DIMS)
            return fail_damaged(err);
        if (record.kind == PX_HDF5_END)
            return true;
        if (record.kind == PX_HDF5_FAILURE)
            receive_failure(fd, &record, err);
        bool ok = record.kind == PX_HDF5_TENSOR
                      ? receive_tensor(fd, &record, file, &numbers_left, err)
                  : record.kind == PX_HDF5_CONFIG ? receive_config(fd, &record, file, err)
                                                  : fail_damaged(err);
        if (!ok)
            return false;
    }
    return fail_damaged(err);
}

/* @return the child's pid and the end to read from, or -1. */
static pid_t start_child(const void *bytes, size_t size, int *from, px_error *err) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) {
        px_fail_errno(err, NULL, "cannot make a pipe");
        return -1;
    }
    fcntl(ends[1], F_SETPIPE_SZ, 1 << 20); /* fewer switches; the default does too */
    pid_t child = fork();
    if (child == 0) {
        confine_child(size);
        px_hdf5_send(bytes, size, ends[1]);
        _exit(0);
    }
    if (child < 0) {
        px_fail_errno(err, NULL, "cannot start a process");
        close(ends[0]);
    } else {
        *from = ends[0];
    }
    close(ends[1]);
    return child;
}

bool px_hdf5_read(const void *bytes, size_t size, px_hdf5_file *file, px_error *err) {
    px_hdf5_file got = {0};
    int from;
    pid_t child = start_child(bytes, size, &from, err);
    if (child < 0)
        return false;
    bool ok = receive_file(from, size, &got, err);
    close(from);
    kill(child, SIGKILL); /* it has nothing more to say */
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        continue;
    if (ok)
        *file = got;
    else
        px_hdf5_clear(&got);
    return ok;
}

void px_hdf5_clear(px_hdf5_file *file) {
    for (size_t i = 0; i < file->n_tensors; i++) {
        free(file->tensors[i].group);
        free(file->tensors[i].name);
        free(file->tensors[i].data);
    }
    free(file->tensors);
    free(file->model_config);
    *file = (px_hdf5_file){0};
}
