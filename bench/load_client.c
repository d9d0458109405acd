/* Sends HTTP requests to a server of this machine as a plan says, and prints how it answered.
 *
 * Usage: load_client PORT SECONDS < PLAN
 *   group NAME CONNECTIONS RATE     RATE: requests a second of the group; 0: each reply's successor
 *   send PATH-OF-A-FILE             a whole request, sent as it is; taken in turns by the group
 * Prints one JSON object: for each group its replies by status, connections lost, and latencies in
 * milliseconds. At a rate, a request's time counts from when it was due, not from when a slow
 * server let it be sent.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { GROUPS = 4, REQUESTS = 4096, CONNECTIONS = 1024, HEAD = 8192, STATUSES = 600 };
enum { LINGER_MS = 30000 }; /* for replies under way when the time is over */

typedef struct message {
    char *bytes;
    size_t size;
} message;

typedef struct group {
    char name[32];
    int connections, n_messages, next_message;
    double rate, next_due; /* of a rate: when the next request is due, in seconds */
    message messages[REQUESTS];
    long statuses[STATUSES], lost;
    float *times_ms;
    size_t n_times, capacity;
} group;

typedef struct connection {
    group *of;
    int fd;
    const message *sending; /* NULL: idle */
    size_t sent;
    double due;
    char head[HEAD + 1];
    size_t head_size;
    long long body_left; /* -1: the head is not complete */
    int status;
} connection;

static group groups[GROUPS];
static connection connections[CONNECTIONS];
static int n_groups, n_connections, epoll_fd, port;
static double end_s;

static void give_up(const char *what) {
    fprintf(stderr, "load_client: %s: %s\n", what, strerror(errno));
    exit(4);
}

static double now_s(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- The plan ---- */

static void load_message(group *to, const char *path) {
    struct stat info;
    int file = open(path, O_RDONLY);
    if (file < 0 || fstat(file, &info) != 0 || to->n_messages == REQUESTS)
        give_up(path);
    message *loaded = &to->messages[to->n_messages++];
    loaded->size = (size_t)info.st_size;
    loaded->bytes = malloc(loaded->size + 1);
    if (!loaded->bytes || read(file, loaded->bytes, loaded->size) != info.st_size)
        give_up(path);
    close(file);
}

static void read_plan(void) {
    char line[1024], path[1024];
    while (fgets(line, sizeof line, stdin)) {
        group *to = &groups[n_groups];
        if (sscanf(line, "group %31s %d %lf", to->name, &to->connections, &to->rate) == 3) {
            if (++n_groups == GROUPS)
                give_up("too many groups");
        } else if (n_groups > 0 && sscanf(line, "send %1023[^\n]", path) == 1) {
            load_message(&groups[n_groups - 1], path);
        } else {
            give_up(line);
        }
    }
}

/* ---- Connections ---- */

static void watch(connection *c, int operation) {
    struct epoll_event event = {.events = EPOLLIN | (c->sending ? EPOLLOUT : 0u), .data.ptr = c};
    if (epoll_ctl(epoll_fd, operation, c->fd, &event) != 0)
        give_up("epoll_ctl");
}

static void open_connection(connection *c) {
    const struct sockaddr_in to = {.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)port),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int yes = 1;
    c->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&to, sizeof to) != 0 ||
        fcntl(c->fd, F_SETFL, O_NONBLOCK) != 0)
        give_up("connect");
    setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    c->sending = NULL;
    watch(c, EPOLL_CTL_ADD);
}

static void note_time(group *of, double seconds) {
    if (of->n_times == of->capacity) {
        of->capacity = of->capacity ? of->capacity * 2 : 4096;
        of->times_ms = realloc(of->times_ms, of->capacity * sizeof *of->times_ms);
        if (!of->times_ms)
            give_up("memory");
    }
    of->times_ms[of->n_times++] = (float)(seconds * 1000);
}

static void begin(connection *c, double due) {
    group *of = c->of;
    c->sending = &of->messages[of->next_message++ % of->n_messages];
    c->sent = c->head_size = 0;
    c->body_left = -1;
    c->due = due;
    watch(c, EPOLL_CTL_MOD);
}

/* Take the next request, if one is due; @return was one? */
static bool begin_if_due(connection *c, double now) {
    group *of = c->of;
    if (c->sending || now >= end_s)
        return false;
    if (of->rate <= 0) {
        begin(c, now);
        return true;
    }
    if (now < of->next_due)
        return false;
    begin(c, of->next_due);
    of->next_due += 1 / of->rate;
    return true;
}

static void lose(connection *c) {
    c->of->lost += c->sending != NULL;
    close(c->fd);
    open_connection(c);
}

static void finish(connection *c) {
    c->of->statuses[c->status]++;
    note_time(c->of, now_s() - c->due);
    c->sending = NULL;
    if (strcasestr(c->head, "\r\nConnection: close\r\n")) {
        close(c->fd);
        open_connection(c);
    } else {
        watch(c, EPOLL_CTL_MOD);
    }
}

static void send_more(connection *c) {
    while (c->sending && c->sent < c->sending->size) {
        ssize_t sent =
            send(c->fd, c->sending->bytes + c->sent, c->sending->size - c->sent, MSG_NOSIGNAL);
        if (sent < 0 && errno == EAGAIN)
            return;
        if (sent < 0) {
            lose(c);
            return;
        }
        c->sent += (size_t)sent;
    }
    if (c->sending) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(epoll_fd, EPOLL_CTL_MOD, c->fd, &event);
    }
}

/* The head is complete: what part of the body came with it? @return false for no HTTP. */
static bool read_head(connection *c) {
    char *end = strstr(c->head, "\r\n\r\n");
    const char *length = strcasestr(c->head, "\r\nContent-Length:");
    if (!end || sscanf(c->head, "HTTP/1.1 %d", &c->status) != 1 || c->status >= STATUSES)
        return false;
    long long announced = length && length < end ? strtoll(length + 17, NULL, 10) : 0;
    c->body_left = announced - (long long)(c->head_size - (size_t)(end + 4 - c->head));
    end[2] = '\0';
    return c->body_left >= 0;
}

/* Take what came, `size` bytes behind the head's present end. @return false for no HTTP. */
static bool take_reply(connection *c, const char *bytes, size_t size) {
    if (c->body_left >= 0) {
        c->body_left -= (long long)size;
        return c->body_left >= 0;
    }
    size_t room = HEAD - c->head_size, kept = size < room ? size : room;
    memcpy(c->head + c->head_size, bytes, kept);
    c->head_size += kept;
    c->head[c->head_size] = '\0';
    if (!strstr(c->head, "\r\n\r\n"))
        return c->head_size < HEAD;
    if (!read_head(c))
        return false;
    c->body_left -= (long long)(size - kept);
    return c->body_left >= 0;
}

static void receive(connection *c) {
    static char bytes[1 << 16];
    for (;;) {
        ssize_t got = recv(c->fd, bytes, sizeof bytes, 0);
        if (got < 0 && errno == EAGAIN)
            return;
        if (got <= 0 || !c->sending || !take_reply(c, bytes, (size_t)got)) {
            lose(c);
            return;
        }
        if (c->body_left == 0) {
            finish(c);
            return;
        }
    }
}

/* ---- The run ---- */

static void open_all(void) {
    for (int g = 0; g < n_groups; g++)
        for (int i = 0; i < groups[g].connections; i++) {
            if (n_connections == CONNECTIONS || groups[g].n_messages == 0)
                give_up("the plan's connections");
            connections[n_connections].of = &groups[g];
            open_connection(&connections[n_connections++]);
        }
}

static bool any_busy(void) {
    for (int i = 0; i < n_connections; i++)
        if (connections[i].sending)
            return true;
    return false;
}

static void run(void) {
    struct epoll_event events[64];
    for (double now = now_s(); now < end_s || any_busy(); now = now_s()) {
        if (now > end_s + LINGER_MS / 1000.0)
            break;
        for (int i = 0; i < n_connections; i++)
            begin_if_due(&connections[i], now);
        int n = epoll_wait(epoll_fd, events, 64, 1);
        for (int i = 0; i < n; i++) {
            connection *c = events[i].data.ptr;
            if (events[i].events & EPOLLOUT)
                send_more(c);
            if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
                receive(c);
        }
    }
    for (int i = 0; i < n_connections; i++)
        connections[i].of->lost += connections[i].sending != NULL;
}

static int compare(const void *a, const void *b) {
    const float *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static double percentile(const group *of, double share) {
    return of->n_times ? of->times_ms[(size_t)(share * (double)(of->n_times - 1))] : 0;
}

static json_t *report(group *of) {
    json_t *statuses = json_object();
    char name[16];
    qsort(of->times_ms, of->n_times, sizeof *of->times_ms, compare);
    for (int status = 0; status < STATUSES; status++)
        if (of->statuses[status] > 0) {
            snprintf(name, sizeof name, "%d", status);
            json_object_set_new(statuses, name, json_integer(of->statuses[status]));
        }
    return json_pack("{s:I,s:I,s:o,s:f,s:f,s:f,s:f}", "replies", (json_int_t)of->n_times, "lost",
                     (json_int_t)of->lost, "statuses", statuses, "p50_ms", percentile(of, 0.5),
                     "p90_ms", percentile(of, 0.9), "p99_ms", percentile(of, 0.99), "max_ms",
                     percentile(of, 1));
}

int main(int argc, char **argv) {
    if (argc != 3) {
        fprintf(stderr, "usage: load_client PORT SECONDS < PLAN\n");
        return 1;
    }
    port = (int)strtol(argv[1], NULL, 10);
    read_plan();
    epoll_fd = epoll_create1(0);
    open_all();
    double start = now_s();
    end_s = start + strtod(argv[2], NULL);
    for (int g = 0; g < n_groups; g++)
        groups[g].next_due = start;
    run();
    json_t *all = json_object();
    for (int g = 0; g < n_groups; g++)
        json_object_set_new(all, groups[g].name, report(&groups[g]));
    json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(4));
    printf("\n");
    json_decref(all);
    return 0;
}
