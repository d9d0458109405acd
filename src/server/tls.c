/* PEM files read, told apart from what is none, and tried. */
#include "tls.h"

#include <microhttpd.h>
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/secret.h"

#define PEM_CAP ((size_t)1 << 20)
#define COMPLAINT_SIZE 200

static bool read_pem(const char *path, px_buffer *text, px_error *err) {
    px_buffer_init(text, PEM_CAP);
    if (!px_file_read(path, text, err) || !px_buffer_append(text, "", 1, err))
        return false;
    return !memchr(text->data, '\0', text->size - 1) ||
           px_fail(err, PX_ERR_INPUT, path, "not a PEM file: it is binary");
}

static bool holds(const px_buffer *text, const char *what) {
    return strstr((const char *)text->data, what) != NULL;
}

/* libmicrohttpd says why it does not start to its log only, and there first. */
PX_PRINTF(2, 0)
static void note_complaint(void *complaint, const char *format, va_list args) {
    char *first = complaint;
    if (first[0] == '\0')
        vsnprintf(first, COMPLAINT_SIZE, format, args);
}

static enum MHD_Result serve_nobody(void *context, struct MHD_Connection *connection,
                                    const char *path, const char *method, const char *version,
                                    const char *bytes, size_t *size, void **slot) {
    (void)context, (void)connection, (void)path, (void)method;
    (void)version, (void)bytes, (void)size, (void)slot;
    return MHD_NO;
}

/* A service without a socket or threads takes certificate and key as the real one does. */
static bool try_together(const px_tls *tls, const char *certificate, const char *key,
                         px_error *err) {
    char complaint[COMPLAINT_SIZE] = "";
    struct MHD_Daemon *daemon = MHD_start_daemon(
        MHD_USE_NO_LISTEN_SOCKET | MHD_USE_TLS | MHD_USE_ERROR_LOG, 0, NULL, NULL, serve_nobody,
        NULL, MHD_OPTION_EXTERNAL_LOGGER, note_complaint, complaint, MHD_OPTION_HTTPS_PRIORITIES,
        PX_TLS_PRIORITIES, MHD_OPTION_HTTPS_MEM_CERT, (const char *)tls->certificate.data,
        MHD_OPTION_HTTPS_MEM_KEY, (const char *)tls->key.data, MHD_OPTION_END);
    if (!daemon)
        return px_fail(err, PX_ERR_INPUT, certificate, "not to be used with %s: %.*s", key,
                       (int)strcspn(complaint, "\n"), complaint);
    MHD_stop_daemon(daemon);
    return true;
}

static bool load(px_tls *tls, const char *certificate, const char *key, px_error *err) {
    if (!read_pem(certificate, &tls->certificate, err) || !read_pem(key, &tls->key, err))
        return false;
    if (!holds(&tls->certificate, "-----BEGIN CERTIFICATE-----"))
        return px_fail(err, PX_ERR_INPUT, certificate,
                       "\"-----BEGIN CERTIFICATE-----\" is not in it: no certificate in PEM form");
    if (!holds(&tls->key, "PRIVATE KEY-----"))
        return px_fail(err, PX_ERR_INPUT, key,
                       "\"PRIVATE KEY-----\" is not in it: no private key in PEM form");
    if (holds(&tls->key, "ENCRYPTED"))
        return px_fail(err, PX_ERR_INPUT, key, "a passphrase locks this key; store it without one");
    return try_together(tls, certificate, key, err);
}

bool px_tls_load(px_tls *tls, const char *certificate, const char *key, px_error *err) {
    px_tls loaded = {0};
    if (!load(&loaded, certificate, key, err)) {
        px_tls_clear(&loaded);
        return false;
    }
    *tls = loaded;
    return true;
}

void px_tls_clear(px_tls *tls) {
    px_secret_wipe(tls->key.data, tls->key.size);
    px_buffer_clear(&tls->key);
    px_buffer_clear(&tls->certificate);
}
