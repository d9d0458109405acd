/* A clock that only goes forward: for durations and deadlines. */
#ifndef PX_BASE_CLOCK_H
#define PX_BASE_CLOCK_H

#include "perxeptron.h"

/** Time since some moment in the past. */
int64_t px_clock_ms(void);
double px_clock_s(void); /**< to the nanosecond */

#endif
