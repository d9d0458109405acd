/* Runs a command and prints how long it took to its last output, and the most memory it had.
 *
 * Usage: child_usage COMMAND [ARGUMENT]...
 * The command's output is read and dropped. Prints one JSON object: output_s, seconds from its
 * start to the last byte it printed; exit_s, to its end; peak_bytes, its peak resident set
 * (getrusage(2)'s ru_maxrss: mapped files count as far as they were read). Exits with 1 when the
 * command fails.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double now_s(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* The command with its output going to a pipe, whose other end is returned. */
static pid_t start(char **command, int *output) {
    int ends[2];
    if (pipe(ends) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execvp(command[0], command);
        perror(command[0]);
        _exit(127);
    }
    close(ends[1]);
    *output = ends[0];
    return child;
}

/* Reads all of it; when the last part came, or 0 when there was none. */
static double drain(int output) {
    char part[1 << 14];
    double last = 0;
    while (read(output, part, sizeof part) > 0)
        last = now_s();
    close(output);
    return last;
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fprintf(stderr, "usage: child_usage COMMAND [ARGUMENT]...\n");
        return 1;
    }
    int output, status;
    struct rusage used;
    double began = now_s();
    pid_t child = start(argv + 1, &output);
    if (child < 0) {
        perror("child_usage");
        return 1;
    }
    double last = drain(output);
    if (wait4(child, &status, 0, &used) != child || !WIFEXITED(status) ||
        WEXITSTATUS(status) != 0 || last == 0) {
        fprintf(stderr, "child_usage: %s failed or printed nothing\n", argv[1]);
        return 1;
    }
    printf("{\"output_s\": %.4f, \"exit_s\": %.4f, \"peak_bytes\": %ld}\n", last - began,
           now_s() - began, used.ru_maxrss * 1024);
    return 0;
}
