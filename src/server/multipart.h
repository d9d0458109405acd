/* multipart/form-data (RFC 7578) as a stream: fed in pieces of any size, it calls back for parts.
 *
 * libmicrohttpd's own post processor needs a live connection, which a fuzzer has not, and passes
 * over malformed bodies in silence; this one is fed bytes and says what is wrong.
 */
#ifndef PX_SERVER_MULTIPART_H
#define PX_SERVER_MULTIPART_H

#include "perxeptron.h"

#define PX_MULTIPART_BOUNDARY 70   /**< longest boundary, by RFC 2046 */
#define PX_MULTIPART_HEADERS 4096  /**< bytes of one part's headers */
#define PX_MULTIPART_PARTS 16      /**< parts of one body */
#define PX_MULTIPART_PREAMBLE 1024 /**< bytes before the first part */

/** What a body consists of. A callback that returns false (with its error) ends the parsing. */
typedef struct px_multipart_handler {
    /** A part begins. Strings are borrowed until it returns; filename is NULL for a plain field. */
    bool (*begin)(void *context, const char *name, const char *filename, px_error *err);
    /** A piece of the part's content, at least one byte. */
    bool (*data)(void *context, const void *bytes, size_t size, px_error *err);
    bool (*end)(void *context, px_error *err);
} px_multipart_handler;

/** A parser; the caller's storage, nothing to release. Fields are its own. */
typedef struct px_multipart {
    const px_multipart_handler *handler;
    void *context;
    char delimiter[4 + PX_MULTIPART_BOUNDARY + 1]; /**< CR LF - - boundary */
    size_t delimiter_size;
    size_t matched; /**< bytes of the delimiter seen, held back from the content */
    char headers[PX_MULTIPART_HEADERS + 1];
    size_t headers_size;
    size_t preamble;
    int parts;
    int state;
} px_multipart;

/**
 * Start on a body.
 *
 * @param content_type  the request's Content-Type, from which the boundary is taken.
 * @param handler       borrowed, like its context, as long as the parser is fed.
 * @param err           PX_ERR_INPUT: not multipart/form-data, or no valid boundary.
 */
bool px_multipart_init(px_multipart *parser, const char *content_type,
                       const px_multipart_handler *handler, void *context, px_error *err);

/** Feed the next bytes. PX_ERR_INPUT malformed, PX_ERR_LIMIT past a limit above, or the callback's
 *  error; after a failure every further call fails. */
bool px_multipart_feed(px_multipart *parser, const void *bytes, size_t size, px_error *err);

/** The body is over: PX_ERR_INPUT when it was cut short. */
bool px_multipart_finish(px_multipart *parser, px_error *err);

#endif
