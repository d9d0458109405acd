/* Phantoms: synthetic frontal chest radiographs, with the truth of what was drawn into them. */
#ifndef PX_PHANTOM_PHANTOM_H
#define PX_PHANTOM_PHANTOM_H

#include "../image/image.h"
#include "perxeptron.h"

/** Findings in the order of the 2020 system's labels, and of the columns of labels.csv. */
typedef enum {
    PX_PHANTOM_ATELECTASIS = 0,
    PX_PHANTOM_CARDIOMEGALY,
    PX_PHANTOM_CONSOLIDATION,
    PX_PHANTOM_EDEMA,
    PX_PHANTOM_PLEURAL_EFFUSION,
    PX_PHANTOM_FINDINGS
} px_phantom_finding;

/** "pleural_effusion" and the like; static storage, NULL for a number that is no finding. */
const char *px_phantom_finding_id(px_phantom_finding finding);

/** A set of findings, from ids separated by commas; "none" is the empty set. Bit i is finding i.
 *  PX_ERR_USAGE names the word that is no finding. */
bool px_phantom_parse_findings(const char *text, unsigned *findings, px_error *err);

#define PX_PHANTOM_LEAST_SIZE 64
#define PX_PHANTOM_MOST_SIZE 4096

typedef struct px_phantom_options {
    int size;          /**< width and height in pixels, 64 to 4096; default 512 */
    int depth;         /**< bits a pixel, 8 or 16; default 8 */
    double prevalence; /**< how likely each finding is, independently, in [0, 1]; default 0.3 */
    bool chosen;       /**< draw exactly `findings`, instead of leaving them to chance */
    unsigned findings; /**< bit i: finding i; with `chosen` */
} px_phantom_options;

px_phantom_options px_phantom_default_options(void);

/** PX_ERR_USAGE names the option out of range. */
bool px_phantom_check_options(const px_phantom_options *options, px_error *err);

#define PX_PHANTOM_MOST_BOXES 16

/** Where a finding was drawn, in pixels; inside the image, at least 1 x 1. */
typedef struct px_phantom_box {
    px_phantom_finding finding;
    int x, y, width, height;
} px_phantom_box;

/** What an image shows. Left and right are the patient's; the right lung is on the image's left. */
typedef struct px_phantom_truth {
    unsigned findings;          /**< bit i: finding i */
    float cardiothoracic_ratio; /**< widest heart over widest thorax inside the ribs; cardiomegaly
                                     is above 0.5 */
    int boxes;                  /**< of `box` that are used; a bilateral finding has two */
    px_phantom_box box[PX_PHANTOM_MOST_BOXES];
} px_phantom_truth;

/**
 * Draw one phantom: X-ray attenuation is summed along the beam through soft shapes, then turned
 * into grey levels by Beer-Lambert's law, scatter, quantum noise and a film-like tone curve. Bone
 * is white.
 *
 * The same options, seed and index give the same pixels in every call. Anatomy, each finding and
 * noise have random streams of their own: the same patient can be drawn with and without a finding.
 * Safe for concurrent calls.
 *
 * @param options  NULL for the defaults.
 * @param image    an initialised image; becomes [size, size] grey of the depth asked for; what it
 *                 held before is freed. Untouched on failure.
 * @param truth    nullable.
 * @param err      PX_ERR_USAGE names the option out of range; PX_ERR_MEMORY.
 */
bool px_phantom_draw(const px_phantom_options *options, uint64_t seed, uint64_t index,
                     px_image *image, px_phantom_truth *truth, px_error *err);

#endif
