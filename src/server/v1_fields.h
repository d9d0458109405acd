/* What a request of the new interface says, checked strictly: each field has a type and a range,
 * and one that is not known is refused with all the others that are wrong.
 */
#ifndef PX_SERVER_V1_FIELDS_H
#define PX_SERVER_V1_FIELDS_H

#include "exchange.h"

#define PX_V1_PAGE_USUAL 20
#define PX_V1_PAGE_MOST 100

typedef struct px_v1_fields {
    const px_request *request;
    json_t *errors; /**< what is wrong so far */
} px_v1_fields;

/**
 * Start on a JSON body that may have these fields, or on the query alone.
 *
 * @param known  names, ending with NULL; NULL: the request has no body that counts.
 * @return false with the reply filled in: the body cannot be used at all. Nothing to end then.
 */
bool px_v1_begin(px_v1_fields *fields, const px_request *request, const char *const *known,
                 px_reply *reply);
/** The end of it. False with the reply filled in when anything was wrong. */
bool px_v1_end(px_v1_fields *fields, px_reply *reply);

/** Refuse every field of the body that is not among `known`, which end with NULL. */
void px_v1_refuse_unknown(px_v1_fields *fields, const char *const *known);

/** Say that a field is wrong. */
void px_v1_refuse(px_v1_fields *fields, const char *field, const char *format, ...) PX_PRINTF(3, 4);

/** Is this field in the body, null included? */
bool px_v1_has(const px_v1_fields *fields, const char *field);
/** A text of `least` to `most` characters without control characters; NULL when it is missing or
 *  wrong, which is an error where it is required. Borrowed. */
const char *px_v1_text(px_v1_fields *fields, const char *field, bool required, size_t least,
                       size_t most);
/** A text of at most `most` characters that may have several lines; NULL when it is missing or
 *  wrong. Borrowed. */
const char *px_v1_lines(px_v1_fields *fields, const char *field, size_t most);
/** A text that is compared with what is stored, not kept: required, and any but an empty one. */
const char *px_v1_secret(px_v1_fields *fields, const char *field);
/** One of `choices`, which end with NULL: its index, or -1 when it is missing or wrong. */
int px_v1_choice(px_v1_fields *fields, const char *field, const char *const *choices);
/** Untouched when it is missing. */
void px_v1_bool(px_v1_fields *fields, const char *field, bool *value);
/** Untouched when it is missing or null. */
void px_v1_int(px_v1_fields *fields, const char *field, int least, int most, int *value);
/** A time (times.h); untouched when it is missing or null. */
void px_v1_time(px_v1_fields *fields, const char *field, int64_t *time);

/** The argument `text` of a search, which has 1 to `most` characters: as it is, or NULL when it is
 *  missing or wrong. */
const char *px_v1_search_text(px_v1_fields *fields, const char *text, size_t most);
/** The query's `limit` of a page. */
int px_v1_page_size(px_v1_fields *fields);
/** The query's `cursor` where that is the number of what the page before ended with; 0 for none. */
int64_t px_v1_page_start(px_v1_fields *fields);
/** Both of them, where the query has no other arguments. False with the reply filled in. */
bool px_v1_read_page(const px_request *request, int64_t *after, int *size, px_reply *reply);
/** Such a cursor, or null where the list ends. */
json_t *px_v1_cursor(int64_t number, bool more);

#endif
