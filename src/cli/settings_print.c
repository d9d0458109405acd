/* The effective settings as a configuration file, and all settings as a table of documentation. */
#include <string.h>

#include "check.h"
#include "help.h"
#include "settings.h"

/* What a URL has between "://" and its host, "user:password@", without the password. Returns the
 * rest. */
static const char *print_user(FILE *out, const char *url) {
    const char *start = strstr(url, "://");
    if (!start)
        return url;
    start += 3;
    size_t authority = strcspn(start, "/?#");
    const char *at = memrchr(start, '@', authority);
    const char *colon = at ? memchr(start, ':', (size_t)(at - start)) : NULL;
    if (!colon)
        return url;
    fprintf(out, "%.*s:***", (int)(colon - url), url);
    return at;
}

static void print_masked(FILE *out, const char *url) {
    static const char word[] = "password=";
    url = print_user(out, url);
    for (const char *found; (found = strcasestr(url, word)) != NULL;) {
        const char *value = found + strlen(word);
        fprintf(out, "%.*s***", (int)(value - url), url);
        url = value + strcspn(value, "&#");
    }
    fputs(url, out);
}

static void print_value(FILE *out, const px_option *option, const char *text) {
    fprintf(out, "%s = ", option->name);
    if (option->secret)
        print_masked(out, text);
    else
        fputs(text, out);
    fputc('\n', out);
}

static void print_origin(FILE *out, const px_args *args, const px_arg_value *value) {
    char variable[PX_SETTING_VARIABLE];
    switch (value->origin) {
    case PX_FROM_FLAG:
        fputs("# the command line\n", out);
        break;
    case PX_FROM_ENVIRONMENT:
        px_setting_variable(value->option, variable);
        fprintf(out, "# %s\n", variable);
        break;
    case PX_FROM_FILE:
        fprintf(out, "# %s:%d\n", px_args_text(args, "config"), value->line);
        break;
    case PX_FROM_DEFAULT:
        fputs("# default\n", out);
        break;
    }
}

static void print_setting(FILE *out, const px_args *args, const px_option *option) {
    bool any = false;
    for (int i = 0; i < args->n_values; i++) {
        const px_arg_value *value = &args->values[i];
        if (value->option != option)
            continue;
        print_origin(out, args, value);
        print_value(out, option, value->text);
        any = true;
    }
    if (!any && option->value && !option->repeated) {
        fputs("# default\n", out);
        print_value(out, option, option->value);
    } else if (!any) {
        fprintf(out, "# not set\n# %s =\n", option->name);
    }
}

void px_settings_print(FILE *out, const px_args *args) {
    fputs("# Settings of `perxeptron serve`, and where each comes from.\n", out);
    for (const px_option *o = args->command->options; o && o->name; o++) {
        if (o->section)
            fprintf(out, "\n# ---- %s ----\n", o->section);
        if (px_option_is_setting(o))
            print_setting(out, args, o);
    }
}

/* ---- Documentation ---- */

/* A cell of a table: "|" would end it. */
static void print_cell(FILE *out, const char *text) {
    for (; *text; text++)
        fprintf(out, *text == '|' ? "\\%c" : "%c", *text);
}

static void print_allowed(FILE *out, const px_option *option) {
    const char *cursor = option->type == PX_OPT_CHOICE ? option->choices : NULL, *choice;
    if (px_option_has_range(option)) {
        fprintf(out, "%.16g to %.16g", option->least, option->most);
        return;
    }
    if (!cursor)
        print_cell(out, px_option_argument(option));
    const char *before = "";
    for (int n; (choice = px_choice_next(&cursor, &n)) != NULL; before = ", ")
        fprintf(out, "%s`%.*s`", before, n, choice);
}

static void document_setting(FILE *out, const px_option *option) {
    fprintf(out, "| `%s` | ", option->name);
    print_allowed(out, option);
    if (option->value)
        fprintf(out, " | `%s` | ", option->value);
    else
        fputs(" | | ", out);
    print_cell(out, option->help);
    fputs(option->repeated ? "; may be repeated |\n" : " |\n", out);
}

void px_settings_document(FILE *out, const px_option *settings) {
    for (const px_option *o = settings; o && o->name; o++) {
        if (o->section)
            fprintf(out, "%s### %s\n\n| name | value | default | what it is |\n|---|---|---|---|\n",
                    o == settings ? "" : "\n", o->section);
        if (px_option_is_setting(o))
            document_setting(out, o);
    }
}
