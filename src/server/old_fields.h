/* Validation as the 2020 interface had it: Django REST Framework 3.11's messages, in its order. */
#ifndef PX_SERVER_OLD_FIELDS_H
#define PX_SERVER_OLD_FIELDS_H

#include "exchange.h"

typedef struct px_old_fields {
    const px_request *request;
    json_t *errors; /**< what is wrong so far: lists of messages by field */
} px_old_fields;

/** Start on a body: JSON, form or multipart, or none. False with the reply filled in when it cannot
 *  be used at all; nothing to end then. */
bool px_old_begin(px_old_fields *fields, const px_request *request, px_reply *reply);
/** The end of it. False with the reply filled in (400) when anything was wrong. */
bool px_old_end(px_old_fields *fields, px_reply *reply);

/** Say that a field is wrong: its first message makes its place in the answer. */
void px_old_refuse(px_old_fields *fields, const char *field, const char *message);

/**
 * A CharField, required and not blank: texts, and numbers as Python prints them.
 *
 * @param trimmed  without white space around it.
 * @param most     characters; 0: any.
 * @return to be freed; NULL when there is none that can be used, which was refused.
 */
char *px_old_text(px_old_fields *fields, const char *field, bool trimmed, size_t most);

#endif
