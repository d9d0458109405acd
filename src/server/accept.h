/* What a client would rather have: the Accept headers (RFC 9110, 12.5), and languages among them
 * (RFC 4647). */
#ifndef PX_SERVER_ACCEPT_H
#define PX_SERVER_ACCEPT_H

#include "perxeptron.h"

/** One item of a list with weights: "de-AT;q=0.8". */
typedef struct px_weighted {
    const char *name; /**< borrowed; not zero-terminated */
    size_t size;
    int weight; /**< in thousandths; 0: not wanted, or a weight that is none */
} px_weighted;

/** Take the next item of a list. @param at where to go on; at the end false. */
bool px_weighted_next(const char **at, px_weighted *item);

/** How a file's bytes are coded; those further down are smaller. */
typedef enum { PX_CODING_IDENTITY, PX_CODING_GZIP, PX_CODING_BR, PX_CODINGS } px_coding;

/** "gzip", "br", as Content-Encoding has them. */
const char *px_coding_name(px_coding coding);

/**
 * The coding to answer with: of those that the client takes the one it wants most, and of equal
 * ones the smallest.
 *
 * @param header     Accept-Encoding; NULL: none came.
 * @param available  bit 1 << coding for each; identity is there always, and the answer where
 * nothing is acceptable.
 */
px_coding px_accept_coding(const char *header, unsigned available);

/**
 * The language to answer in, by RFC 4647's lookup: "de-AT" finds "de".
 *
 * @param header     Accept-Language; NULL: none came.
 * @param available  [n] tags.
 * @return one of `available`, or NULL: the default is as good as any.
 */
const char *px_accept_language(const char *header, const char *const *available, int n);

/** Does an Accept header ask for HTML by its name, as browsers do for what becomes a page? */
bool px_accept_names_html(const char *header);

#endif
