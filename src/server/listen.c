/* Address, socket, bind, listen; or a socket that listens already. */
#include "listen.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/error.h"

#define BACKLOG 1024
#define FIRST_HANDED_OVER 3 /* SD_LISTEN_FDS_START */

typedef struct endpoint {
    char host[64], port[8];
} endpoint;

static bool split(const char *address, endpoint *parts, px_error *err) {
    const char *colon = strrchr(address, ':');
    size_t size = colon ? (size_t)(colon - address) : 0;
    bool brackets = size > 2 && address[0] == '[' && colon[-1] == ']';
    const char *host = brackets ? address + 1 : address;
    size -= brackets ? 2 : 0;
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (size == 0 || size >= sizeof parts->host || digits == 0 || digits > 5 ||
        colon[1 + digits] != '\0' || strtol(colon + 1, NULL, 10) > 65535 ||
        (!brackets && memchr(host, ':', size)))
        return px_fail(err, PX_ERR_USAGE, address,
                       "not HOST:PORT, like 127.0.0.1:8000 or [::1]:8000");
    snprintf(parts->host, sizeof parts->host, "%.*s", (int)size, host);
    snprintf(parts->port, sizeof parts->port, "%s", colon + 1);
    return true;
}

static int open_socket(const struct addrinfo *where, const char *address, px_error *err) {
    int fd = socket(where->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int yes = 1;
    if (fd >= 0)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (fd >= 0 && bind(fd, where->ai_addr, where->ai_addrlen) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    if (errno == EADDRINUSE)
        px_fail(err, PX_ERR_IO, address, "another program is listening there already");
    else
        px_fail_errno(err, address, "cannot listen");
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The host as it was written, or the address the socket has. */
static bool name_url(int fd, const char *scheme, const char *written, char url[PX_URL_SIZE],
                     px_error *err) {
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    char host[64], port[8];
    if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0 ||
        getnameinfo((struct sockaddr *)&bound, size, host, sizeof host, port, sizeof port,
                    NI_NUMERICHOST | NI_NUMERICSERV))
        return px_fail_errno(err, written, "cannot tell the port");
    const char *name = written ? written : host;
    snprintf(url, PX_URL_SIZE, strchr(name, ':') ? "%s://[%s]:%s/" : "%s://%s:%s/", scheme, name,
             port);
    return true;
}

static int listen_at(const char *address, endpoint *parts, px_error *err) {
    if (!split(address, parts, err))
        return -1;
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(parts->host, parts->port, &hints, &found);
    if (failure != 0) {
        px_fail(err, PX_ERR_USAGE, address, "no such address: %s", gai_strerror(failure));
        return -1;
    }
    int fd = open_socket(found, address, err);
    freeaddrinfo(found);
    return fd;
}

static long number_of(const char *variable) {
    const char *text = getenv(variable);
    return text ? strtol(text, NULL, 10) : 0;
}

bool px_listen_is_handed_over(void) {
    return number_of("LISTEN_PID") == (long)getpid() && number_of("LISTEN_FDS") > 0;
}

static bool is_listening(int fd) {
    struct sockaddr_storage bound;
    int listening = 0, type = 0;
    socklen_t size = sizeof bound, int_size = sizeof type;
    return getsockname(fd, (struct sockaddr *)&bound, &size) == 0 &&
           (bound.ss_family == AF_INET || bound.ss_family == AF_INET6) &&
           getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &int_size) == 0 && type == SOCK_STREAM &&
           getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &int_size) == 0 && listening;
}

static int take_handed_over(px_error *err) {
    const int fd = FIRST_HANDED_OVER;
    if (!px_listen_is_handed_over() || number_of("LISTEN_FDS") != 1 || !is_listening(fd)) {
        px_fail(err, PX_ERR_USAGE, "LISTEN_FDS", "one listening TCP socket must be handed over");
        return -1;
    }
    if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) == 0)
        return fd;
    px_fail_errno(err, "LISTEN_FDS", "cannot use the socket");
    return -1;
}

int px_listen(const char *address, const char *scheme, char url[PX_URL_SIZE], px_error *err) {
    endpoint parts;
    int fd = address ? listen_at(address, &parts, err) : take_handed_over(err);
    if (fd >= 0 && !name_url(fd, scheme, address ? parts.host : NULL, url, err)) {
        close(fd);
        fd = -1;
    }
    return fd;
}
