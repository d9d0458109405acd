/* Reporting failures: fill a px_error once, keep the first. */
#ifndef PX_BASE_ERROR_H
#define PX_BASE_ERROR_H

#include "perxeptron.h"

/**
 * Record a failure and return false, so that callers can write `return px_fail(…)`.
 *
 * @param err      nullable; left as it is when it already holds a failure.
 * @param subject  file, field or layer the failure is about; NULL for none. Here and below, control
 *                 characters in subjects and messages become '?'.
 */
bool px_fail(px_error *err, px_error_code code, const char *subject, const char *format, ...)
    PX_PRINTF(4, 5);

/** Record "SUBJECT: ACTION: strerror(errno)" as PX_ERR_IO (PX_ERR_MEMORY for ENOMEM). */
bool px_fail_errno(px_error *err, const char *subject, const char *action);

/** Record that memory ran out. */
bool px_fail_memory(px_error *err);

/** Name what a recorded failure is about, where that was not known yet. */
void px_error_set_subject(px_error *err, const char *subject);

/** Put a recorded failure about a part (a layer) under the whole (its file): `whole` becomes the
 *  subject, and the part leads the message, as "part: message". */
void px_error_add_whole(px_error *err, const char *whole);

#endif
