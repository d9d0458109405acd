/* Reading a label table as the command line says. */
#include "label_options.h"

#include <stdlib.h>
#include <string.h>

#include "../base/buffer.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../base/text.h"

#define MAX_LABEL_BYTES ((size_t)1 << 30)

enum { MAX_WHOLE_NAME = 120 }; /* bytes: longer names are cut in places, and then at any byte */

static bool is(const px_args *args, const char *option, const char *value) {
    return strcmp(px_args_text(args, option), value) == 0;
}

/* A copy of an option's value, cut in two at the last '='; without one the name is NULL. */
static bool split(px_cli_labels *labels, const char *text, const char **name, const char **value,
                  px_error *err) {
    char *copy = px_strdup(text, err);
    if (!copy)
        return false;
    labels->texts[labels->n_texts++] = copy;
    char *sign = strrchr(copy, '=');
    *name = sign ? copy : NULL;
    *value = sign ? sign + 1 : copy;
    if (sign)
        *sign = '\0';
    return true;
}

static bool parse_policy(px_cli_labels *labels, const char *text, px_error *err) {
    const char *finding, *policy;
    px_uncertain_policy parsed;
    if (!split(labels, text, &finding, &policy, err))
        return false;
    if (strcmp(policy, "ignore") == 0)
        parsed = PX_UNCERTAIN_IGNORE;
    else if (strcmp(policy, "zeros") == 0)
        parsed = PX_UNCERTAIN_ZEROS;
    else if (strcmp(policy, "ones") == 0)
        parsed = PX_UNCERTAIN_ONES;
    else
        return px_fail(err, PX_ERR_USAGE, "--labels-policy",
                       "\"%.60s\" is not ignore, zeros or ones, or FINDING= and one of them", text);
    if (finding)
        labels->policies[labels->options.n_policies++] = (px_finding_policy){finding, parsed};
    else
        labels->options.uncertain = parsed;
    return true;
}

static bool parse_column(px_cli_labels *labels, const char *text, px_error *err) {
    const char *column, *meaning;
    if (!split(labels, text, &column, &meaning, err))
        return false;
    if (!column || !*column || !*meaning)
        return px_fail(err, PX_ERR_USAGE, "--column", "\"%.60s\" is not NAME=MEANING", text);
    labels->renames[labels->options.n_renames++] = (px_column_rename){column, meaning};
    return true;
}

static void parse_choices(const px_args *args, px_label_options *options) {
    options->format = is(args, "label-format", "chexpert") ? PX_FORMAT_CHEXPERT
                      : is(args, "label-format", "nih")    ? PX_FORMAT_NIH
                      : is(args, "label-format", "plain")  ? PX_FORMAT_PLAIN
                                                           : PX_FORMAT_AUTO;
    options->blank = is(args, "blank-labels", "zeros")    ? PX_BLANK_ZERO
                     : is(args, "blank-labels", "ignore") ? PX_BLANK_IGNORE
                                                          : PX_BLANK_AUTO;
    options->views = is(args, "views", "frontal")   ? PX_VIEWS_FRONTAL
                     : is(args, "views", "lateral") ? PX_VIEWS_LATERAL
                                                    : PX_VIEWS_ALL;
}

bool px_cli_labels_parse(const px_args *args, px_cli_labels *labels, px_error *err) {
    const int policies = px_args_count(args, "labels-policy");
    const int columns = px_args_count(args, "column");
    labels->policies = px_alloc((size_t)policies, sizeof *labels->policies, err);
    labels->renames = px_alloc((size_t)columns, sizeof *labels->renames, err);
    labels->texts = px_alloc((size_t)(policies + columns), sizeof *labels->texts, err);
    bool ok = labels->policies && labels->renames && labels->texts;
    for (int i = 0; ok && i < policies; i++)
        ok = parse_policy(labels, px_args_item(args, "labels-policy", i), err);
    for (int i = 0; ok && i < columns; i++)
        ok = parse_column(labels, px_args_item(args, "column", i), err);
    parse_choices(args, &labels->options);
    labels->options.policies = labels->policies;
    labels->options.renames = labels->renames;
    return ok;
}

void px_cli_labels_clear(px_cli_labels *labels) {
    for (int i = 0; i < labels->n_texts; i++)
        free(labels->texts[i]);
    free(labels->texts);
    free(labels->policies);
    free(labels->renames);
    *labels = (px_cli_labels){0};
}

px_label_table *px_cli_labels_read(const px_args *args, const px_cli_labels *labels,
                                   char sha256[PX_SHA256_HEX], px_error *err) {
    const char *path = px_args_text(args, "labels");
    px_label_table *table = NULL;
    px_buffer text;
    px_buffer_init(&text, MAX_LABEL_BYTES);
    if (px_file_read(path, &text, err)) {
        px_sha256_bytes(text.data, text.size, sha256);
        table = px_label_table_parse(text.data, text.size, strcmp(path, "-") == 0 ? "stdin" : path,
                                     &labels->options, err);
    }
    px_buffer_clear(&text);
    return table;
}

char *px_cli_table_name(const char *path, px_error *err) {
    const char *slash = strrchr(path, '/');
    char *name = px_strdup(strcmp(path, "-") == 0 ? "stdin" : slash ? slash + 1 : path, err);
    if (!name)
        return NULL;
    px_text_make_plain(name);
    const bool fits = px_text_is_utf8(name) && strlen(name) <= MAX_WHOLE_NAME;
    for (char *p = name; *p && !fits; p++)
        *p = (unsigned char)*p >= 0x80 ? '?' : *p;
    return name;
}

px_image_source *px_cli_labels_find_images(const px_args *args, px_label_table *table,
                                           px_error *err) {
    const char *given = px_args_text(args, "images");
    char *folder =
        given ? px_strdup(given, err) : px_path_sibling(px_args_text(args, "labels"), ".", err);
    px_image_source *source = folder ? px_image_source_open(folder, err) : NULL;
    if (source && !px_label_table_find_images(table, source, err)) {
        px_image_source_free(source);
        source = NULL;
    }
    free(folder);
    return source;
}
