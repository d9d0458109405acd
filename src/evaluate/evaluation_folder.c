/* The folder of an evaluation. */
#include "evaluation_folder.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/buffer.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "evaluate_table.h"
#include "metrics_json.h"
#include "predictions_csv.h"
#include "report_html.h"

#define FORMAT "perxeptron-evaluation/1"

enum { MAX_MARKER_BYTES = 1 << 16, MAX_CURVES_BYTES = 1 << 30, MAX_LIST_BYTES = 16 << 20 };

static char *path_in(const char *folder, const char *name, px_error *err) {
    return px_format(err, "%s/%s", folder, name);
}

/* ---- Whose it is ---------------------------------------------------------------------------- */

static bool is_empty(const char *folder, bool *empty, px_error *err) {
    DIR *dir = opendir(folder);
    if (!dir)
        return px_fail_errno(err, folder, "cannot read");
    *empty = true;
    for (const struct dirent *entry; *empty && (entry = readdir(dir));)
        *empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return true;
}

static bool write_marker(const char *path, const char *labels_sha256, const char *scores,
                         px_error *err) {
    json_t *json =
        json_pack("{ss ss ss}", "format", FORMAT, "labels", labels_sha256, "scores", scores);
    char *text = json ? px_json_dump_lines(json, err) : NULL;
    bool ok = json || px_fail_memory(err);
    ok = ok && text && px_file_write(path, text, strlen(text), err);
    free(text);
    json_decref(json);
    return ok;
}

static bool is_ours(const char *path, const char *folder, const char *labels_sha256,
                    const char *scores, px_error *err) {
    px_buffer text;
    json_t *json = NULL;
    px_buffer_init(&text, MAX_MARKER_BYTES);
    bool ok = px_file_read(path, &text, err);
    if (ok) {
        json = json_loadb((const char *)text.data, text.size, 0, NULL);
        const char *labels = json_string_value(json_object_get(json, "labels"));
        const char *scored = json_string_value(json_object_get(json, "scores"));
        ok = labels && scored && strcmp(labels, labels_sha256) == 0 && strcmp(scored, scores) == 0;
        if (!ok)
            px_fail(err, PX_ERR_MISMATCH, folder,
                    "holds an evaluation of other labels or of another ensemble: choose another "
                    "folder");
    }
    json_decref(json);
    px_buffer_clear(&text);
    return ok;
}

static bool claim(const char *folder, const char *marker, const char *labels_sha256,
                  const char *scores, px_error *err) {
    bool empty = false;
    if (access(marker, F_OK) == 0)
        return is_ours(marker, folder, labels_sha256, scores, err);
    if (!is_empty(folder, &empty, err))
        return false;
    return empty ? write_marker(marker, labels_sha256, scores, err)
                 : px_fail(err, PX_ERR_MISMATCH, folder,
                           "holds files, but no evaluation: choose another folder");
}

bool px_evaluation_folder_claim(const char *folder, const char *labels_sha256, const char *scores,
                                px_error *err) {
    char *marker = path_in(folder, PX_EVALUATION_MARKER, err);
    bool ok = marker && px_path_make_folders(folder, err) &&
              claim(folder, marker, labels_sha256, scores, err);
    free(marker);
    return ok;
}

/* ---- What is written ------------------------------------------------------------------------ */

static bool remove_file(const char *folder, const char *name, px_error *err) {
    char *path = path_in(folder, name, err);
    bool ok =
        path && (unlink(path) == 0 || errno == ENOENT || px_fail_errno(err, path, "cannot remove"));
    free(path);
    return ok;
}

static bool is_plot(const char *name) {
    const char *end = strrchr(name, '.');
    return end && (strcmp(end, ".svg") == 0 || strcmp(end, ".png") == 0);
}

static bool remove_plots(const char *folder, px_error *err) {
    char *plots = path_in(folder, "plots", err);
    DIR *dir = plots ? opendir(plots) : NULL;
    bool ok = plots && (dir || errno == ENOENT || px_fail_errno(err, plots, "cannot read"));
    for (const struct dirent *entry; ok && dir && (entry = readdir(dir));)
        ok = !is_plot(entry->d_name) || remove_file(plots, entry->d_name, err);
    if (dir)
        closedir(dir);
    free(plots);
    return ok;
}

/* What an earlier run left: metrics.json goes first, since it says that all is there. */
static bool remove_old(const char *folder, px_error *err) {
    static const char *const names[] = {"metrics.json", "report.html", "curves.csv", "left_out.txt",
                                        "predictions.csv"};
    bool ok = true;
    for (size_t i = 0; ok && i < sizeof names / sizeof *names; i++)
        ok = remove_file(folder, names[i], err);
    return ok && remove_plots(folder, err);
}

static bool write_predictions(const px_predictions *predictions, const char *folder,
                              px_error *err) {
    char *path = path_in(folder, "predictions.csv", err);
    bool ok = path && px_predictions_write(predictions, path, err);
    free(path);
    return ok;
}

static bool write_curves(const px_evaluation *e, const char *folder, px_error *err) {
    char *path = path_in(folder, "curves.csv", err);
    px_buffer text;
    px_buffer_init(&text, MAX_CURVES_BYTES);
    bool ok = path && px_metrics_print_curves(e, &text, err) &&
              px_file_write(path, text.data, text.size, err);
    px_buffer_clear(&text);
    free(path);
    return ok;
}

static bool write_left_out(const px_evaluation *e, const char *folder, px_error *err) {
    char *path = path_in(folder, "left_out.txt", err);
    px_buffer text;
    px_buffer_init(&text, MAX_LIST_BYTES);
    bool ok = path && px_evaluation_print_left_out(e, &text, err) &&
              px_file_write(path, text.data, text.size, err);
    px_buffer_clear(&text);
    free(path);
    return ok;
}

static bool write_metrics(const px_evaluation *e, const char *folder, px_error *err) {
    char *path = path_in(folder, "metrics.json", err);
    char *text = path ? px_metrics_text(e, err) : NULL;
    bool ok = text && px_file_write(path, text, strlen(text), err);
    free(text);
    free(path);
    return ok;
}

bool px_evaluation_folder_write(const px_evaluation *e, const px_predictions *predictions,
                                const char *folder, px_error *err) {
    return remove_old(folder, err) && write_predictions(predictions, folder, err) &&
           write_curves(e, folder, err) && write_left_out(e, folder, err) &&
           px_evaluation_report_write(e, folder, err) && write_metrics(e, folder, err);
}
