/* Log lines on stderr, as text or JSON. Never patients' data, names, tokens or pixels. */
#ifndef PX_BASE_LOG_H
#define PX_BASE_LOG_H

#include "perxeptron.h"

typedef enum { PX_LOG_DEBUG, PX_LOG_INFO, PX_LOG_WARNING, PX_LOG_ERROR } px_log_level;

/** Set the lowest level shown and the format; call before threads start. Default: info, text. */
void px_log_configure(px_log_level lowest, bool json);

/** One line: time (UTC, RFC 3339), level, topic ("server", "reader"), request id (NULL for none),
 *  message. Thread-safe; a line is written whole. */
void px_log(px_log_level level, const char *topic, const char *request_id, const char *format, ...)
    PX_PRINTF(4, 5);

#endif
