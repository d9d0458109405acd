/* A label table's header: which format it is, and what each column means. */
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "label_parts.h"

static const struct {
    const char *spelling;
    px_column_role role;
} roles[] = {
    {"path", PX_ROLE_PATH},
    {"file", PX_ROLE_PATH},
    {"image", PX_ROLE_PATH},
    {"filename", PX_ROLE_PATH},
    {"file_name", PX_ROLE_PATH},
    {"image_path", PX_ROLE_PATH},
    {"image_index", PX_ROLE_PATH},
    {"patient", PX_ROLE_PATIENT},
    {"patient_id", PX_ROLE_PATIENT},
    {"patientid", PX_ROLE_PATIENT},
    {"subject_id", PX_ROLE_PATIENT},
    {"study", PX_ROLE_STUDY},
    {"study_id", PX_ROLE_STUDY},
    {"sex", PX_ROLE_SEX},
    {"gender", PX_ROLE_SEX},
    {"patient_sex", PX_ROLE_SEX},
    {"patient_gender", PX_ROLE_SEX},
    {"age", PX_ROLE_AGE},
    {"patient_age", PX_ROLE_AGE},
    {"view", PX_ROLE_VIEW},
    {"view_position", PX_ROLE_VIEW},
    {"viewposition", PX_ROLE_VIEW},
    {"frontal_lateral", PX_ROLE_VIEW},
    {"ap_pa", PX_ROLE_PROJECTION},
    {"finding_labels", PX_ROLE_WORDS},
    /* Columns that tell nothing about groups of patients. */
    {"ignore", PX_ROLE_UNUSED},
    {"index", PX_ROLE_UNUSED},
    {"unnamed_0", PX_ROLE_UNUSED},
    {"follow_up", PX_ROLE_UNUSED},
    {"originalimage_width", PX_ROLE_UNUSED},
    {"originalimagepixelspacing_x", PX_ROLE_UNUSED},
    {"width", PX_ROLE_UNUSED},
    {"height", PX_ROLE_UNUSED},
    {"x", PX_ROLE_UNUSED},
    {"y", PX_ROLE_UNUSED},
};
enum { N_ROLES = sizeof roles / sizeof roles[0] };

static const char *const nih_findings[] = {
    "atelectasis", "cardiomegaly",       "consolidation", "edema",        "pleural_effusion",
    "emphysema",   "fibrosis",           "hernia",        "infiltration", "mass",
    "nodule",      "pleural_thickening", "pneumonia",     "pneumothorax", "no_finding"};
enum { N_NIH = sizeof nih_findings / sizeof nih_findings[0] };

/* The role of a name, or PX_ROLES for none. */
static px_column_role role_of(const char *name) {
    char spelling[PX_FINDING_ID];
    px_finding_spelling(name, spelling);
    for (int i = 0; i < N_ROLES; i++) {
        if (strcmp(roles[i].spelling, spelling) == 0)
            return roles[i].role;
    }
    return PX_ROLES;
}

const char *px_label_rename(px_label_reader *reader, const char *name) {
    char wanted[PX_FINDING_ID], column[PX_FINDING_ID];
    px_finding_spelling(name, wanted);
    for (int i = 0; i < reader->options->n_renames; i++) {
        px_finding_spelling(reader->options->renames[i].column, column);
        if (wanted[0] ? strcmp(wanted, column) == 0
                      : strcmp(name, reader->options->renames[i].column) == 0) {
            reader->rename_used[i] = true;
            return reader->options->renames[i].meaning;
        }
    }
    return NULL;
}

int px_label_add_finding(px_label_reader *reader, const char *id, px_error *err) {
    px_whole_table *whole = reader->whole;
    bool added;
    if (whole->table.n_findings == PX_LABEL_MAX_FINDINGS) {
        px_fail(err, PX_ERR_LIMIT, reader->name, "more than %d findings", PX_LABEL_MAX_FINDINGS);
        return -1;
    }
    const int32_t index = px_names_add(&whole->findings, id, &added, err);
    if (index >= 0 && !added) {
        px_fail(err, PX_ERR_USAGE, "findings", "\"%s\" is there twice", id);
        return -1;
    }
    if (index >= 0) {
        whole->table.findings = (const char *const *)whole->findings.texts;
        whole->table.n_findings = index + 1;
    }
    return index;
}

static int find_finding(const px_label_table *table, const char *canonical) {
    char id[PX_FINDING_ID];
    for (int i = 0; i < table->n_findings; i++) {
        px_finding_canonical(table->findings[i], id);
        if (strcmp(id, canonical) == 0)
            return i;
    }
    return -1;
}

bool px_label_find_meaning(px_label_reader *reader, const char *name, int *finding,
                           bool *is_finding, px_error *err) {
    const char *renamed = px_label_rename(reader, name);
    char id[PX_FINDING_ID];
    px_finding_canonical(renamed ? renamed : name, id);
    *is_finding = id[0] && (renamed || px_finding_is_known(id));
    *finding = id[0] ? find_finding(&reader->whole->table, id) : -1;
    if (*finding >= 0 || reader->options->findings || !*is_finding ||
        reader->whole->table.format == PX_FORMAT_NIH)
        return true;
    *finding = px_label_add_finding(reader, id, err);
    return *finding >= 0;
}

/* The findings asked for, which must all be different. */
static bool take_asked(px_label_reader *reader, px_error *err) {
    const px_label_options *options = reader->options;
    char id[PX_FINDING_ID];
    for (int i = 0; options->findings && i < options->n_findings; i++) {
        px_finding_canonical(options->findings[i], id);
        if (!id[0])
            return px_fail(err, PX_ERR_USAGE, "findings", "number %d is no finding's id", i + 1);
        const int same = find_finding(&reader->whole->table, id);
        if (same >= 0)
            return px_fail(err, PX_ERR_USAGE, "findings", "\"%s\" and \"%s\" mean the same",
                           reader->whole->table.findings[same], options->findings[i]);
        if (px_label_add_finding(reader, options->findings[i], err) < 0)
            return false;
    }
    return true;
}

static bool has_column(const px_csv_row *header, const char *spelling) {
    char id[PX_FINDING_ID];
    for (int i = 0; i < header->count; i++) {
        px_finding_spelling(header->fields[i], id);
        if (strcmp(id, spelling) == 0)
            return true;
    }
    return false;
}

static px_label_format recognise(const px_csv_row *header) {
    if (has_column(header, "finding_labels"))
        return PX_FORMAT_NIH;
    return has_column(header, "path") && has_column(header, "frontal_lateral") &&
                   has_column(header, "ap_pa")
               ? PX_FORMAT_CHEXPERT
               : PX_FORMAT_PLAIN;
}

/* A column of a role that only one may have. */
static bool take_role(px_label_reader *reader, int column, px_column_role role, px_error *err) {
    static const px_column_kind kinds[PX_ROLES] = {[PX_ROLE_SEX] = PX_COLUMN_SEX,
                                                   [PX_ROLE_AGE] = PX_COLUMN_AGE,
                                                   [PX_ROLE_VIEW] = PX_COLUMN_VIEW,
                                                   [PX_ROLE_PROJECTION] = PX_COLUMN_VIEW};
    static const char *const names[] = {"", "sex", "age", "view"};
    if (reader->of_role[role] >= 0)
        return px_csv_fail(reader->csv, 1, err, "the columns \"%.60s\" and \"%.60s\" mean the same",
                           reader->headers[reader->of_role[role]], reader->headers[column]);
    reader->of_role[role] = column;
    reader->uses[column].role = role;
    const px_column_kind kind = kinds[role];
    px_label_table *table = &reader->whole->table;
    for (int i = 0; i < table->n_columns; i++) {
        if (table->columns[i].kind == kind)
            return true; /* the view that another column began */
    }
    return kind == PX_COLUMN_OTHER ||
           px_label_add_column(reader->whole, kind, names[kind], err) >= 0;
}

static bool note_unused(px_label_reader *reader, int column, const char *why, px_error *err) {
    return !reader->headers[column][0] ||
           px_notes_add(&reader->whole->table.notes, PX_NOTE_COLUMN_UNUSED, 0, err, "%.200s%s",
                        reader->headers[column], why);
}

/* A column that is in no list of roles: a finding or a group. */
static bool take_other(px_label_reader *reader, int column, px_error *err) {
    const char *name = reader->headers[column];
    int finding;
    bool is_finding;
    if (!px_label_find_meaning(reader, name, &finding, &is_finding, err))
        return false;
    for (int i = 0; finding >= 0 && i < column; i++) {
        if (reader->uses[i].role == PX_ROLE_FINDING && reader->uses[i].index == finding)
            return px_csv_fail(reader->csv, 1, err,
                               "the columns \"%.60s\" and \"%.60s\" mean the same finding",
                               reader->headers[i], name);
    }
    if (finding >= 0) {
        reader->uses[column] = (px_column_use){PX_ROLE_FINDING, finding};
        return true;
    }
    if (is_finding)
        return px_notes_add(&reader->whole->table.notes, PX_NOTE_FINDING_EXTRA, 0, err, "%.200s",
                            name);
    if (!name[0] || reader->whole->table.n_columns == PX_LABEL_MAX_COLUMNS)
        return note_unused(reader, column, ": too many columns", err);
    const int index = px_label_add_column(reader->whole, PX_COLUMN_OTHER, name, err);
    reader->uses[column] = (px_column_use){PX_ROLE_GROUP, index};
    return index >= 0;
}

/* Roles first, so that sex, age and view lead the table's columns. */
static bool take_columns(px_label_reader *reader, bool with_role, px_error *err) {
    for (int i = 0; i < reader->width; i++) {
        const char *renamed = px_label_rename(reader, reader->headers[i]);
        px_column_role role = role_of(renamed ? renamed : reader->headers[i]);
        if (role == PX_ROLE_WORDS && reader->whole->table.format != PX_FORMAT_NIH)
            role = PX_ROLE_UNUSED;
        if ((role != PX_ROLES) != with_role)
            continue;
        if (!(role == PX_ROLES         ? take_other(reader, i, err)
              : role == PX_ROLE_UNUSED ? note_unused(reader, i, "", err)
                                       : take_role(reader, i, role, err)))
            return false;
    }
    return true;
}

static bool copy_headers(px_label_reader *reader, const px_csv_row *header, px_error *err) {
    reader->width = header->count;
    reader->uses = px_alloc((size_t)header->count, sizeof *reader->uses, err);
    reader->headers = px_alloc((size_t)header->count, sizeof *reader->headers, err);
    const size_t renames = (size_t)reader->options->n_renames;
    reader->rename_used = px_alloc(renames, sizeof *reader->rename_used, err);
    bool ok = reader->uses && reader->headers && reader->rename_used;
    for (int i = 0; ok && i < header->count; i++)
        ok = (reader->headers[i] = px_strdup(header->fields[i], err)) != NULL;
    for (int i = 0; i < PX_ROLES; i++)
        reader->of_role[i] = -1;
    return ok;
}

static bool check_roles(px_label_reader *reader, px_error *err) {
    const px_label_format format = reader->whole->table.format;
    if (reader->of_role[PX_ROLE_PATH] < 0)
        return px_csv_fail(reader->csv, 1, err,
                           "not a header of a label table: no column path, file, image, filename "
                           "or Image Index");
    if (format == PX_FORMAT_NIH && reader->of_role[PX_ROLE_WORDS] < 0)
        return px_csv_fail(reader->csv, 1, err, "no column Finding Labels");
    return true;
}

/* Which findings the table labels, and what their uncertain labels become. */
static bool set_up_findings(px_label_reader *reader, px_error *err) {
    px_whole_table *whole = reader->whole;
    const px_label_options *options = reader->options;
    const size_t count = (size_t)whole->table.n_findings;
    if (count == 0)
        return px_csv_fail(reader->csv, 1, err,
                           "no column is a finding that is known: say which are by renaming them");
    reader->policies = px_alloc(count, sizeof *reader->policies, err);
    reader->row_labels = px_alloc(count, 1, err);
    reader->row_uncertain = px_alloc(count, 1, err);
    whole->table.has_finding = whole->has_finding = px_alloc(count, sizeof(bool), err);
    if (!reader->policies || !reader->row_labels || !reader->row_uncertain || !whole->has_finding)
        return false;
    for (size_t f = 0; f < count; f++)
        reader->policies[f] = options->uncertain;
    for (int i = 0; i < options->n_policies; i++) {
        const int f = px_label_table_finding(&whole->table, options->policies[i].finding);
        if (f < 0)
            return px_fail(err, PX_ERR_USAGE, "policies", "\"%s\" is no finding of this table",
                           options->policies[i].finding);
        reader->policies[f] = options->policies[i].uncertain;
    }
    for (int i = 0; i < reader->width; i++) {
        if (reader->uses[i].role == PX_ROLE_FINDING)
            whole->has_finding[reader->uses[i].index] = true;
    }
    for (int i = 0; whole->table.format == PX_FORMAT_NIH && i < N_NIH; i++) {
        const int f = px_label_table_finding(&whole->table, nih_findings[i]);
        if (f >= 0)
            whole->has_finding[f] = true;
    }
    return true;
}

bool px_label_read_header(px_label_reader *reader, const px_csv_row *header, px_error *err) {
    px_label_table *table = &reader->whole->table;
    const px_label_format asked = reader->options->format;
    table->format = asked == PX_FORMAT_AUTO ? recognise(header) : asked;
    reader->blank = reader->options->blank != PX_BLANK_AUTO ? reader->options->blank
                    : table->format == PX_FORMAT_CHEXPERT   ? PX_BLANK_ZERO
                                                            : PX_BLANK_IGNORE;
    bool ok = copy_headers(reader, header, err) && take_asked(reader, err);
    for (int i = 0; ok && i < N_NIH && table->format == PX_FORMAT_NIH && !reader->options->findings;
         i++)
        ok = px_label_add_finding(reader, nih_findings[i], err) >= 0;
    return ok && take_columns(reader, true, err) && check_roles(reader, err) &&
           take_columns(reader, false, err) && set_up_findings(reader, err);
}
