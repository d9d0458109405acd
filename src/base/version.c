/* The library's version, as the build file states it. */
#include "perxeptron.h"

const char *px_version(void) {
    return PX_VERSION;
}
