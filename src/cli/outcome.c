/* How a run ends: exit codes and their meaning, signals, output that could not be written. */
#include "outcome.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted;

px_exit px_exit_of(px_error_code code) {
    switch (code) {
    case PX_OK:
        return PX_EXIT_OK;
    case PX_ERR_USAGE:
        return PX_EXIT_USAGE;
    case PX_ERR_INPUT:
    case PX_ERR_UNSUPPORTED:
    case PX_ERR_LIMIT:
    case PX_ERR_MISMATCH:
        return PX_EXIT_INPUT;
    case PX_ERR_CANCELLED:
        return PX_EXIT_SOME;
    case PX_ERR_IO:
    case PX_ERR_MEMORY:
    case PX_ERR_BUSY:
        break;
    }
    return PX_EXIT_ENVIRONMENT;
}

const char *px_exit_text(int code) {
    static const char *const texts[] = {
        [PX_EXIT_OK] = "everything was done",
        [PX_EXIT_USAGE] = "wrong options or arguments",
        [PX_EXIT_INPUT] = "bad input: nothing was done",
        [PX_EXIT_SOME] = "some inputs failed or the run was stopped; the others are done",
        [PX_EXIT_ENVIRONMENT] =
            "the environment failed: missing file, disk, memory, network, permissions",
    };
    return code >= 0 && code < (int)(sizeof texts / sizeof *texts) ? texts[code] : NULL;
}

px_exit px_cli_fail(const px_error *err) {
    fflush(stdout); /* results come before the reason why they end */
    fprintf(stderr, "perxeptron: %s%s%s\n", err->subject, err->subject[0] ? ": " : "",
            err->message);
    return px_exit_of(err->code);
}

static void on_signal(int number) {
    (void)number;
    interrupted = 1;
}

bool px_cli_interrupted(void) {
    return interrupted || ferror(stdout);
}

static void catch_stop(int number) {
    struct sigaction action = {.sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND}, old;
    if (sigaction(number, NULL, &old) == 0 && old.sa_handler == SIG_IGN)
        return; /* nohup, or a shell's background job */
    sigaction(number, &action, NULL);
}

void px_cli_catch_signals(void) {
    catch_stop(SIGINT);
    catch_stop(SIGTERM);
    catch_stop(SIGHUP);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
}

void px_cli_open_standard_streams(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
            open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            return;
}

/* Has whoever read our output through a pipe gone? */
static bool reader_left(void) {
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR);
}

px_exit px_cli_close_output(px_exit status) {
    bool failed = ferror(stdout); /* then errno is long gone */
    bool left = reader_left();
    errno = 0;
    if (fclose(stdout) == 0 && !failed)
        return status;
    if (!left)
        fprintf(stderr, "perxeptron: stdout: cannot write%s%s\n", errno ? ": " : " everything",
                errno ? strerror(errno) : "");
    return status == PX_EXIT_OK ? PX_EXIT_ENVIRONMENT : status;
}
