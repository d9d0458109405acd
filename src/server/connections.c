/* A list of connections with deadlines. */
#include "connections.h"

#include <poll.h>
#include <pthread.h>
#include <stdlib.h>

#include "../base/memory.h"

#define LONG_PATIENCE 15 /* for a whole body or reply, in patiences */

struct px_connection {
    px_connection *next, **previous;
    int fd;
    px_address address;
    bool many;
    bool cut;            /* shut down; libmicrohttpd has yet to notice */
    bool asked;          /* a request came */
    int64_t deadline_ms; /* 0: none */
    int64_t latest_ms;   /* of a body: where its deadline ends to move */
};

struct px_connections {
    pthread_mutex_t mutex;
    px_connection *first;
    int most, most_of_one, count;
    int64_t patience_ms;
};

px_connections *px_connections_new(int most, int most_of_one, int patience_ms, px_error *err) {
    px_connections *connections = px_alloc(1, sizeof *connections, err);
    if (!connections)
        return NULL;
    pthread_mutex_init(&connections->mutex, NULL);
    connections->most = most;
    connections->most_of_one = most_of_one;
    connections->patience_ms = patience_ms;
    return connections;
}

void px_connections_free(px_connections *connections) {
    if (!connections)
        return;
    pthread_mutex_destroy(&connections->mutex);
    free(connections);
}

static void cut(px_connections *connections, px_connection *connection) {
    if (connection->cut)
        return;
    connection->cut = true;
    connections->count--;
    shutdown(connection->fd, SHUT_RDWR);
}

static bool is_same_client(const px_connection *a, const px_connection *b) {
    return !a->many && !b->many && px_address_is_same_client(&a->address, &b->address);
}

static int count_of_client(const px_connections *connections, const px_connection *whose) {
    int count = 0;
    for (const px_connection *at = connections->first; at; at = at->next)
        count += !at->cut && is_same_client(at, whose);
    return count;
}

/* The one whose deadline comes first, of this client or (NULL) of all; NULL when all are served. */
static px_connection *find_idlest(const px_connections *connections, const px_connection *whose) {
    px_connection *idlest = NULL;
    for (px_connection *at = connections->first; at; at = at->next)
        if (!at->cut && at->deadline_ms && (!whose || is_same_client(at, whose)) &&
            (!idlest || at->deadline_ms < idlest->deadline_ms))
            idlest = at;
    return idlest;
}

/* The new one waits, too: it is what goes when all others are served. */
static void make_room(px_connections *connections, px_connection *added) {
    if (count_of_client(connections, added) > connections->most_of_one)
        cut(connections, find_idlest(connections, added));
    if (connections->count > connections->most)
        cut(connections, find_idlest(connections, NULL));
}

px_connection *px_connections_add(px_connections *connections, int fd, const px_address *address,
                                  bool many, int64_t now_ms) {
    px_connection *added = px_alloc(1, sizeof *added, NULL);
    if (!added) {
        shutdown(fd, SHUT_RDWR);
        return NULL;
    }
    *added = (px_connection){.fd = fd, .address = *address, .many = many};
    added->deadline_ms = now_ms + connections->patience_ms;
    pthread_mutex_lock(&connections->mutex);
    added->next = connections->first;
    added->previous = &connections->first;
    if (added->next)
        added->next->previous = &added->next;
    connections->first = added;
    connections->count++;
    make_room(connections, added);
    pthread_mutex_unlock(&connections->mutex);
    return added;
}

void px_connections_remove(px_connections *connections, px_connection *connection) {
    if (!connection)
        return;
    pthread_mutex_lock(&connections->mutex);
    *connection->previous = connection->next;
    if (connection->next)
        connection->next->previous = connection->previous;
    connections->count -= !connection->cut;
    pthread_mutex_unlock(&connections->mutex);
    free(connection);
}

void px_connections_wait(px_connections *connections, px_connection *connection, px_wait what,
                         int64_t now_ms) {
    int64_t patience = connections->patience_ms, long_patience = patience * LONG_PATIENCE;
    pthread_mutex_lock(&connections->mutex);
    connection->asked = true;
    connection->latest_ms = now_ms + long_patience;
    connection->deadline_ms = what == PX_WAIT_SERVER  ? 0
                              : what == PX_WAIT_REPLY ? connection->latest_ms
                                                      : now_ms + patience;
    pthread_mutex_unlock(&connections->mutex);
}

void px_connections_progress(px_connections *connections, px_connection *connection, size_t bytes) {
    pthread_mutex_lock(&connections->mutex);
    int64_t longer = connection->deadline_ms + (int64_t)bytes * 1000 / PX_LEAST_BODY_RATE;
    connection->deadline_ms = longer < connection->latest_ms ? longer : connection->latest_ms;
    pthread_mutex_unlock(&connections->mutex);
}

void px_connections_tend(px_connections *connections, int64_t now_ms) {
    pthread_mutex_lock(&connections->mutex);
    for (px_connection *at = connections->first; at; at = at->next)
        if (at->deadline_ms && at->deadline_ms < now_ms)
            cut(connections, at);
    pthread_mutex_unlock(&connections->mutex);
}

int px_connections_count(px_connections *connections) {
    pthread_mutex_lock(&connections->mutex);
    int count = connections->count;
    pthread_mutex_unlock(&connections->mutex);
    return count;
}

int px_connections_count_silent(px_connections *connections) {
    int count = 0;
    pthread_mutex_lock(&connections->mutex);
    for (const px_connection *at = connections->first; at; at = at->next)
        count += !at->cut && !at->asked;
    pthread_mutex_unlock(&connections->mutex);
    return count;
}

bool px_connection_is_alive(const px_connection *connection) {
    struct pollfd state = {.fd = connection->fd, .events = POLLRDHUP};
    return poll(&state, 1, 0) <= 0 || !(state.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL));
}
