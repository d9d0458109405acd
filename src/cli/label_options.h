/* Options of commands that read a label table and its images. */
#ifndef PX_CLI_LABEL_OPTIONS_H
#define PX_CLI_LABEL_OPTIONS_H

#include "../base/sha256.h"
#include "../dataset/label_table.h"
#include "cli.h"

#define PX_OPTION_LABELS                                                                           \
    {                                                                                              \
        .section = "Labels", .name = "labels", .type = PX_OPT_FILE, .argument = "FILE",            \
        .required = true,                                                                          \
        .help = "the label table, a CSV file: CheXpert's, NIH's (Image Index, Finding Labels), "   \
                "or a path and a column a finding"                                                 \
    }

#define PX_OPTION_IMAGES                                                                           \
    {                                                                                              \
        .name = "images", .type = PX_OPT_FILE, .argument = "DIR|ZIP",                              \
        .help = "where the images are; without it the folder of the label table"                   \
    }

#define PX_OPTION_LABEL_FORMAT                                                                     \
    {                                                                                              \
        .name = "label-format", .type = PX_OPT_CHOICE, .argument = "FORMAT", .value = "auto",      \
        .choices = "auto|chexpert|nih|plain", .help = "of the label table; auto: by its heading"   \
    }

#define PX_OPTION_LABELS_POLICY                                                                    \
    {                                                                                              \
        .name = "labels-policy", .type = PX_OPT_TEXT, .argument = "[FINDING=]POLICY",              \
        .repeated = true,                                                                          \
        .help = "what an uncertain label (-1) counts as: ignore (the image does not count for "    \
                "the finding), zeros or ones; for all findings or, with FINDING=, for one; "       \
                "without it: ignore"                                                               \
    }

#define PX_OPTION_BLANK_LABELS                                                                     \
    {                                                                                              \
        .name = "blank-labels", .type = PX_OPT_CHOICE, .argument = "POLICY", .value = "auto",      \
        .choices = "auto|zeros|ignore",                                                            \
        .help = "what an empty field counts as; auto: 0 in CheXpert's tables, else no label"       \
    }

#define PX_OPTION_VIEWS                                                                            \
    {                                                                                              \
        .name = "views", .type = PX_OPT_CHOICE, .argument = "VIEWS", .value = "all",               \
        .choices = "all|frontal|lateral", .help = "which rows to use"                              \
    }

#define PX_OPTION_COLUMN                                                                           \
    {                                                                                              \
        .name = "column", .type = PX_OPT_TEXT, .argument = "NAME=MEANING", .repeated = true,       \
        .help = "what a column of the label table is: a finding, path, patient, study, sex, age, " \
                "view, or ignore"                                                                  \
    }

/** What the options above say. Zeroed before use, released with px_cli_labels_clear. */
typedef struct px_cli_labels {
    px_label_options options; /**< findings are the caller's to set */
    px_finding_policy *policies;
    px_column_rename *renames;
    char **texts; /**< [n_texts] what policies and renames point into */
    int n_texts;
} px_cli_labels;

/** Read them; the command has all but PX_OPTION_IMAGES. PX_ERR_USAGE naming the option. */
bool px_cli_labels_parse(const px_args *args, px_cli_labels *labels, px_error *err);
void px_cli_labels_clear(px_cli_labels *labels);

/** Read --labels ("-": stdin) by them.
 *  @param sha256  set to the hash of the table's bytes. */
px_label_table *px_cli_labels_read(const px_args *args, const px_cli_labels *labels,
                                   char sha256[PX_SHA256_HEX], px_error *err);

/** A table's file name for reports: without folders, in plain UTF-8, "stdin" for "-". Release with
 *  free(). */
char *px_cli_table_name(const char *path, px_error *err);

/** Open --images, or the folder of --labels, and take rows without an image out of the table. NULL
 *  on failure. */
px_image_source *px_cli_labels_find_images(const px_args *args, px_label_table *table,
                                           px_error *err);

#endif
