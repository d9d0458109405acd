/* The certificate and key that TLS is spoken with. */
#ifndef PX_SERVER_TLS_H
#define PX_SERVER_TLS_H

#include "../base/buffer.h"

/** PEM texts, NUL-terminated; zeroed: none. */
typedef struct px_tls {
    px_buffer certificate, key;
} px_tls;

/** TLS 1.2 and 1.3, with forward secrecy and authenticated encryption only (GnuTLS's notation; what
 *  Mozilla calls "intermediate", without its finite-field groups). */
#define PX_TLS_PRIORITIES                                                                          \
    "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA:+ECDHE-RSA:-CIPHER-ALL:"      \
    "+AES-128-GCM:+AES-256-GCM:+CHACHA20-POLY1305:-MAC-ALL:+AEAD:-GROUP-ALL:+GROUP-X25519:"        \
    "+GROUP-SECP256R1:+GROUP-SECP384R1:%SERVER_PRECEDENCE"

/**
 * Read both files, and see that they can be used together.
 *
 * @param err  its subject is the file. PX_ERR_IO: it cannot be read; PX_ERR_INPUT: it holds no
 *             certificate, no key, a key that a passphrase locks, or one of another certificate.
 */
bool px_tls_load(px_tls *tls, const char *certificate, const char *key, px_error *err);

/** Wipe and free. */
void px_tls_clear(px_tls *tls);

#endif
