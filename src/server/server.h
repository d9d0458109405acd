/* The HTTP server: one reader behind the 2020 interface, the new one, and the
 * web app. */
#ifndef PX_SERVER_SERVER_H
#define PX_SERVER_SERVER_H

#include "../base/secret.h"
#include "../store/store.h"
#include "limits.h"

/** What anonymous clients may do. */
typedef enum {
    PX_ANONYMOUS_OFF,   /**< nothing that needs the reader */
    PX_ANONYMOUS_READ,  /**< have images read; nothing is stored */
    PX_ANONYMOUS_STORE, /**< also upload, for a while, behind an unguessable link */
} px_anonymous;

/** Strings and arrays are borrowed as long as the server lives. */
typedef struct px_server_options {
    const char *listen; /**< "127.0.0.1:8000", "[::1]:8000"; port 0: any free one; NULL: the socket
                             that systemd hands over */
    px_store_options store;
    const char *web; /**< the web app's folder (web_files.h); NULL: none is installed */
    const char *tls_certificate, *tls_key; /**< PEM files; both or none */
    const char *const *trusted_proxies;    /**< addresses whose X-Forwarded-For and -Proto count */
    int n_trusted_proxies;
    const char *const *hosts; /**< names that the Host header may have; none: any */
    int n_hosts;
    const char *const *origins; /**< web origins that may call the API from a browser (CORS) */
    int n_origins;
    size_t max_upload;   /**< bytes of one image */
    uint64_t least_free; /**< bytes of the disk that uploads leave free; then 507 */
    int queue;           /**< requests that may wait for the reader; then 503 */
    int connections;     /**< open at once */
    int connections_per_address;
    int timeout_s; /**< a client that sends nothing, or no whole request head */
    px_limits_options limits;
    px_password_cost password_cost;
    int password_least;             /**< characters */
    bool sign_up;                   /**< strangers may make accounts */
    int session_hours, token_hours; /**< a browser's session, a 2020 client's token */
    int link_minutes;               /**< signed links */
    px_anonymous anonymous;
    int anonymous_hours; /**< until an anonymous upload is deleted */
} px_server_options;

typedef struct px_server px_server;

/**
 * Start serving; returns as soon as connections are accepted.
 *
 * @param reader  borrowed; in use until px_server_stop returns.
 * @param err     PX_ERR_USAGE: no such address; PX_ERR_IO: the port is in use, the data folder
 *                cannot be written or belongs to another server; or what reading `web` failed of.
 */
px_server *px_server_start(const px_server_options *options, px_reader *reader, px_error *err);

/** "http://127.0.0.1:8000/", with the port it really has; the server's. */
const char *px_server_url(const px_server *server);

/** Close connections that are past their time; now and then measure, note what accounts used, and
 *  delete what has expired. To be called several times a second. */
void px_server_tend(px_server *server);

/** Accept nothing more, answer what was accepted, and free the server. NULL is fine. */
void px_server_stop(px_server *server);

#endif
