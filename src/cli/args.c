/* Reading a subcommand's arguments against its table of options. */
#include "args.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../base/suggest.h"
#include "check.h"

const px_option *px_option_find(const px_option *table, const char *name, size_t length) {
    for (const px_option *o = table; o && o->name; o++)
        if (strlen(o->name) == length && memcmp(o->name, name, length) == 0)
            return o;
    return NULL;
}

static const px_option *find_letter(const px_command *command, char letter) {
    for (const px_option *o = command->options; o && o->name; o++)
        if (o->letter == letter)
            return o;
    return NULL;
}

static bool fail_unknown(const px_command *command, const char *name, size_t length,
                         px_error *err) {
    char word[64], subject[80];
    snprintf(word, sizeof word, "%.*s", (int)(length < 63 ? length : 63), name);
    snprintf(subject, sizeof subject, "--%s", word);
    px_nearest nearest = {word, NULL, PX_NEAREST_FAR};
    for (const px_option *o = command->options; o && o->name; o++)
        px_nearest_consider(&nearest, o->name);
    px_nearest_consider(&nearest, "help");
    if (nearest.best)
        return px_fail(err, PX_ERR_USAGE, subject, "unknown option; did you mean --%s?",
                       nearest.best);
    return px_fail(err, PX_ERR_USAGE, subject, "unknown option");
}

static bool fail_option(const px_option *option, const char *message, px_error *err) {
    char subject[80];
    snprintf(subject, sizeof subject, "--%s", option->name);
    return px_fail(err, PX_ERR_USAGE, subject, "%s", message);
}

/* Where the parser stands in argv. */
typedef struct cursor {
    char *const *argv;
    int argc, next;
} cursor;

static bool add_value(px_args *args, const px_option *option, const char *text, px_error *err) {
    if (!option->repeated && px_args_given(args, option->name))
        return fail_option(option, "given more than once", err);
    char subject[80];
    snprintf(subject, sizeof subject, "--%s", option->name);
    if (text && !px_option_check(option, text, subject, err))
        return false;
    args->values[args->n_values++] = (px_arg_value){.option = option, .text = text};
    return true;
}

bool px_args_add(px_args *args, const px_option *option, const char *text, px_origin origin,
                 int line, px_error *err) {
    if (args->n_values == args->room) {
        void *values = args->values;
        if (!px_realloc(&values, (size_t)args->room + 16, sizeof *args->values, err))
            return false;
        args->values = values;
        args->room += 16;
    }
    char *copy = px_strdup(text, err);
    if (!copy)
        return false;
    args->values[args->n_values++] = (px_arg_value){option, copy, origin, line, copy};
    return true;
}

/* The value that belongs to an option: attached to it, or the next argument. */
static bool take_value(px_args *args, const px_option *option, const char *attached, cursor *at,
                       px_error *err) {
    if (attached)
        return add_value(args, option, attached, err);
    if (at->next >= at->argc)
        return fail_option(option, "needs a value", err);
    return add_value(args, option, at->argv[at->next++], err);
}

static bool parse_long(px_args *args, const char *name, cursor *at, px_error *err) {
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    if (strcmp(name, "help") == 0) {
        args->help = true;
        return true;
    }
    const px_option *option = px_option_find(args->command->options, name, length);
    if (!option)
        return fail_unknown(args->command, name, length, err);
    if (option->type != PX_OPT_FLAG)
        return take_value(args, option, equals ? equals + 1 : NULL, at, err);
    if (equals)
        return fail_option(option, "takes no value", err);
    return add_value(args, option, NULL, err);
}

static bool parse_letters(px_args *args, const char *letters, cursor *at, px_error *err) {
    for (; *letters; letters++) {
        const px_option *option = find_letter(args->command, *letters);
        if (!option && *letters == 'h') {
            args->help = true;
            continue;
        }
        if (!option)
            return px_fail(err, PX_ERR_USAGE, NULL, "unknown option -%c", *letters);
        if (option->type != PX_OPT_FLAG)
            return take_value(args, option, letters[1] ? letters + 1 : NULL, at, err);
        if (!add_value(args, option, NULL, err))
            return false;
    }
    return true;
}

static bool parse_all(px_args *args, cursor *at, px_error *err) {
    bool options = true;
    while (at->next < at->argc) {
        const char *word = at->argv[at->next++];
        bool ok = true;
        if (options && strcmp(word, "--") == 0)
            options = false;
        else if (options && strncmp(word, "--", 2) == 0)
            ok = parse_long(args, word + 2, at, err);
        else if (options && word[0] == '-' && word[1])
            ok = parse_letters(args, word + 1, at, err);
        else
            args->operands[args->n_operands++] = word;
        if (args->help || !ok)
            return ok;
    }
    return true;
}

static bool check_operands(const px_args *args, px_error *err) {
    const px_command *command = args->command;
    if (args->n_operands < command->least_operands)
        return px_fail(err, PX_ERR_USAGE, NULL, "%s is missing", command->operands);
    if (command->most_operands >= 0 && args->n_operands > command->most_operands)
        return px_fail(err, PX_ERR_USAGE, args->operands[command->most_operands],
                       "unexpected argument");
    return true;
}

static bool check_required(const px_args *args, px_error *err) {
    for (const px_option *o = args->command->options; o && o->name; o++)
        if (o->required && !px_args_given(args, o->name))
            return fail_option(o, "is required", err);
    return true;
}

bool px_args_parse(px_args *args, const px_command *command, int argc, char *const *argv,
                   px_error *err) {
    size_t room = (size_t)argc + 1;
    *args = (px_args){.command = command};
    /* "-abc" is one argument and three flags */
    for (int i = 0; i < argc; i++)
        room += strlen(argv[i]);
    if (room > INT_MAX)
        return px_fail(err, PX_ERR_LIMIT, NULL, "the arguments are too long");
    args->room = (int)room;
    args->values = px_alloc(room, sizeof *args->values, err);
    args->operands = px_alloc((size_t)argc + 1, sizeof *args->operands, err);
    if (!args->values || !args->operands)
        return false;
    cursor at = {argv, argc, 0};
    if (!parse_all(args, &at, err))
        return false;
    return args->help || (check_required(args, err) && check_operands(args, err));
}

void px_args_clear(px_args *args) {
    for (int i = 0; i < args->n_values; i++)
        free(args->values[i].owned);
    free(args->values);
    free(args->operands);
    *args = (px_args){0};
}

const char *px_args_item(const px_args *args, const char *option, int index) {
    for (int i = 0; i < args->n_values; i++)
        if (strcmp(args->values[i].option->name, option) == 0 && index-- == 0)
            return args->values[i].text;
    return NULL;
}

int px_args_count(const px_args *args, const char *option) {
    int count = 0;
    for (int i = 0; i < args->n_values; i++)
        count += strcmp(args->values[i].option->name, option) == 0;
    return count;
}

bool px_args_given(const px_args *args, const char *option) {
    return px_args_count(args, option) > 0;
}

bool px_args_flag(const px_args *args, const char *option) {
    return px_args_given(args, option);
}

const char *px_args_text(const px_args *args, const char *option) {
    if (px_args_given(args, option))
        return px_args_item(args, option, 0);
    const px_option *known = px_option_find(args->command->options, option, strlen(option));
    return known ? known->value : NULL;
}

int64_t px_args_int(const px_args *args, const char *option) {
    const char *text = px_args_text(args, option);
    return text ? (int64_t)strtoll(text, NULL, 10) : 0;
}

double px_args_real(const px_args *args, const char *option) {
    const char *text = px_args_text(args, option);
    return text ? strtod(text, NULL) : 0;
}

int px_args_operands(const px_args *args) {
    return args->n_operands;
}

const char *px_args_operand(const px_args *args, int index) {
    return index >= 0 && index < args->n_operands ? args->operands[index] : NULL;
}
