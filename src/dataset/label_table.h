/* Label tables of radiographs: CheXpert's, NIH's, and plain CSV. */
#ifndef PX_DATASET_LABEL_TABLE_H
#define PX_DATASET_LABEL_TABLE_H

#include "image_source.h"
#include "notes.h"
#include "perxeptron.h"

/** In labels: not labelled, or ignored by a policy. */
enum { PX_LABEL_MISSING = -1 };

enum {
    PX_LABEL_MAX_ROWS = 5000000,
    PX_LABEL_MAX_FINDINGS = 1000,
    PX_LABEL_MAX_GROUPS = 64 /**< different values of a column that still makes subgroups */
};

typedef enum {
    PX_FORMAT_AUTO,     /**< by the header */
    PX_FORMAT_CHEXPERT, /**< Path,Sex,Age,Frontal/Lateral,AP/PA and a column a finding */
    PX_FORMAT_NIH,      /**< Image Index,Finding Labels (separated by |) and more */
    PX_FORMAT_PLAIN     /**< path (or file, image, filename) and a column a finding */
} px_label_format;

/** What -1, CheXpert's mark for an uncertain mention, becomes. */
typedef enum {
    PX_UNCERTAIN_IGNORE, /**< PX_LABEL_MISSING: the image does not count for this finding */
    PX_UNCERTAIN_ZEROS,
    PX_UNCERTAIN_ONES
} px_uncertain_policy;

/** What an empty cell of a finding's column becomes. */
typedef enum {
    PX_BLANK_AUTO, /**< as each format means it: CheXpert 0 (not mentioned), plain missing */
    PX_BLANK_ZERO,
    PX_BLANK_IGNORE /**< PX_LABEL_MISSING */
} px_blank_policy;

typedef enum { PX_VIEWS_ALL, PX_VIEWS_FRONTAL, PX_VIEWS_LATERAL } px_view_filter;

/** A policy for one finding, before the general one. */
typedef struct px_finding_policy {
    const char *finding; /**< any of its names */
    px_uncertain_policy uncertain;
} px_finding_policy;

/** What a site's column means, before the table of synonyms is asked. */
typedef struct px_column_rename {
    const char *column;  /**< as in the header (case, spaces, _ and - do not matter); in NIH's
                              format also a word of Finding Labels */
    const char *meaning; /**< a finding, or path, patient, study, sex, age, view, or "ignore" */
} px_column_rename;

/** All borrowed for the call. Zeroed: every finding of the table, the formats' own conventions. */
typedef struct px_label_options {
    px_label_format format;
    const char *const *findings; /**< [n_findings] ids, as an ensemble's; NULL: all that the table
                                      has of those known (px_finding_is_known) or renamed */
    int n_findings;
    px_uncertain_policy uncertain;
    const px_finding_policy *policies; /**< [n_policies] */
    int n_policies;
    px_blank_policy blank;
    px_view_filter views;            /**< rows whose view is not told are kept by every filter */
    const px_column_rename *renames; /**< [n_renames] */
    int n_renames;
    int notes_cap; /**< most listed of each kind of note; 0: PX_NOTES_DEFAULT_CAP */
} px_label_options;

/** One radiograph. */
typedef struct px_label_row {
    const char *path; /**< as in the table; unique in it */
    int64_t line;     /**< where its row begins */
    int64_t image;    /**< entry of the image source; -1 before px_label_table_find_images */
    int32_t patient;  /**< index in patients; -1: the table does not tell */
    int32_t study;    /**< index in studies; -1: the table does not tell */
} px_label_row;

typedef enum { PX_COLUMN_OTHER, PX_COLUMN_SEX, PX_COLUMN_AGE, PX_COLUMN_VIEW } px_column_kind;

/** A column that tells subgroups apart. Sex: "female", "male". View: "PA", "AP", "frontal" (which
 *  of both is not told), "lateral". Age: numbers, without values. */
typedef struct px_label_column {
    const char *name; /**< as in the header; "sex", "age", "view" for these kinds */
    px_column_kind kind;
    int n_values;
    const char *const *values; /**< [n_values] in the order of their first row; NULL for age */
    int32_t *value;            /**< [rows] index in values, -1: empty; NULL for age */
    float *number;             /**< [rows] age in years, NaN: not told; NULL for others */
} px_label_column;

/** A whole table. Everything belongs to it; read only, and then safe for any number of threads. */
typedef struct px_label_table {
    px_label_format format; /**< never AUTO */
    int64_t rows_read;      /**< rows of the file, those left out included */
    int n_findings;
    const char *const *findings; /**< [n_findings] as asked for, else canonical ids */
    const bool *has_finding;     /**< [n_findings] whether the table labels it at all */
    int64_t n_rows;
    px_label_row *rows;
    int8_t *labels;     /**< [n_rows, n_findings] 0, 1 or PX_LABEL_MISSING, after the policies */
    uint8_t *uncertain; /**< [n_rows, n_findings] 1 where the table says -1 */
    int32_t n_patients; /**< 0: the table has no patients. Those of rows left out count, too */
    const char *const *patients; /**< [n_patients] identifiers: never to be logged or printed */
    int32_t n_studies;
    const char *const *studies; /**< [n_studies] CheXpert: "CheXpert-v1.0/valid/patient1/study1" */
    int n_columns;
    px_label_column *columns; /**< sex, age, view first, where the table has them */
    px_notes notes;
} px_label_table;

/**
 * Read a label table; its format is known by its header.
 *
 * CheXpert's patient and study come from the path (…/patient00001/study1/…). Rows of one path that
 * agree are merged; those that do not agree are all left out, and noted.
 *
 * @param path  a CSV file of at most 1 GiB and 5 million rows, or "-".
 * @param err   PX_ERR_INPUT naming file and line: no CSV, a header of no format, a row of another
 *              width, a label that is none (not 0, 1, -1 or empty), a column or meaning twice, no
 *              rows; none of the findings asked for is in the table. PX_ERR_USAGE: options.
 *              PX_ERR_LIMIT, PX_ERR_IO, PX_ERR_MEMORY.
 * @return freed by px_label_table_free, or NULL.
 */
px_label_table *px_label_table_read(const char *path, const px_label_options *options,
                                    px_error *err);
/** The same from bytes; `name` stands for the file in errors. */
px_label_table *px_label_table_parse(const void *bytes, size_t size, const char *name,
                                     const px_label_options *options, px_error *err);
void px_label_table_free(px_label_table *table);

/**
 * Find each row's image, and take rows without one out of the table; all noted.
 *
 * A path is looked for as it stands under the source's root, then at the end of one entry's path
 * alone ("00000001_000.png" in "images_001/images/00000001_000.png"), then both again without its
 * first folder, without its first two… ("CheXpert-v1.0-small/valid/…"), as long as a folder and a
 * name are left; of "folder/name" the name alone is tried, too. Then the same with any extension.
 * An entry in the folder of another patient ("patient00001") than the path's counts as none.
 *
 * @param err  PX_ERR_INPUT: no row has an image; PX_ERR_MEMORY. The table may then have changed,
 *             and can only be freed.
 */
bool px_label_table_find_images(px_label_table *table, const px_image_source *source,
                                px_error *err);

/** Index of a finding by any of its names, or -1. */
int px_label_table_finding(const px_label_table *table, const char *name);
/** "CheXpert", "NIH", "plain"; static storage. */
const char *px_label_format_name(px_label_format format);

#endif
