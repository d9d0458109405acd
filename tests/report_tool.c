/* Writes the report on made-up scores, for the tests that look at it in a browser and for the
 * picture in the documentation. Usage: report_tool FOLDER */
#include <stdio.h>

#include "../src/evaluate/report_html.h"
#include "make_evaluation.h"

int main(int argc, char **argv) {
    px_error err = {0};
    px_evaluation e;
    px_evaluation_init(&e);
    bool ok =
        argc == 2 && make_evaluation(&e, &err) && px_evaluation_report_write(&e, argv[1], &err);
    if (!ok)
        fprintf(stderr, "report_tool: %s\n", argc == 2 ? err.message : "usage: FOLDER");
    px_evaluation_clear(&e);
    return ok ? 0 : 1;
}
