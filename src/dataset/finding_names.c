/* Findings by the many names that tables give them.
 *
 * Names and what they cover: CheXpert (Irvin et al., AAAI 2019, table 1), NIH ChestX-ray14 (Wang et
 * al., CVPR 2017, and the data set's own tables), PadChest and MIMIC-CXR-JPG where they spell the
 * same finding differently. Only words of one meaning are together: a lung lesion (mass or nodule)
 * is neither a mass nor a nodule. */
#include "finding_names.h"

#include <string.h>

typedef struct known_finding {
    const char *id, *title;
    const char *others; /* ids with a blank before and behind each */
} known_finding;

static const known_finding known[] = {
    {"no_finding", "No Finding", " no_findings normal "},
    {"enlarged_cardiomediastinum", "Enlarged Cardiomediastinum",
     " enlarged_cardiomediastinal_silhouette widened_mediastinum mediastinal_widening "},
    {"cardiomegaly", "Cardiomegaly",
     " cardiac_enlargement enlarged_heart heart_enlargement enlargement_of_the_heart "},
    {"lung_opacity", "Lung Opacity", " airspace_opacity opacity lung_opacities "},
    {"lung_lesion", "Lung Lesion", " pulmonary_lesion lung_lesions "},
    {"edema", "Edema", " oedema pulmonary_edema pulmonary_oedema lung_edema "},
    {"consolidation", "Consolidation", " lung_consolidation consolidations "},
    {"pneumonia", "Pneumonia", ""},
    {"atelectasis", "Atelectasis", " atelectases atelectasia "},
    {"pneumothorax", "Pneumothorax", ""},
    {"pleural_effusion", "Pleural Effusion", " effusion pleural_effusions effusions "},
    {"pleural_other", "Pleural Other", " other_pleural other_pleural_abnormality "},
    {"fracture", "Fracture", " fractures "},
    {"support_devices", "Support Devices", " support_device devices medical_devices "},
    {"infiltration", "Infiltration", " infiltrate infiltrates infiltrations "},
    {"mass", "Mass", " lung_mass pulmonary_mass masses "},
    {"nodule", "Nodule", " lung_nodule pulmonary_nodule nodules "},
    {"emphysema", "Emphysema", " pulmonary_emphysema "},
    {"fibrosis", "Fibrosis", " pulmonary_fibrosis lung_fibrosis "},
    {"pleural_thickening", "Pleural Thickening", " thickening_of_the_pleura "},
    {"hernia", "Hernia", " hiatal_hernia hiatus_hernia diaphragmatic_hernia "},
};
enum { KNOWN = sizeof known / sizeof known[0] };

static bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* Lower case, the rest as one _ between; false when it is too long. */
static bool normalise(const char *name, char id[PX_FINDING_ID]) {
    size_t used = 0;
    bool gap = false;
    for (const char *p = name; *p; p++) {
        const char c = (char)(*p >= 'A' && *p <= 'Z' ? *p - 'A' + 'a' : *p);
        if (!is_letter_or_digit(c)) {
            gap = used > 0;
            continue;
        }
        if (used + gap >= PX_FINDING_ID - 1)
            return false;
        if (gap)
            id[used++] = '_';
        id[used++] = c;
        gap = false;
    }
    id[used] = '\0';
    return true;
}

static bool is_among(const char *id, const char *others) {
    const size_t length = strlen(id);
    for (const char *at = strstr(others, id); at; at = strstr(at + 1, id)) {
        if (at[-1] == ' ' && at[length] == ' ')
            return true;
    }
    return false;
}

static const known_finding *find_known(const char *id) {
    for (int i = 0; id[0] && i < KNOWN; i++) {
        if (strcmp(id, known[i].id) == 0 || is_among(id, known[i].others))
            return &known[i];
    }
    return NULL;
}

void px_finding_spelling(const char *name, char id[PX_FINDING_ID]) {
    if (!normalise(name, id))
        id[0] = '\0';
}

void px_finding_canonical(const char *name, char id[PX_FINDING_ID]) {
    px_finding_spelling(name, id);
    const known_finding *finding = find_known(id);
    if (finding)
        memcpy(id, finding->id, strlen(finding->id) + 1);
}

bool px_finding_same(const char *a, const char *b) {
    char first[PX_FINDING_ID], second[PX_FINDING_ID];
    px_finding_canonical(a, first);
    px_finding_canonical(b, second);
    return first[0] && strcmp(first, second) == 0;
}

bool px_finding_is_known(const char *name) {
    return px_finding_title(name) != NULL;
}

const char *px_finding_title(const char *name) {
    char id[PX_FINDING_ID];
    px_finding_canonical(name, id);
    const known_finding *finding = find_known(id);
    return finding ? finding->title : NULL;
}
