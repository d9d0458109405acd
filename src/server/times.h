/* Times as the interfaces write them: RFC 3339, UTC, microseconds. */
#ifndef PX_SERVER_TIMES_H
#define PX_SERVER_TIMES_H

#include <jansson.h>

#include "perxeptron.h"

#define PX_TIME_SIZE 28

/** "2026-11-23T08:31:12.204518Z" from microseconds since 1970, of the years 1 to 9999. */
void px_time_print(int64_t time, char text[PX_TIME_SIZE]);

/** The same as a new JSON string; null for 0, which stands for never. */
json_t *px_time_to_json(int64_t time);

/** Read a time of the years 1970 to 9999 with any fraction of a second (cut to microseconds) and
 *  any offset. False, with `time` untouched, when it is none. */
bool px_time_parse(const char *text, int64_t *time);

#endif
