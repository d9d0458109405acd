/* The ensemble file: which models vote on which findings, with what weight, and where to decide. */
#ifndef PX_READER_ENSEMBLE_H
#define PX_READER_ENSEMBLE_H

#include <jansson.h>

#include "../base/sha256.h"
#include "../stats/calibration.h"
#include "perxeptron.h"

#define PX_ENSEMBLE_FORMAT "perxeptron-ensemble/1"
#define PX_ENSEMBLE_VERSION 17 /**< 16 hexadecimal digits and the closing zero */

enum { PX_ENSEMBLE_MAX_FINDINGS = 1000, PX_ENSEMBLE_MAX_MEMBERS = 64 };

/** One finding that the ensemble answers. */
typedef struct px_ensemble_finding {
    char *id;   /**< a-z, 0-9 and _ only: it also names files */
    char *name; /**< for people */
    bool has_threshold;
    double threshold; /**< in [0, 1]; decision = score >= threshold */
    bool has_calibration;
    px_calibration calibration; /**< score to probability */
} px_ensemble_finding;

/** One model and its say in each finding. */
typedef struct px_ensemble_member {
    char *name;
    char *file;                 /**< relative to the ensemble file's folder, never out of it */
    char sha256[PX_SHA256_HEX]; /**< of the model file */
    double *weights;            /**< [n_findings], as written: not normalised; 0 for none */
} px_ensemble_member;

/** A parsed ensemble file. Set up with px_ensemble_init, released with px_ensemble_clear. */
typedef struct px_ensemble {
    char *name;
    char version[PX_ENSEMBLE_VERSION]; /**< start of the SHA-256 of the file's bytes */
    int n_findings;
    px_ensemble_finding *findings;
    int n_members;
    px_ensemble_member *members;
    json_t *operating_points, *calibration, *card; /**< as in the file; NULL where absent */
} px_ensemble;

void px_ensemble_init(px_ensemble *ensemble);
void px_ensemble_clear(px_ensemble *ensemble);

/**
 * Parse and check an ensemble file's content. Unknown keys are refused everywhere but in "card".
 *
 * @param ensemble  initialised; set on success, untouched on failure.
 * @param err       PX_ERR_INPUT naming the line or the key ("members[1].weights.edema");
 *                  PX_ERR_UNSUPPORTED: another format version or calibration method.
 */
bool px_ensemble_parse(const void *bytes, size_t size, px_ensemble *ensemble, px_error *err);
/** The same from a file of at most 4 MiB; errors name it. */
bool px_ensemble_load(const char *path, px_ensemble *ensemble, px_error *err);

/** Thresholds and calibration must have been measured on these very members: compares the hashes
 *  they carry ("members" in each block, where there) with the members'. PX_ERR_MISMATCH. */
bool px_ensemble_check_measured(const px_ensemble *ensemble, px_error *err);

/** Whether a name may stand in "file": relative, without "..", "." or empty parts. */
bool px_ensemble_file_name_ok(const char *file);
/** Whether a text may stand as a finding's id. */
bool px_ensemble_id_ok(const char *id);

/** Index of a finding by id, or -1. */
int px_ensemble_find(const px_ensemble *ensemble, const char *id);
/** Sum of all members' weights for a finding; above 0 in a parsed ensemble. */
double px_ensemble_total_weight(const px_ensemble *ensemble, int finding);

/** Write the file; nothing is left behind on failure. PX_ERR_INPUT for what could not be read back,
 *  such as a control character in a name; PX_ERR_LIMIT: more than 4 MiB. */
bool px_ensemble_save(const px_ensemble *ensemble, const char *path, px_error *err);

#endif
