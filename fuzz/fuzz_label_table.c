/* Any bytes as a label table, and as a table of boxes for it; the first byte chooses options. */
#include <stdlib.h>
#include <string.h>

#include "../src/dataset/box_table.h"
#include "../src/dataset/finding_names.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_columns(const px_label_table *table) {
    for (int c = 0; c < table->n_columns; c++) {
        const px_label_column *column = &table->columns[c];
        for (int64_t row = 0; row < table->n_rows; row++) {
            if (column->value ? column->value[row] < -1 || column->value[row] >= column->n_values
                              : column->number[row] < 0 || column->number[row] > 120)
                abort();
        }
    }
}

static void check_table(const px_label_table *table) {
    if (table->n_rows < 1 || table->n_rows > table->rows_read || table->n_findings < 1)
        abort();
    for (int64_t i = 0; i < table->n_rows * table->n_findings; i++) {
        if (table->labels[i] < -1 || table->labels[i] > 1 || table->uncertain[i] > 1)
            abort();
    }
    for (int64_t i = 0; i < table->n_rows; i++) {
        const px_label_row *row = &table->rows[i];
        if (!row->path[0] || row->patient >= table->n_patients || row->study >= table->n_studies)
            abort();
    }
    check_columns(table);
}

static void read_boxes(const px_label_table *table, const uint8_t *data, size_t size) {
    px_error err = {0};
    px_box_table *boxes = px_box_table_parse(data, size, "boxes", table, 0, &err);
    if ((boxes != NULL) != (err.code == PX_OK))
        abort();
    for (int64_t i = 0; boxes && i < boxes->n_boxes; i++) {
        double f[4];
        if (!px_label_box_fractions(&boxes->boxes[i], 300, 200, f))
            continue;
        if (!(f[0] >= 0 && f[1] >= 0 && f[2] > 0 && f[3] > 0 && f[0] + f[2] <= 1 + 1e-9 &&
              f[1] + f[3] <= 1 + 1e-9))
            abort();
    }
    px_box_table_free(boxes);
}

/* Input: a byte of options, the table, and behind a zero byte the boxes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const char *const asked[] = {"edema", "effusion", "our_finding"};
    static const px_column_rename renames[] = {{"x", "our_finding"}, {"y", "path"}};
    if (size == 0)
        return 0;
    const px_label_options options = {.format = (px_label_format)(data[0] & 3),
                                      .findings = data[0] & 4 ? asked : NULL,
                                      .n_findings = data[0] & 4 ? 3 : 0,
                                      .uncertain = (px_uncertain_policy)(data[0] >> 3 & 1),
                                      .blank = (px_blank_policy)(data[0] >> 4 & 1),
                                      .views = (px_view_filter)(data[0] >> 5 & 1),
                                      .renames = renames,
                                      .n_renames = data[0] >> 6 & 2};
    const uint8_t *end = memchr(data + 1, 0, size - 1);
    const size_t length = end ? (size_t)(end - data - 1) : size - 1;
    px_error err = {0};
    px_label_table *table = px_label_table_parse(data + 1, length, "table", &options, &err);
    if ((table != NULL) != (err.code == PX_OK))
        abort();
    if (table) {
        check_table(table);
        if (end)
            read_boxes(table, end + 1, size - length - 2);
    }
    px_label_table_free(table);
    return 0;
}
