/* Any bytes as an ensemble file and as a CSV of findings; what parses keeps its promises. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/reader/ensemble.h"
#include "../src/reader/finding_csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check(bool holds) {
    if (!holds)
        __builtin_trap();
}

static void check_ensemble(const px_ensemble *ensemble) {
    check(ensemble->n_findings > 0 && ensemble->n_members > 0);
    for (int i = 0; i < ensemble->n_findings; i++) {
        const px_ensemble_finding *finding = &ensemble->findings[i];
        check(px_ensemble_id_ok(finding->id) && px_ensemble_find(ensemble, finding->id) == i);
        check(px_ensemble_total_weight(ensemble, i) > 0);
        check(finding->threshold >= 0 && finding->threshold <= 1);
        for (int k = 0; finding->has_calibration && k <= 10; k++) {
            double probability = px_calibration_apply(&finding->calibration, k / 10.0);
            check(probability >= 0 && probability <= 1);
        }
    }
    for (int i = 0; i < ensemble->n_members; i++) {
        check(px_ensemble_file_name_ok(ensemble->members[i].file));
        check(strlen(ensemble->members[i].sha256) == 64);
    }
    px_ensemble_check_measured(ensemble, NULL);
}

static void parse_csv(const uint8_t *data, size_t size) {
    char *text = malloc(size + 1);
    check(text != NULL);
    if (size)
        memcpy(text, data, size);
    text[size] = '\0';
    px_finding_values values = {0};
    if (px_finding_csv_parse(text, &values, NULL)) {
        check(values.count > 0);
        for (int i = 0; i < values.count; i++)
            check(isfinite(values.values[i]) &&
                  px_finding_values_find(&values, values.ids[i]) == i);
    }
    px_finding_values_clear(&values);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    px_ensemble ensemble;
    px_ensemble_init(&ensemble);
    px_error err = {0};
    if (px_ensemble_parse(data, size, &ensemble, &err))
        check_ensemble(&ensemble);
    else
        check(err.code != PX_OK && err.message[0] != '\0');
    px_ensemble_clear(&ensemble);
    parse_csv(data, size);
    return 0;
}
