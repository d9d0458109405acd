/* What the server's pages may load (Content Security Policy, level 3): its own files only. */
#ifndef PX_SERVER_PAGE_POLICY_H
#define PX_SERVER_PAGE_POLICY_H

/** The documentation's pages. */
#define PX_POLICY_DOCS                                                                             \
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "        \
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

#define PX_POLICY_WEB_START "default-src 'none'; script-src 'self'; style-src 'self'"
#define PX_POLICY_WEB_REST                                                                         \
    "; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; "     \
    "worker-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
/** The web app's files: a worker's own policy says what it may fetch. Its pages have a nonce for
 *  styles between the two parts. */
#define PX_POLICY_WEB PX_POLICY_WEB_START PX_POLICY_WEB_REST

#endif
