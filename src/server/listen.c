/* Address, socket, bind, listen. */
#include "listen.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../base/error.h"

#define BACKLOG 128

typedef struct endpoint {
    char host[64], port[8];
    bool brackets;
} endpoint;

static bool split(const char *address, endpoint *parts, px_error *err) {
    const char *colon = strrchr(address, ':');
    size_t size = colon ? (size_t)(colon - address) : 0;
    parts->brackets = size > 2 && address[0] == '[' && colon[-1] == ']';
    const char *host = parts->brackets ? address + 1 : address;
    size -= parts->brackets ? 2 : 0;
    size_t digits = colon ? strspn(colon + 1, "0123456789") : 0;
    if (size == 0 || size >= sizeof parts->host || digits == 0 || digits > 5 ||
        colon[1 + digits] != '\0' || strtol(colon + 1, NULL, 10) > 65535 ||
        (!parts->brackets && memchr(host, ':', size)))
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

static bool name_url(int fd, const endpoint *parts, char url[PX_URL_SIZE], px_error *err) {
    struct sockaddr_storage bound;
    socklen_t size = sizeof bound;
    char port[8];
    if (getsockname(fd, (struct sockaddr *)&bound, &size) != 0 ||
        getnameinfo((struct sockaddr *)&bound, size, NULL, 0, port, sizeof port, NI_NUMERICSERV))
        return px_fail_errno(err, parts->host, "cannot tell the port");
    snprintf(url, PX_URL_SIZE, parts->brackets ? "http://[%s]:%s/" : "http://%s:%s/", parts->host,
             port);
    return true;
}

int px_listen(const char *address, char url[PX_URL_SIZE], px_error *err) {
    endpoint parts;
    if (!split(address, &parts, err))
        return -1;
    const struct addrinfo hints = {
        .ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    int failure = getaddrinfo(parts.host, parts.port, &hints, &found);
    if (failure != 0) {
        px_fail(err, PX_ERR_USAGE, address, "no such address: %s", gai_strerror(failure));
        return -1;
    }
    int fd = open_socket(found, address, err);
    freeaddrinfo(found);
    if (fd >= 0 && !name_url(fd, &parts, url, err)) {
        close(fd);
        fd = -1;
    }
    return fd;
}
