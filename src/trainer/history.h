/* What a training measured, epoch by epoch: history.csv, and what plateaus say. */
#ifndef PX_TRAINER_HISTORY_H
#define PX_TRAINER_HISTORY_H

#include "../base/buffer.h"
#include "perxeptron.h"

/** Of a history's CSV, in a file and in a checkpoint. */
enum { PX_HISTORY_MAX_BYTES = 8 << 20 };

/** One epoch. */
typedef struct px_history_row {
    int epoch;         /**< from 1 */
    int64_t steps;     /**< done in all */
    int size;          /**< side of the input, pixels */
    double rate;       /**< learning rate of the last step */
    double train_loss; /**< mean over the epoch's steps */
    double gradient;   /**< mean norm of the gradients before clipping */
    double valid_loss; /**< NaN where nothing was validated */
    double mean_auc;   /**< over the findings that have one; NaN for none */
    double *auc;       /**< [n_findings] NaN: one class only */
    double images_per_second;
    double seconds; /**< of work since the training began, over all stretches */
    bool best;      /**< the best mean_auc so far */
    bool restarted; /**< the first epoch after a resume */
} px_history_row;

/** All epochs. px_history_init, px_history_clear. */
typedef struct px_history {
    int n_findings;
    char **findings; /**< [n_findings] ids, owned */
    int n_rows;
    px_history_row *rows;
} px_history;

bool px_history_init(px_history *history, int n_findings, const char *const *findings,
                     px_error *err);
void px_history_clear(px_history *history);
/** Append a copy. @param row  its auc: [n_findings]. */
bool px_history_add(px_history *history, const px_history_row *row, px_error *err);

/** As CSV: a header and a row an epoch, numbers so that they read back exactly, NaN as empty. The
 *  columns are those of px_history_row, then "auc ID" for each finding. On failure `out` holds what
 *  it held. */
bool px_history_write(const px_history *history, px_buffer *out, px_error *err);
/** Read what px_history_write wrote. @param history  zeroed. PX_ERR_INPUT naming the line. */
bool px_history_parse(const char *text, size_t size, px_history *history, px_error *err);

/**
 * How a training does. The last `patience` epochs are compared with all those before them; only
 * epochs of the present input size count, because another size changes the training's figures and
 * gives it a new chance. A figure is
 * better when its best in the last epochs beats its best before by more than 0.002 (AUC) or 0.5 %
 * (losses), and worse when its mean in the last epochs is that far behind. NaN is passed over.
 */
typedef enum {
    PX_TREND_EARLY,      /**< not more than `patience` epochs, or nothing known to compare */
    PX_TREND_LEARNING,   /**< the mean AUC or the validation loss is better */
    PX_TREND_PLATEAU,    /**< neither is; without any validation: the training loss is not */
    PX_TREND_OVERFITTING /**< neither is, the training loss is better, and the validation loss
                              (where there is none, the mean AUC) is worse */
} px_trend;

/** @param patience  epochs without a better AUC that make a plateau, 1 or more. */
px_trend px_history_trend(const px_history *history, int patience);
/** Is the training loss better in this sense? */
bool px_history_train_falls(const px_history *history, int patience);
/** The row of the best mean AUC, the first of equals; NULL where none is known. */
const px_history_row *px_history_best(const px_history *history);

#endif
