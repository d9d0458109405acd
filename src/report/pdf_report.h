/* The report on one radiograph: one A4 page as PDF. */
#ifndef PX_REPORT_PDF_REPORT_H
#define PX_REPORT_PDF_REPORT_H

#include "../base/buffer.h"
#include "../image/image.h"
#include "perxeptron.h"

/** What a person holds of a finding. */
typedef enum { PX_REPORT_UNJUDGED, PX_REPORT_ACCEPTED, PX_REPORT_REJECTED } px_report_verdict;

/** One row of the table. */
typedef struct px_report_finding {
    const char *name;
    double score;
    bool has_probability; /**< calibrated */
    double probability;
    bool has_threshold; /**< operating point */
    double threshold;
    bool decision;
    double disagreement; /**< standard deviation of the members' scores */
    px_report_verdict verdict;
    const char *note; /**< of who judged it; may be NULL */
} px_report_finding;

typedef struct px_report_picture {
    const px_image *image;
    const char *caption;
    bool has_heat; /**< TURBO's scale is drawn below it */
} px_report_picture;

enum { PX_REPORT_PICTURES = 3 };

typedef struct px_report_member {
    const char *name;
    const char *sha256; /**< of the model file */
} px_report_member;

/** What the page shows. Everything is borrowed; texts may be in any script, and are cut where they
 *  are too long for their place. NULL or "" leaves a text out; names, captions and members' hashes
 * are never NULL. */
typedef struct px_report {
    const char *title;
    const char *number; /**< of the X-ray */
    const char *patient_reference;
    int64_t taken_up;   /**< seconds since 1970: when the image was uploaded; 0: not shown */
    int64_t made;       /**< seconds since 1970: the report's date, also in the file's properties */
    int width, height;  /**< of the radiograph in pixels */
    const char *sha256; /**< of its file */
    px_report_picture pictures[PX_REPORT_PICTURES]; /**< side by side */
    int n_pictures;
    const px_report_finding *findings; /**< in the order to be shown. Those beyond what fits on the
                                            page are counted in a line */
    int n_findings;
    const char *ensemble, *version;
    const px_report_member *members;
    int n_members;
    const char *card;   /**< a sentence on training data and quality */
    const char *notice; /**< a warning in a box: px_reader_notice's */
} px_report;

/**
 * Make the page: the same report gives the same bytes with the same fonts.
 *
 * Safe for concurrent calls. The file's properties name the X-ray's number and nothing else of it.
 *
 * @param out  the PDF is appended; as it was on failure.
 * @param err  PX_ERR_USAGE: more pictures than PX_REPORT_PICTURES, or one without pixels;
 *             PX_ERR_MEMORY; PX_ERR_LIMIT past the buffer's cap.
 */
bool px_report_write_pdf(const px_report *report, px_buffer *out, px_error *err);

#endif
