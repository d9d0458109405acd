/* Operands of predict to files: folders walked, lists read. */
#include "predict_inputs.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"

enum { MAX_LIST_BYTES = 256 << 20, MAX_DEPTH = 64 };

void px_predict_inputs_clear(px_predict_inputs *inputs) {
    for (int64_t i = 0; i < inputs->count; i++)
        free(inputs->items[i].path);
    free(inputs->items);
    *inputs = (px_predict_inputs){0};
}

/* Takes `path`, NULL being a failure that is recorded already. */
static bool take_input(px_predict_inputs *inputs, char *path, bool found, px_error *err) {
    if (!path)
        return false;
    if (inputs->count == inputs->room) {
        void *items = inputs->items;
        int64_t room = inputs->room ? inputs->room * 2 : 16;
        if (!px_realloc(&items, (size_t)room, sizeof *inputs->items, err)) {
            free(path);
            return false;
        }
        inputs->items = items;
        inputs->room = room;
    }
    inputs->items[inputs->count++] = (px_predict_input){path, found};
    return true;
}

static bool walk(px_predict_inputs *inputs, const char *folder, int depth, px_error *err);

/* One entry of a folder; takes `path`. */
static bool add_entry(px_predict_inputs *inputs, char *path, int depth, px_error *err) {
    struct stat own, target;
    if (!path)
        return false;
    bool ok = true;
    if (lstat(path, &own) == 0 && S_ISDIR(own.st_mode))
        ok = walk(inputs, path, depth + 1, err);
    else if (stat(path, &target) == 0 && S_ISREG(target.st_mode))
        return take_input(inputs, path, true, err);
    free(path);
    return ok;
}

static bool walk(px_predict_inputs *inputs, const char *folder, int depth, px_error *err) {
    if (depth > MAX_DEPTH)
        return px_fail(err, PX_ERR_LIMIT, folder, "folders more than %d deep", MAX_DEPTH);
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    if (count < 0 && depth > 0) /* reading it will say why, and the others are read */
        return take_input(inputs, px_strdup(folder, err), false, err);
    if (count < 0)
        return px_fail_errno(err, folder, "cannot list the folder");
    bool ok = true;
    const char *slash = folder[strlen(folder) - 1] == '/' ? "" : "/";
    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        if (ok && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
            ok = add_entry(inputs, px_format(err, "%s%s%s", folder, slash, name), depth, err);
        free(entries[i]);
    }
    free(entries);
    return ok;
}

static bool add_lines(px_predict_inputs *inputs, const char *text, px_error *err) {
    bool ok = true;
    for (const char *line = text; ok && *line;) {
        size_t length = strcspn(line, "\n"), used = length;
        while (used > 0 && (line[used - 1] == '\r' || line[used - 1] == ' '))
            used--;
        if (used > 0 && line[0] != '#')
            ok = take_input(inputs, px_format(err, "%.*s", (int)used, line), false, err);
        line += length + (line[length] == '\n');
    }
    return ok;
}

static bool add_list(px_predict_inputs *inputs, const char *path, px_error *err) {
    px_buffer text;
    px_buffer_init(&text, MAX_LIST_BYTES);
    bool ok = px_file_read(path, &text, err);
    if (ok && text.size > 0 && memchr(text.data, 0, text.size))
        ok = px_fail(err, PX_ERR_INPUT, path, "not a list of paths: it holds zero bytes");
    ok = ok && (text.size == 0 || add_lines(inputs, (const char *)text.data, err));
    px_buffer_clear(&text);
    return ok;
}

bool px_predict_inputs_add(px_predict_inputs *inputs, const char *operand, px_error *err) {
    struct stat info;
    size_t length = strlen(operand);
    if (strcmp(operand, "-") != 0 && stat(operand, &info) == 0 && S_ISDIR(info.st_mode))
        return walk(inputs, operand, 0, err);
    if (length > 4 && strcmp(operand + length - 4, ".txt") == 0)
        return add_list(inputs, operand, err);
    return take_input(inputs, px_strdup(operand, err), false, err);
}
