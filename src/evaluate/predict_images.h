/* Scoring many images with an ensemble: one pass over each image for all members, several images
 * side by side, and a journal, so that what is computed once is kept. */
#ifndef PX_EVALUATE_PREDICT_IMAGES_H
#define PX_EVALUATE_PREDICT_IMAGES_H

#include "../base/buffer.h"
#include "../base/progress.h"
#include "../reader/reader.h"
#include "predictions.h"

/** The journal's name in a report's folder. */
#define PX_PREDICTIONS_JOURNAL "predictions.journal"

/** Where the images' bytes come from. */
typedef struct px_prediction_images {
    int64_t count;
    const char *const *paths; /**< [count], each once: names in the table, keys in the journal */
    /** Append the bytes of an image's file to `bytes`. Called from several threads at a time. The
     *  error names the file. */
    bool (*read)(void *context, int64_t image, px_buffer *bytes, px_error *err);
    void *context;
} px_prediction_images;

typedef struct px_predict_options {
    bool heat; /**< also where heat maps point; every member must allow it */
    const char
        *journal; /**< path of the journal, made where it is missing; NULL: nothing is kept */
    px_progress *progress; /**< nullable; a step for each image; hidden before a call of tell */
    bool (*stopped)(void); /**< nullable; true: finish what is under way and return */
    void (*tell)(void *context, const char *text); /**< nullable: what a person should know: why an
                                                        image was left out, why a journal was not
                                                        used. One call at a time. */
    void *tell_context;
} px_predict_options;

/** What a run did. */
typedef struct px_predict_outcome {
    int64_t computed, kept, failed; /**< images; kept: taken over from the journal */
    bool stopped;                   /**< not all images were looked at */
} px_predict_outcome;

/**
 * Score images. The journal holds a line for each image that is done: hashes of its path and of its
 * bytes, and its scores. A later run with the same ensemble takes over the lines whose path and
 * bytes are the same and computes the rest, so that it ends with the same table, bit for bit. A
 * journal of another ensemble, of another version of this program or of another kind of processor
 * is set aside as JOURNAL.old; a damaged line, and what follows it, is cut off.
 *
 * @param predictions  initialised; set also when images failed or the run was stopped: look at
 *                     outcome.
 * @param err          PX_ERR_BUSY: another run has the journal; PX_ERR_IO: the journal cannot be
 *                     written; PX_ERR_UNSUPPORTED: heat maps of a network that has none;
 *                     PX_ERR_USAGE: a path twice; PX_ERR_MEMORY.
 */
bool px_predict_images(px_reader *reader, const px_prediction_images *images,
                       const px_predict_options *options, px_predictions *predictions,
                       px_predict_outcome *outcome, px_error *err);

#endif
