/* Settings from the environment and from the configuration file, put behind the arguments. */
#include "settings.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../base/suggest.h"
#include "../base/text.h"
#include "check.h"
#include "settings_file.h"

#define PREFIX "PERXEPTRON_"
#define FILE_CAP (1 << 20)

bool px_option_is_setting(const px_option *option) {
    return option->type != PX_OPT_FLAG && strcmp(option->name, "config") != 0;
}

void px_setting_variable(const px_option *option, char name[PX_SETTING_VARIABLE]) {
    snprintf(name, PX_SETTING_VARIABLE, PREFIX "%s", option->name);
    for (char *c = name; *c; c++)
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
}

static const char *environment_of(const px_option *option) {
    char name[PX_SETTING_VARIABLE];
    px_setting_variable(option, name);
    const char *value = getenv(name);
    return value && *value ? value : NULL;
}

/* Has a place that goes before this one set the option? */
static bool is_settled(const px_args *args, const px_option *option, px_origin origin) {
    for (int i = 0; i < args->n_values; i++)
        if (args->values[i].option == option && args->values[i].origin < origin)
            return true;
    return false;
}

/* A value of the environment or the file must be one that the file can hold. */
static bool check_value(const px_option *option, const char *text, const char *subject,
                        px_error *err) {
    if (!px_text_is_plain(text) || isspace((unsigned char)text[0]) ||
        (*text && isspace((unsigned char)text[strlen(text) - 1])))
        return px_fail(err, PX_ERR_USAGE, subject,
                       "white space around the value, or control characters in it");
    return px_option_check(option, text, subject, err);
}

/* ---- Lists ---- */

/* Where a list with commas comes from. */
typedef struct list_source {
    px_args *args;
    const px_option *option;
    px_origin origin;
    const char *subject;
} list_source;

static bool add_item(const list_source *source, const char *item, px_error *err) {
    return check_value(source->option, item, source->subject, err) &&
           px_args_add(source->args, source->option, item, source->origin, 0, err);
}

static bool add_list(const list_source *source, const char *text, px_error *err) {
    char *copy = px_strdup(text, err), *rest = copy;
    bool ok = copy != NULL;
    for (char *item; ok && (item = strsep(&rest, ",")) != NULL;) {
        item += strspn(item, " ");
        size_t size = strlen(item);
        while (size > 0 && item[size - 1] == ' ')
            item[--size] = '\0';
        ok = size > 0 ? add_item(source, item, err)
                      : px_fail(err, PX_ERR_USAGE, source->subject, "an item of the list is empty");
    }
    free(copy);
    return ok;
}

/* ---- The environment ---- */

static bool take_variable(px_args *args, const px_option *option, px_error *err) {
    char name[PX_SETTING_VARIABLE];
    px_setting_variable(option, name);
    const char *value = environment_of(option);
    if (!value || is_settled(args, option, PX_FROM_ENVIRONMENT))
        return true;
    const list_source source = {args, option, PX_FROM_ENVIRONMENT, name};
    return option->repeated ? add_list(&source, value, err) : add_item(&source, value, err);
}

/* A command's own options, those that the server lacks, are of its command line alone. */
static bool take_environment(px_args *args, px_error *err) {
    for (const px_option *o = args->command->options; o && o->name; o++)
        if (o->type != PX_OPT_FLAG &&
            px_option_find(args->command->settings, o->name, strlen(o->name)) &&
            !take_variable(args, o, err))
            return false;
    return true;
}

static const px_option *find_variable(const px_option *settings, const char *name, size_t length) {
    char known[PX_SETTING_VARIABLE];
    for (const px_option *o = settings; o && o->name; o++) {
        px_setting_variable(o, known);
        if (o->type != PX_OPT_FLAG && strlen(known) == length && memcmp(known, name, length) == 0)
            return o;
    }
    return NULL;
}

static void tell_stray(const px_option *settings, const char *name,
                       void (*tell)(const char *sentence)) {
    char word[PX_SETTING_VARIABLE], sentence[256], best[PX_SETTING_VARIABLE];
    snprintf(word, sizeof word, "%.60s", name + strlen(PREFIX));
    for (char *c = word; *c; c++)
        *c = *c == '_' ? '-' : (char)tolower((unsigned char)*c);
    px_nearest nearest = {word, NULL, PX_NEAREST_FAR};
    for (const px_option *o = settings; o && o->name; o++)
        if (px_option_is_setting(o))
            px_nearest_consider(&nearest, o->name);
    if (nearest.best)
        px_setting_variable(px_option_find(settings, nearest.best, strlen(nearest.best)), best);
    snprintf(sentence, sizeof sentence, "%.80s in the environment is no setting%s%s%s", name,
             nearest.best ? "; did you mean " : "", nearest.best ? best : "",
             nearest.best ? "?" : "");
    tell(sentence);
}

/* Variables that are for every command, the server or not. */
static bool is_for_all(const char *name) {
    static const char *const names[] = {PREFIX "CPU", PREFIX "PIN", PREFIX "THREADS"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

void px_settings_find_strays(const px_option *settings, void (*tell)(const char *sentence)) {
    for (char **variable = environ; variable && *variable; variable++) {
        size_t length = strcspn(*variable, "=");
        char name[128];
        if (strncmp(*variable, PREFIX, strlen(PREFIX)) != 0 || length >= sizeof name)
            continue;
        snprintf(name, sizeof name, "%.*s", (int)length, *variable);
        if (!is_for_all(name) && !find_variable(settings, name, length))
            tell_stray(settings, name, tell);
    }
}

/* ---- The file ---- */

typedef struct file_reading {
    px_args *args;
    const char *path;
    int *lines; /* of each of command->settings: where it was set, or 0 */
} file_reading;

static bool fail_name(const file_reading *file, const char *subject, const char *name,
                      px_error *err) {
    px_nearest nearest = {name, NULL, PX_NEAREST_FAR};
    for (const px_option *o = file->args->command->settings; o->name; o++)
        if (px_option_is_setting(o))
            px_nearest_consider(&nearest, o->name);
    return px_fail(err, PX_ERR_USAGE, subject, "\"%.64s\" is no setting%s%s%s", name,
                   nearest.best ? "; did you mean \"" : "", nearest.best ? nearest.best : "",
                   nearest.best ? "\"?" : "");
}

static bool take_line(void *context, const char *name, const char *value, int line, px_error *err) {
    file_reading *file = context;
    const px_command *command = file->args->command;
    char subject[256];
    snprintf(subject, sizeof subject, "%s:%d: %.64s", file->path, line, name);
    const px_option *known = px_option_find(command->settings, name, strlen(name));
    if (!known || !px_option_is_setting(known)) {
        snprintf(subject, sizeof subject, "%s:%d", file->path, line);
        return fail_name(file, subject, name, err);
    }
    int *set = &file->lines[known - command->settings];
    if (*set && !known->repeated)
        return px_fail(err, PX_ERR_USAGE, subject, "it is set already in line %d", *set);
    *set = line;
    if (!check_value(known, value, subject, err))
        return false;
    const px_option *own = px_option_find(command->options, name, strlen(name));
    if (!own || is_settled(file->args, own, PX_FROM_FILE))
        return true;
    return px_args_add(file->args, own, value, PX_FROM_FILE, line, err);
}

static bool take_file(px_args *args, const char *path, px_error *err) {
    int count = 0;
    while (args->command->settings[count].name)
        count++;
    px_buffer text;
    px_buffer_init(&text, FILE_CAP);
    file_reading file = {args, path, px_alloc((size_t)count, sizeof *file.lines, err)};
    bool ok = file.lines && px_file_read(path, &text, err) &&
              px_settings_parse(path, (const char *)text.data, text.size, take_line, &file, err);
    px_buffer_clear(&text);
    free(file.lines);
    return ok;
}

void px_settings_find_exposed(const px_args *args, void (*tell)(const char *sentence)) {
    const char *path = px_args_text(args, "config");
    struct stat info;
    if (!path || stat(path, &info) != 0 || !(info.st_mode & S_IROTH))
        return;
    for (int i = 0; i < args->n_values; i++) {
        const px_arg_value *value = &args->values[i];
        char sentence[256];
        if (!value->option->secret || value->origin != PX_FROM_FILE)
            continue;
        snprintf(sentence, sizeof sentence, "%.160s holds %.40s and can be read by every user",
                 path, value->option->name);
        tell(sentence);
    }
}

/* ---- Defaults ---- */

static bool take_default(px_args *args, const px_option *option, px_error *err) {
    const list_source source = {args, option, PX_FROM_DEFAULT, option->name};
    if (px_args_given(args, option->name))
        return true;
    if (option->repeated && option->value)
        return add_list(&source, option->value, err);
    if (!option->fallback)
        return true;
    char *value = option->fallback(err);
    bool ok = value && px_args_add(args, option, value, PX_FROM_DEFAULT, 0, err);
    free(value);
    return ok;
}

bool px_settings_apply(px_args *args, px_error *err) {
    if (!take_environment(args, err))
        return false;
    const char *path = px_args_text(args, "config");
    if (path && !take_file(args, path, err))
        return false;
    for (const px_option *o = args->command->options; o && o->name; o++)
        if (px_option_is_setting(o) && !take_default(args, o, err))
            return false;
    return true;
}
