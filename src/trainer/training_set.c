/* The images and labels of a training: tables read, patients split, findings counted. */
#include "training_set.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/sha256.h"
#include "../dataset/names.h"
#include "../dataset/split.h"
#include "../train/loss.h"

enum { MAX_LINE_BYTES = 1024, MAX_ROW_BYTES = 1 << 20 };

typedef struct finding_count {
    int64_t positives, negatives;
} finding_count;

typedef struct part {
    const px_label_table *table;
    const px_image_source *source;
    int64_t count, patients;
    int64_t *rows;           /* [count] of the table */
    float *labels;           /* [count, findings] */
    finding_count *counts;   /* [findings] */
    atomic_bool *unreadable; /* [count] what was noted */
} part;

/* Where one table or one source serves both parts, the second of them is NULL. */
struct px_training_set {
    int findings;
    px_label_table *tables[PX_PARTS];
    px_image_source *sources[PX_PARTS];
    part parts[PX_PARTS];
    char sha256[PX_SHA256_HEX];
};

/* A set that is being opened. */
typedef struct opening {
    px_training_set *set;
    const px_train_config *config;
    void (*tell)(void *context, const char *text);
    void *context;
} opening;

static void say(const opening *o, const char *format, ...) PX_PRINTF(2, 3);

static void say(const opening *o, const char *format, ...) {
    char text[MAX_LINE_BYTES];
    va_list arguments;
    if (!o->tell)
        return;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    o->tell(o->context, text);
}

/* ---- Tables -----------------------------------------------------------------------------------
 */

/* What was left out of the rows and images; that a table has more columns and findings than are
 * trained is as it should be. */
static void tell_notes(const opening *o, const char *path, const px_notes *notes) {
    for (int kind = 0; kind < PX_NOTE_KINDS; kind++)
        if (notes->kinds[kind].count > 0 && kind != PX_NOTE_COLUMN_UNUSED &&
            kind != PX_NOTE_FINDING_EXTRA)
            say(o, "%s: %lld %s", path, (long long)notes->kinds[kind].count,
                px_note_title((px_note_kind)kind));
}

/* Must every finding be labelled by this table that the model answers with, and the others? */
static bool check_findings(const opening *o, px_part which, const px_label_table *table,
                           const char *path, px_error *err) {
    const int needed = which == PX_PART_TRAIN ? table->n_findings : o->config->n_findings;
    for (int f = 0; f < needed; f++)
        if (!table->has_finding[f])
            return px_fail(err, PX_ERR_INPUT, path, "does not label %s", table->findings[f]);
    return true;
}

static const px_image_source *open_source(const opening *o, px_part which, const char *path,
                                          px_error *err) {
    px_image_source **sources = o->set->sources;
    px_image_source *source = px_image_source_open(path, err);
    if (!source)
        return NULL;
    if (which != PX_PART_TRAIN && strcmp(px_image_source_real_path(sources[PX_PART_TRAIN]),
                                         px_image_source_real_path(source)) == 0) {
        px_image_source_free(source);
        return sources[PX_PART_TRAIN];
    }
    sources[which] = source;
    tell_notes(o, path, px_image_source_notes(source));
    return source;
}

/* What is wrong with the options is wrong with the configuration. */
static px_label_table *read_table(const opening *o, const char *path, px_error *err) {
    px_error failure = {0};
    px_label_table *table = px_label_table_read(path, &o->config->labels, &failure);
    if (table)
        return table;
    if (failure.code == PX_ERR_USAGE)
        px_fail(err, PX_ERR_INPUT, o->config->path, "\"%s\" does not suit %s: %s",
                strcmp(failure.subject, "policies") == 0 ? "data.uncertain" : "data.columns", path,
                failure.message);
    else
        px_fail(err, failure.code, failure.subject, "%s", failure.message);
    return NULL;
}

/* Read a table; the part has its images until they are split. */
static bool open_table(const opening *o, px_part which, const px_train_table *from, px_error *err) {
    part *p = &o->set->parts[which];
    px_label_table *table = read_table(o, from->labels, err);
    o->set->tables[which] = table;
    if (!table || !check_findings(o, which, table, from->labels, err))
        return false;
    p->table = table;
    p->source = open_source(o, which, from->images, err);
    if (!p->source || !px_label_table_find_images(table, p->source, err))
        return false;
    tell_notes(o, from->labels, &table->notes);
    return true;
}

/* ---- Parts ------------------------------------------------------------------------------------
 */

static bool count_patients(part *p, px_error *err) {
    bool *seen = px_alloc((size_t)p->table->n_patients, sizeof *seen, err);
    for (int64_t i = 0; seen && p->table->n_patients > 0 && i < p->count; i++) {
        const int32_t patient = p->table->rows[p->rows[i]].patient;
        p->patients += patient < 0 || !seen[patient];
        if (patient >= 0)
            seen[patient] = true;
    }
    free(seen);
    return seen != NULL;
}

static void take_labels(part *p, int64_t image, int findings) {
    const int8_t *labels = p->table->labels + p->rows[image] * findings;
    for (int f = 0; f < findings; f++) {
        const bool known = labels[f] != PX_LABEL_MISSING;
        p->labels[image * findings + f] = known ? (float)labels[f] : PX_LABEL_UNKNOWN;
        p->counts[f].positives += labels[f] == 1;
        p->counts[f].negatives += labels[f] == 0;
    }
}

/* An image without any label teaches nothing and measures nothing. */
static bool has_label(const px_label_table *table, int64_t row) {
    for (int f = 0; f < table->n_findings; f++)
        if (table->labels[row * table->n_findings + f] != PX_LABEL_MISSING)
            return true;
    return false;
}

/* Fill a part from the rows of its table that are chosen and have a label; NULL: from all. */
static bool make_part(px_training_set *set, px_part which, const bool *chosen, bool wanted,
                      px_error *err) {
    part *p = &set->parts[which];
    const size_t findings = (size_t)set->findings;
    int64_t count = 0;
    for (int64_t row = 0; row < p->table->n_rows; row++)
        count += (!chosen || chosen[row] == wanted) && has_label(p->table, row);
    p->rows = px_alloc((size_t)count, sizeof *p->rows, err);
    p->labels = px_alloc((size_t)count, findings * sizeof *p->labels, err);
    p->counts = px_alloc(findings, sizeof *p->counts, err);
    p->unreadable = px_alloc((size_t)count, sizeof *p->unreadable, err);
    if (!p->rows || !p->labels || !p->counts || !p->unreadable)
        return false;
    for (int64_t row = 0; row < p->table->n_rows; row++)
        if ((!chosen || chosen[row] == wanted) && has_label(p->table, row)) {
            p->rows[p->count] = row;
            take_labels(p, p->count++, set->findings);
        }
    return count_patients(p, err);
}

static bool split(const opening *o, px_error *err) {
    const px_label_table *table = o->set->tables[PX_PART_TRAIN];
    const char *path = o->config->train.labels;
    part *parts = o->set->parts;
    int32_t *patients = px_alloc((size_t)table->n_rows, sizeof *patients, err);
    bool *chosen = px_alloc((size_t)table->n_rows, sizeof *chosen, err);
    for (int64_t row = 0; patients && row < table->n_rows; row++)
        patients[row] = table->rows[row].patient;
    parts[PX_PART_VALIDATION].table = table;
    parts[PX_PART_VALIDATION].source = parts[PX_PART_TRAIN].source;
    if (table->n_patients == 0)
        say(o, "%s: patients are not told: images are split as if each were of another patient",
            path);
    bool ok = patients && chosen;
    px_error failure = {0};
    if (ok && o->config->validation_fraction > 0 &&
        !px_split_part(patients, table->n_rows, o->config->validation_fraction, o->config->seed,
                       chosen, &failure))
        ok = px_fail(err, failure.code == PX_ERR_MEMORY ? PX_ERR_MEMORY : PX_ERR_INPUT, path,
                     "cannot be split: %s", failure.message);
    ok = ok && make_part(o->set, PX_PART_TRAIN, chosen, false, err) &&
         make_part(o->set, PX_PART_VALIDATION, chosen, true, err);
    free(patients);
    free(chosen);
    return ok;
}

/* ---- Two tables -------------------------------------------------------------------------------
 */

/* What must not be in both parts; "" where it is not known. */
typedef bool identity(const part *p, int64_t image, px_buffer *text, px_error *err);

static bool print_patient(const part *p, int64_t image, px_buffer *text, px_error *err) {
    const int32_t patient = p->table->rows[p->rows[image]].patient;
    return px_buffer_print(text, err, "%s", patient < 0 ? "" : p->table->patients[patient]);
}

/* Its real path, because one folder has many names, and may be within the other part's. */
static bool print_image(const part *p, int64_t image, px_buffer *text, px_error *err) {
    return px_buffer_print(text, err, "%s/%s", px_image_source_real_path(p->source),
                           px_image_source_name(p->source, p->table->rows[p->rows[image]].image));
}

/* Collect a part's identities, only those that are in `among` where it is given. */
static bool collect(const part *p, identity *print, const px_names *among, px_names *found,
                    px_error *err) {
    px_buffer text;
    px_buffer_init(&text, MAX_ROW_BYTES);
    bool ok = true;
    for (int64_t i = 0; ok && i < p->count; i++) {
        text.size = 0;
        ok = print(p, i, &text, err);
        const char *name = (const char *)text.data;
        if (ok && text.size > 0 && (!among || px_names_find(among, name) >= 0))
            ok = px_names_add(found, name, NULL, err) >= 0;
    }
    px_buffer_clear(&text);
    return ok;
}

static bool check_apart(const opening *o, identity *print, const char *what, px_error *err) {
    px_names seen = {0}, both = {0};
    bool ok = collect(&o->set->parts[PX_PART_TRAIN], print, NULL, &seen, err) &&
              collect(&o->set->parts[PX_PART_VALIDATION], print, &seen, &both, err);
    if (ok && both.count > 0)
        ok = px_fail(err, PX_ERR_INPUT, o->config->validation.labels,
                     "%d %s also in %s: nobody may be both trained and validated with",
                     (int)both.count, what, o->config->train.labels);
    px_names_clear(&seen);
    px_names_clear(&both);
    return ok;
}

static bool open_both(const opening *o, px_error *err) {
    return open_table(o, PX_PART_VALIDATION, &o->config->validation, err) &&
           make_part(o->set, PX_PART_TRAIN, NULL, true, err) &&
           make_part(o->set, PX_PART_VALIDATION, NULL, true, err) &&
           check_apart(o, print_patient, "patients are", err) &&
           check_apart(o, print_image, "images are", err);
}

/* ---- The set ----------------------------------------------------------------------------------
 */

static bool check_counts(const opening *o, px_error *err) {
    const part *train = &o->set->parts[PX_PART_TRAIN];
    const part *validation = &o->set->parts[PX_PART_VALIDATION];
    for (int f = 0; f < o->set->findings; f++) {
        const finding_count *count = &train->counts[f];
        if (count->positives == 0 || count->negatives == 0)
            return px_fail(err, PX_ERR_INPUT, o->config->train.labels,
                           "no image to train with is labelled %s for %s",
                           count->positives == 0 ? "1" : "0", train->table->findings[f]);
    }
    for (int f = 0; f < o->config->n_findings && validation->count > 0; f++) {
        const finding_count *count = &validation->counts[f];
        if (count->positives == 0 || count->negatives == 0)
            say(o, "no image to validate with is labelled %s for %s: it will have no AUC",
                count->positives == 0 ? "1" : "0", validation->table->findings[f]);
    }
    return true;
}

static bool add_row(const part *p, int64_t image, int findings, px_buffer *text, px_error *err) {
    const px_label_row *row = &p->table->rows[p->rows[image]];
    bool ok = px_buffer_print(text, err, "\n%s\n%s\n%s\n", row->path,
                              px_image_source_name(p->source, row->image),
                              row->patient < 0 ? "" : p->table->patients[row->patient]);
    for (int f = 0; ok && f < findings; f++)
        ok = px_buffer_print(text, err, "%d,", p->table->labels[p->rows[image] * findings + f]);
    return ok;
}

/* A chain: the hash of a row and of the hash before it. */
static bool hash_set(px_training_set *set, px_error *err) {
    px_buffer text;
    px_buffer_init(&text, MAX_ROW_BYTES);
    bool ok = true;
    for (int which = 0; ok && which < PX_PARTS; which++) {
        const part *p = &set->parts[which];
        for (int64_t i = 0; ok && i < p->count; i++) {
            text.size = 0;
            ok = px_buffer_print(&text, err, "%d %s", which, set->sha256) &&
                 add_row(p, i, set->findings, &text, err);
            if (ok)
                px_sha256_bytes(text.data, text.size, set->sha256);
        }
    }
    px_buffer_clear(&text);
    return ok;
}

px_training_set *px_training_set_open(const px_train_config *config,
                                      void (*tell)(void *context, const char *text), void *context,
                                      px_error *err) {
    px_training_set *set = px_alloc(1, sizeof *set, err);
    const opening o = {set, config, tell, context};
    if (!set)
        return NULL;
    set->findings = config->labels.n_findings;
    if (open_table(&o, PX_PART_TRAIN, &config->train, err) &&
        (config->validation.labels ? open_both(&o, err) : split(&o, err)) &&
        check_counts(&o, err) && hash_set(set, err))
        return set;
    px_training_set_free(set);
    return NULL;
}

void px_training_set_free(px_training_set *set) {
    if (!set)
        return;
    for (int i = 0; i < PX_PARTS; i++) {
        free(set->parts[i].rows);
        free(set->parts[i].labels);
        free(set->parts[i].counts);
        free(set->parts[i].unreadable);
        px_label_table_free(set->tables[i]);
        px_image_source_free(set->sources[i]);
    }
    free(set);
}

int px_training_set_findings(const px_training_set *set) {
    return set->findings;
}

int64_t px_training_set_images(const px_training_set *set, px_part which) {
    return set->parts[which].count;
}

int64_t px_training_set_patients(const px_training_set *set, px_part which) {
    return set->parts[which].patients;
}

const float *px_training_set_labels(const px_training_set *set, px_part which, int64_t image) {
    return set->parts[which].labels + image * set->findings;
}

const char *px_training_set_path(const px_training_set *set, px_part which, int64_t image) {
    const part *p = &set->parts[which];
    return p->table->rows[p->rows[image]].path;
}

void px_training_set_count(const px_training_set *set, px_part which, int finding,
                           int64_t *positives, int64_t *negatives) {
    const finding_count *count = &set->parts[which].counts[finding];
    *positives = count->positives;
    *negatives = count->negatives;
}

bool px_training_set_read(const px_training_set *set, px_part which, int64_t image, px_image *out,
                          px_error *err) {
    const part *p = &set->parts[which];
    const px_label_row *row = &p->table->rows[p->rows[image]];
    px_error failure = {0};
    px_buffer bytes;
    px_buffer_init(&bytes, px_image_default_limits().max_bytes);
    const bool ok = px_image_source_read(p->source, row->image, &bytes, &failure) &&
                    px_image_decode(bytes.data, bytes.size, NULL, out, &failure);
    px_buffer_clear(&bytes);
    return ok || px_fail(err, failure.code, row->path, "%s", failure.message);
}

bool px_training_set_note_unreadable(const px_training_set *set, px_part which, int64_t image) {
    return !atomic_exchange(&set->parts[which].unreadable[image], true);
}

const char *px_training_set_sha256(const px_training_set *set) {
    return set->sha256;
}
