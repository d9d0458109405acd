/* Scores of many radiographs: one column for each finding and scorer (every member, and the
 * ensemble). They come from networks (predict_images.h) or from a CSV (predictions_csv.h). */
#ifndef PX_EVALUATE_PREDICTIONS_H
#define PX_EVALUATE_PREDICTIONS_H

#include "../reader/ensemble.h"
#include "perxeptron.h"

/** Stands for a member where the ensemble's own scores are meant. */
#define PX_PREDICTIONS_ENSEMBLE (-1)

/** How the ensemble is called where members have names. */
#define PX_PREDICTIONS_ENSEMBLE_NAME "ensemble"

enum { PX_PREDICTIONS_MAX_IMAGES = 10000000 };

/** Where a heat map points, in shares of the radiograph's width and height, orientation applied. */
typedef struct px_prediction_heat {
    bool there;      /**< false: no heat map of this image, and nothing else is set */
    double box[4];   /**< x, y, width, height around the hottest region (px_finding.box); all 0 when
                          there is none */
    double point[2]; /**< x, y: the middle of the hottest pixel, the first one in reading order */
} px_prediction_heat;

/** An image without scores, and why. */
typedef struct px_prediction_failure {
    int64_t image;
    px_error error; /**< names the file */
} px_prediction_failure;

/**
 * A table of scores. Set up with px_predictions_init, released with px_predictions_clear.
 *
 * Scores of networks are float32. Here each stands as the double of the shortest decimal that gives
 * it back, which is also how it is printed: a table reads back from its CSV bit for bit, and the
 * order of scores and their ties are those of the floats. A threshold that is taken from a column
 * decides in this table exactly as the reader does.
 */
typedef struct px_predictions {
    int64_t n_images;
    char **paths; /**< [n_images], each once; as the caller or the CSV has them */
    int n_findings;
    char **findings; /**< [n_findings] ids */
    int n_members;
    char **members; /**< [n_members] names; none for a table of the ensemble's scores alone */
    char version[PX_ENSEMBLE_VERSION]; /**< of the ensemble that scored; "" for a CSV */
    double *scores;                    /**< [n_findings][n_members + 1][n_images], in [0, 1]; the
                                            ensemble's come last; NaN: no score of this scorer */
    bool *scored;                      /**< [n_images] has at least one score */
    px_prediction_heat *heat; /**< [n_findings][n_images], or NULL: heat maps were not wanted */
    int64_t n_failures;
    px_prediction_failure *failures; /**< images that cannot be read, in the images' order */
} px_predictions;

void px_predictions_init(px_predictions *predictions);
void px_predictions_clear(px_predictions *predictions);

/**
 * Make an empty table: every score is NaN. Names are copied.
 *
 * @param predictions  initialised and empty; untouched on failure.
 * @param heat         with room for heat maps.
 * @param err          PX_ERR_LIMIT: too many images, findings or members; PX_ERR_MEMORY.
 */
bool px_predictions_make(px_predictions *predictions, int64_t n_images, const char *const *paths,
                         int n_findings, const char *const *findings, int n_members,
                         const char *const *members, bool heat, px_error *err);

/** One column: [n_images] scores of a member, or of PX_PREDICTIONS_ENSEMBLE, for a finding. Lives
 *  with the table. */
double *px_predictions_column(const px_predictions *predictions, int finding, int member);
/** [n_images] of a finding's heat maps, or NULL. */
px_prediction_heat *px_predictions_heat(const px_predictions *predictions, int finding);
/** Index of a finding by id, else by any other name of it, or -1. */
int px_predictions_find(const px_predictions *predictions, const char *finding);
/** Index of a member by name, or -1. */
int px_predictions_find_member(const px_predictions *predictions, const char *member);
/** Whether a column holds a score. */
bool px_predictions_has(const px_predictions *predictions, int finding, int member);

/** How the images of a table were found by other paths. */
typedef struct px_prediction_match {
    int64_t matched; /**< wanted paths that have an image with scores */
    int64_t missing; /**< wanted paths without one: their scores are NaN */
    int64_t unused;  /**< images of the table that no path wanted */
    int64_t
        ambiguous; /**< among the missing: more than one image fits, or one image fits several */
} px_prediction_match;

/**
 * Bring a table into the order of other paths, such as a label table's rows. A path is matched with
 * the same path, else with the only one that is its end or that it is the end of, at a "/"
 * ("valid/a.png" and "CheXpert-v1.0/valid/a.png").
 *
 * @param predictions  [n_images] becomes n; paths become the ones given. As it was on failure.
 * @param match        nullable.
 */
bool px_predictions_arrange(px_predictions *predictions, int64_t n, const char *const *paths,
                            px_prediction_match *match, px_error *err);

/** The double that stands for a float32 score (see px_predictions). NaN stays. */
double px_predictions_score(float score);

/**
 * What the ensemble would say with other weights, as its reader computes it: weighted mean in
 * double, rounded to float32.
 *
 * @param scores   [n_members] columns of [n] scores (px_predictions_column).
 * @param weights  [n_members] not negative, one above 0.
 * @param mixed    [n] NaN where a member with a weight has no score.
 */
void px_predictions_mix(int n_members, int64_t n, const double *const *scores,
                        const double *weights, double *mixed);

#endif
