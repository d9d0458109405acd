/* Where the ensemble is that is used when none was named. */
#include <stdlib.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "reader.h"

char *px_reader_default_path(px_error *err) {
    const char *chosen = getenv("PERXEPTRON_ENSEMBLE");
    if (chosen && chosen[0] != '\0')
        return px_strdup(chosen, err);
    static const char here[] = "models/default/ensemble.json";
    if (access(here, R_OK) == 0)
        return px_strdup(here, err);
    static const char *const beside[] = {"../models/default/ensemble.json",
                                         "../share/perxeptron/default/ensemble.json"};
    for (size_t i = 0; i < sizeof beside / sizeof beside[0]; i++) {
        char *path = px_path_beside_program(beside[i], err);
        if (path && access(path, R_OK) == 0)
            return path;
        free(path);
    }
    px_fail(
        err, PX_ERR_IO, NULL,
        "no ensemble: name one with -e or PERXEPTRON_ENSEMBLE, or install the default one beside "
        "the program (see `perxeptron ensemble create --help`)");
    return NULL;
}
