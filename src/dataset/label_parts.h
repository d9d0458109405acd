/* Inside of label tables: what the parts of their reader share. */
#ifndef PX_DATASET_LABEL_PARTS_H
#define PX_DATASET_LABEL_PARTS_H

#include "../base/csv.h"
#include "finding_names.h"
#include "label_table.h"
#include "names.h"

/* What a column is for. */
typedef enum {
    PX_ROLE_UNUSED,
    PX_ROLE_PATH,
    PX_ROLE_PATIENT,
    PX_ROLE_STUDY,
    PX_ROLE_SEX,
    PX_ROLE_AGE,
    PX_ROLE_VIEW,
    PX_ROLE_PROJECTION, /* CheXpert's AP/PA: which frontal view */
    PX_ROLE_WORDS,      /* NIH's Finding Labels */
    PX_ROLE_FINDING,
    PX_ROLE_GROUP,
    PX_ROLES
} px_column_role;

typedef struct px_column_use {
    px_column_role role;
    int index; /* of the finding, or of the table's column */
} px_column_use;

enum { PX_LABEL_MAX_COLUMNS = 64 }; /* that tell subgroups apart */

/* A table with what it owns. */
typedef struct px_whole_table {
    px_label_table table; /* first: px_label_table_free casts back */
    px_names findings, paths, patients, studies;
    bool *has_finding;                        /* table.has_finding */
    px_names values[PX_LABEL_MAX_COLUMNS];    /* of table.columns */
    char *column_names[PX_LABEL_MAX_COLUMNS]; /* likewise */
    bool crowded[PX_LABEL_MAX_COLUMNS];       /* too many values to make subgroups */
} px_whole_table;

/* A table being read. */
typedef struct px_label_reader {
    px_csv *csv;
    const char *name; /* of the file */
    const px_label_options *options;
    px_whole_table *whole;
    int width;                     /* fields of the header */
    px_column_use *uses;           /* [width] */
    char **headers;                /* [width] as written */
    int of_role[PX_ROLES];         /* the column of a role that comes once, or -1 */
    bool *rename_used;             /* [n_renames] */
    px_uncertain_policy *policies; /* [n_findings] */
    px_blank_policy blank;         /* never AUTO */
    px_names words;                /* NIH: all that occur */
    int32_t *word_finding;         /* [words.room] finding, or -1 */
    int64_t *word_rows;            /* [words.room] rows with it */
    int32_t word_room;
    int64_t room;           /* of the table's rows */
    uint8_t *dropped;       /* [room] rows to leave out */
    int8_t *row_labels;     /* [n_findings] of the row at hand */
    uint8_t *row_uncertain; /* [n_findings] likewise */
} px_label_reader;

/* Take the header: format, uses of columns, findings, policies. */
bool px_label_read_header(px_label_reader *reader, const px_csv_row *header, px_error *err);
/* Add a finding by the name that the table shall give it. -1 and an error. */
int px_label_add_finding(px_label_reader *reader, const char *id, px_error *err);
/* Index of the finding that a column or word means; -1: none that is asked for. A new one is added
 * when all are wanted. `is_finding`: whether it is a known or renamed one. False: failure. */
bool px_label_find_meaning(px_label_reader *reader, const char *name, int *finding,
                           bool *is_finding, px_error *err);
/* What the options rename this to, or NULL. */
const char *px_label_rename(px_label_reader *reader, const char *name);

/* Labels of a row from its fields, into row_labels and row_uncertain. */
bool px_label_read_labels(px_label_reader *reader, const px_csv_row *row, px_error *err);
/* NIH: findings that no row and no convention of the format tells of are missing everywhere. */
bool px_label_finish_words(px_label_reader *reader, px_error *err);

/* Sex, age, view and groups of a row into the columns at `at`. */
bool px_label_read_columns(px_label_reader *reader, const px_csv_row *row, int64_t at,
                           px_error *err);
/* Room for `room` rows in the columns. */
bool px_label_grow_columns(px_label_table *table, int64_t room, px_error *err);
/* Publish values; take out columns that make no subgroups, noted. */
bool px_label_finish_columns(px_label_reader *reader, px_error *err);
/* Add a column; its index, or -1 and an error. */
int px_label_add_column(px_whole_table *whole, px_column_kind kind, const char *name,
                        px_error *err);
/* Does a row's view pass the filter? */
bool px_label_view_passes(const px_label_reader *reader, int64_t at);

/* CheXpert's paths: where the patient's folder begins, or NULL, and the length up to the study's
 * end, or 0. */
const char *px_label_find_patient(const char *path, size_t *to_study);

/* Take out rows: `dropped` [n_rows]. */
void px_label_drop_rows(px_label_table *table, const uint8_t *dropped);

#endif
