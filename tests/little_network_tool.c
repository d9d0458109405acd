/* Writes the little network for phantoms' findings: little_network_tool SIZE FILE. */
#include <stdio.h>
#include <stdlib.h>

#include "little_network.h"

int main(int argc, char **argv) {
    px_error err = {0};
    if (argc != 3) {
        fprintf(stderr, "usage: little_network_tool SIZE FILE\n");
        return 1;
    }
    px_model *model =
        make_little_network((int)strtol(argv[1], NULL, 10),
                            "atelectasis,cardiomegaly,consolidation,edema,pleural_effusion", &err);
    bool ok = model && px_model_save(model, argv[2], &err);
    if (!ok)
        fprintf(stderr, "little_network_tool: %s: %s\n", err.subject, err.message);
    px_model_unref(model);
    return ok ? 0 : 4;
}
