/* What predict prints, result by result, so that an interrupted run keeps what it has. */
#include "predict_results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/buffer.h"
#include "../base/csv.h"
#include "../base/error.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "../base/text.h"
#include "../reader/reader.h"

enum { BAR = 20, MAX_RESULT_BYTES = 256 << 20 };

px_results_format px_results_format_of(const char *name) {
    return strcmp(name, "json") == 0     ? PX_RESULTS_JSON
           : strcmp(name, "ndjson") == 0 ? PX_RESULTS_NDJSON
           : strcmp(name, "csv") == 0    ? PX_RESULTS_CSV
                                         : PX_RESULTS_TABLE;
}

static bool put(px_results *results, const px_buffer *text, px_error *err) {
    bool ok;
    if (results->file)
        ok = px_file_writer_write(results->file, text->data, text->size, err);
    else
        ok = (fwrite(text->data, 1, text->size, stdout) == text->size && fflush(stdout) == 0) ||
             px_fail_errno(err, "stdout", "cannot write");
    results->broken = results->broken || !ok;
    return ok;
}

/* ---- JSON ---------------------------------------------------------------------------------- */

static json_t *about_ensemble(const px_reader *reader) {
    return json_pack("{ss ss}", "name", px_reader_name(reader), "version",
                     px_reader_version(reader));
}

static bool print_json(px_buffer *text, const json_t *value, px_error *err) {
    char *dump = px_json_dump(value, err);
    bool ok = dump && px_buffer_append(text, dump, strlen(dump), err);
    free(dump);
    return ok;
}

static bool print_json_start(px_results *results, px_buffer *text, px_error *err) {
    const char *notice = px_reader_notice(results->reader);
    json_t *ensemble = about_ensemble(results->reader);
    bool ok = px_buffer_print(text, err, "{\"ensemble\":") && print_json(text, ensemble, err) &&
              (!notice || px_buffer_print(text, err, ",\n\"notice\":\"%s\"", notice)) &&
              px_buffer_print(text, err, ",\n\"results\":[");
    json_decref(ensemble);
    return ok;
}

/* One result: alone on its line; JSON lines name the ensemble in each. Takes `result`. */
static bool print_json_result(px_results *results, px_buffer *text, json_t *result, px_error *err) {
    const char *notice = px_reader_notice(results->reader);
    bool ok = result || px_fail_memory(err);
    if (ok && results->format == PX_RESULTS_NDJSON) {
        ok = json_object_set_new(result, "ensemble", about_ensemble(results->reader)) == 0 &&
             (!notice || json_object_set_new(result, "notice", json_string(notice)) == 0);
        ok = (ok || px_fail_memory(err)) && print_json(text, result, err) &&
             px_buffer_print(text, err, "\n");
    } else if (ok) {
        ok = px_buffer_print(text, err, results->count ? ",\n" : "\n") &&
             print_json(text, result, err);
    }
    json_decref(result);
    return ok;
}

/* A file name need not be UTF-8, which JSON must be: other bytes become '?'. */
static json_t *file_name(const char *file) {
    json_t *name = json_string(file);
    char *copy = name ? NULL : strdup(file);
    for (char *p = copy; p && *p; p++)
        *p = (unsigned char)*p >= 0x80 ? '?' : *p;
    if (copy)
        name = json_string(copy);
    free(copy);
    return name;
}

static json_t *reading_to_json(const px_reader *reader, const char *file, const px_reading *reading,
                               const json_t *paths, px_error *err) {
    json_t *findings = px_reading_findings_to_json(reader, reading, paths != NULL, err);
    bool ok = findings != NULL;
    for (size_t i = 0; ok && i < json_array_size(paths); i++)
        ok = json_object_set(json_array_get(findings, i), "heatmap", json_array_get(paths, i)) == 0;
    return json_pack("{so ss si si so}", "file", file_name(file), "sha256", reading->sha256,
                     "width", reading->width, "height", reading->height, "findings",
                     px_json_keep_if(findings, ok));
}

/* ---- CSV ----------------------------------------------------------------------------------- */

static bool print_number(px_buffer *text, float value, px_error *err) {
    json_t *number = px_json_from_float(value);
    bool ok = number ? print_json(text, number, err) : px_fail_memory(err);
    json_decref(number);
    return ok;
}

static bool print_csv(px_buffer *text, const char *file, const px_reading *reading, px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < reading->n_findings; i++) {
        const px_finding *f = &reading->findings[i];
        ok = px_csv_print_text(text, file, err) && px_buffer_print(text, err, ",%s,", f->id) &&
             print_number(text, f->score, err) && px_buffer_print(text, err, ",") &&
             (!f->has_threshold || print_number(text, f->threshold, err)) &&
             px_buffer_print(text, err, ",%s\n",
                             !f->has_threshold ? ""
                             : f->decision     ? "true"
                                               : "false");
    }
    return ok;
}

/* ---- Table --------------------------------------------------------------------------------- */

/* The score as a bar with a mark at the threshold: "#####|....". */
static void draw_bar(const px_finding *f, char bar[BAR + 1]) {
    int filled = (int)(f->score * BAR + 0.5f);
    memset(bar, '.', BAR);
    memset(bar, '#', (size_t)(filled < 0 ? 0 : filled > BAR ? BAR : filled));
    if (f->has_threshold) {
        int mark = (int)(f->threshold * BAR);
        bar[mark < BAR ? mark : BAR - 1] = '|';
    }
    bar[BAR] = '\0';
}

static bool print_row(px_buffer *text, const px_finding *f, int width, bool calibrated,
                      px_error *err) {
    char bar[BAR + 1], threshold[16] = "-", probability[32] = "";
    draw_bar(f, bar);
    if (f->has_threshold)
        snprintf(threshold, sizeof threshold, "%.4f", (double)f->threshold);
    if (f->has_probability)
        snprintf(probability, sizeof probability, "%.4f", (double)f->probability);
    bool ok = px_buffer_print(text, err, "  %-*s  %.4f  %s  %9s  %-8s", width, f->name,
                              (double)f->score, bar, threshold,
                              !f->has_threshold ? "-"
                              : f->decision     ? "positive"
                                                : "negative") &&
              (!calibrated || px_buffer_print(text, err, "  %11s", probability));
    if (ok && f->heat && f->box[2] > 0)
        ok = px_buffer_print(text, err, "  %d x %d at %d, %d", f->box[2], f->box[3], f->box[0],
                             f->box[1]);
    return ok && px_buffer_print(text, err, "\n");
}

static bool print_heading(px_buffer *text, const char *file, const px_reading *reading,
                          px_error *err) {
    char *shown = px_strdup(file, err);
    if (shown)
        px_text_make_plain(shown);
    bool ok = shown && px_buffer_print(text, err, "\n%s  (%d x %d)\n", shown, reading->width,
                                       reading->height);
    free(shown);
    return ok;
}

static bool print_table(px_buffer *text, const char *file, const px_reading *reading,
                        px_error *err) {
    size_t width = strlen("Finding");
    bool calibrated = false, heat = false;
    for (int i = 0; i < reading->n_findings; i++) {
        const px_finding *f = &reading->findings[i];
        width = strlen(f->name) > width ? strlen(f->name) : width;
        calibrated = calibrated || f->has_probability;
        heat = heat || f->heat;
    }
    bool ok = print_heading(text, file, reading, err) &&
              px_buffer_print(text, err, "  %-*s  %-6s  %-*s  %9s  %-8s%s%s\n", (int)width,
                              "Finding", "Score", BAR, "0 to 1", "Threshold", "Decision",
                              calibrated ? "  Probability" : "", heat ? "  Hottest region" : "");
    for (int i = 0; ok && i < reading->n_findings; i++)
        ok = print_row(text, &reading->findings[i], (int)width, calibrated, err);
    return ok;
}

static bool print_table_start(const px_reader *reader, px_buffer *text, px_error *err) {
    const char *notice = px_reader_notice(reader);
    return px_buffer_print(text, err, "%s  (version %s)\n", px_reader_name(reader),
                           px_reader_version(reader)) &&
           (!notice || px_buffer_print(text, err, "%s\n", notice)) &&
           (px_reader_ensemble(reader)->operating_points ||
            px_buffer_print(text, err, "no thresholds: scores without decisions\n"));
}

/* ---- All formats ---------------------------------------------------------------------------- */

static bool print_start(px_results *results, px_buffer *text, px_error *err) {
    switch (results->format) {
    case PX_RESULTS_TABLE:
        return print_table_start(results->reader, text, err);
    case PX_RESULTS_JSON:
        return print_json_start(results, text, err);
    case PX_RESULTS_CSV:
        return px_buffer_print(text, err, "file,finding,score,threshold,decision\n");
    case PX_RESULTS_NDJSON:
        break;
    }
    return true;
}

bool px_results_open(px_results *results, px_results_format format, const px_reader *reader,
                     const char *path, px_error *err) {
    *results = (px_results){.format = format, .reader = reader};
    if (path && strcmp(path, "-") != 0) {
        results->file = px_file_writer_open(path, err);
        if (!results->file)
            return false;
    }
    px_buffer text;
    px_buffer_init(&text, MAX_RESULT_BYTES);
    bool ok = print_start(results, &text, err) && put(results, &text, err);
    px_buffer_clear(&text);
    if (!ok) {
        px_file_writer_abandon(results->file);
        results->file = NULL;
    }
    return ok;
}

bool px_results_add(px_results *results, const char *file, const px_reading *reading,
                    const json_t *paths, px_error *err) {
    px_buffer text;
    px_buffer_init(&text, MAX_RESULT_BYTES);
    bool ok;
    if (results->format == PX_RESULTS_TABLE)
        ok = print_table(&text, file, reading, err);
    else if (results->format == PX_RESULTS_CSV)
        ok = print_csv(&text, file, reading, err);
    else
        ok = print_json_result(results, &text,
                               reading_to_json(results->reader, file, reading, paths, err), err);
    ok = ok && put(results, &text, err);
    px_buffer_clear(&text);
    results->count += ok;
    return ok;
}

bool px_results_add_failure(px_results *results, const char *file, const px_error *failure,
                            px_error *err) {
    if (results->format == PX_RESULTS_TABLE || results->format == PX_RESULTS_CSV)
        return true;
    px_buffer text;
    px_buffer_init(&text, MAX_RESULT_BYTES);
    json_t *result =
        json_pack("{so s{ss so}}", "file", file_name(file), "error", "code",
                  px_error_code_name(failure->code), "message", file_name(failure->message));
    bool ok = print_json_result(results, &text, result, err) && put(results, &text, err);
    px_buffer_clear(&text);
    results->count += ok;
    return ok;
}

bool px_results_close(px_results *results, px_error *err) {
    bool ok = !results->broken;
    if (ok && results->format == PX_RESULTS_JSON) {
        px_buffer text;
        px_buffer_init(&text, 64);
        ok = px_buffer_print(&text, err, "\n]}\n") && put(results, &text, err);
        px_buffer_clear(&text);
    }
    if (!ok)
        px_file_writer_abandon(results->file);
    else if (results->file)
        ok = px_file_writer_commit(results->file, err);
    results->file = NULL;
    return ok;
}
