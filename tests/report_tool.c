/* Writes the reports on made-up scores and on a made-up training, for the tests that look at them
 * in a browser and for the pictures in the documentation. Usage: report_tool FOLDER report.html and
 * plots/ are the evaluation's, training.html is the training's. */
#include <stdio.h>
#include <stdlib.h>

#include "../src/base/file.h"
#include "../src/base/memory.h"
#include "../src/evaluate/report_html.h"
#include "make_evaluation.h"
#include "make_training.h"

static bool write_evaluation(const char *folder, px_error *err) {
    px_evaluation e;
    px_evaluation_init(&e);
    bool ok = make_evaluation(&e, err) && px_evaluation_report_write(&e, folder, err);
    px_evaluation_clear(&e);
    return ok;
}

static bool write_training(const char *folder, px_error *err) {
    made_training made;
    px_buffer page;
    px_buffer_init(&page, (size_t)16 << 20);
    char *path = px_format(err, "%s/training.html", folder);
    bool ok = path && make_training(MADE_TRAINING_EPOCHS, &made, err) &&
              px_train_report_html(&made.summary, &page, err) &&
              px_file_write(path, page.data, page.size, err);
    if (path)
        clear_training(&made);
    px_buffer_clear(&page);
    free(path);
    return ok;
}

int main(int argc, char **argv) {
    px_error err = {0};
    bool ok = argc == 2 && write_evaluation(argv[1], &err) && write_training(argv[1], &err);
    if (!ok)
        fprintf(stderr, "report_tool: %s\n", argc == 2 ? err.message : "usage: FOLDER");
    return ok ? 0 : 1;
}
