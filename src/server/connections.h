/* The open connections: how many, whose, how long each may make the server wait; and which one goes
 * when there is no room for another.
 *
 * A connection that waits for its client has a deadline. When all places are taken, or all of one
 * address, the one whose deadline comes first gives way: a crowd of clients that send nothing, or
 * one byte now and then, displaces itself, and who sends a request is served. Connections for which
 * the server works are never cut. Safe for concurrent calls.
 */
#ifndef PX_SERVER_CONNECTIONS_H
#define PX_SERVER_CONNECTIONS_H

#include "networks.h"

typedef struct px_connections px_connections;
typedef struct px_connection px_connection;

/** What a connection waits for. */
typedef enum {
    PX_WAIT_SERVER, /**< no deadline */
    PX_WAIT_HEAD,   /**< a request, or the rest of its head: one patience */
    PX_WAIT_BODY,   /**< one patience, and longer with each byte; 15 patiences at most */
    PX_WAIT_REPLY,  /**< that the client takes the reply: 15 patiences */
} px_wait;

/** Bytes a second that a body must come with, on average, after the first patience. */
#define PX_LEAST_BODY_RATE 4096

px_connections *px_connections_new(int most, int most_of_one, int patience_ms, px_error *err);
/** NULL is fine. No connection may be left. */
void px_connections_free(px_connections *connections);

/**
 * Add a connection that waits for its first head; may cut another one, or this one when all others
 * are being served.
 *
 * @param fd    borrowed until px_connections_remove; shut down, but not closed, from here.
 * @param many  of an address that stands for many clients (a trusted proxy): not counted by
 * address.
 * @return NULL when memory is short: it is shut down already.
 */
px_connection *px_connections_add(px_connections *connections, int fd, const px_address *address,
                                  bool many, int64_t now_ms);
/** NULL is fine. */
void px_connections_remove(px_connections *connections, px_connection *connection);

void px_connections_wait(px_connections *connections, px_connection *connection, px_wait what,
                         int64_t now_ms);
/** Bytes of the awaited body came. */
void px_connections_progress(px_connections *connections, px_connection *connection, size_t bytes);

/** Cut those past their deadline. To be called several times a second. */
void px_connections_tend(px_connections *connections, int64_t now_ms);

int px_connections_count(px_connections *connections);
/** Those on which no request came yet. */
int px_connections_count_silent(px_connections *connections);

/** Is the client still there? One that closed its sending side is taken to be gone. */
bool px_connection_is_alive(const px_connection *connection);

#endif
