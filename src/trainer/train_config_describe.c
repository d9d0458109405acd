/* The keys of a training's configuration in words: for messages, and as tables of docs/train.md. */
#include <stdio.h>
#include <string.h>

#include "../base/error.h"
#include "train_config_parts.h"

static const char *kind_text(px_key_kind kind) {
    switch (kind) {
    case PX_KEY_TEXT:
        return "a text";
    case PX_KEY_PATH:
        return "a path";
    case PX_KEY_FLAG:
        return "true or false";
    case PX_KEY_INT:
    case PX_KEY_SEED:
        return "a whole number";
    case PX_KEY_FLOAT:
    case PX_KEY_DOUBLE:
    case PX_KEY_CHOICE:
    case PX_KEY_SPECIAL:
        break;
    }
    return "a number";
}

static bool has_range(const px_train_key *key) {
    return key->kind == PX_KEY_INT || key->kind == PX_KEY_SEED || key->kind == PX_KEY_FLOAT ||
           key->kind == PX_KEY_DOUBLE;
}

/* "sgd, adam or adamw" from "sgd|adam|adamw". */
static void list_choices(const char *choices, char *text, size_t size) {
    size_t used = 0;
    for (const char *c = choices; *c && used + 5 < size; c++) {
        const bool last = *c == '|' && !strchr(c + 1, '|');
        if (*c != '|')
            text[used++] = *c;
        else
            used += (size_t)snprintf(text + used, size - used, "%s", last ? " or " : ", ");
    }
    text[used] = '\0';
}

void px_train_key_allowed(const px_train_key *key, char *text, size_t size) {
    if (key->choices)
        list_choices(key->choices, text, size);
    else if (key->allowed)
        snprintf(text, size, "%s", key->allowed);
    else if (has_range(key))
        snprintf(text, size, "%s %s %.16g %s %.16g", kind_text(key->kind),
                 key->above ? "above" : "from", key->least, key->below ? "to below" : "to",
                 key->most);
    else
        snprintf(text, size, "%s", kind_text(key->kind));
}

bool px_train_key_refuse(px_train_reading *reading, const px_train_key *key) {
    char allowed[200];
    px_train_key_allowed(key, allowed, sizeof allowed);
    return px_fail(reading->err, PX_ERR_INPUT, reading->file, "\"%s\" is not %s", key->name,
                   allowed);
}

/* A cell of a table: "|" would end it, "*" begins emphasis. */
static bool print_cell(px_buffer *out, const char *text, px_error *err) {
    bool ok = true;
    for (; ok && *text; text++)
        ok = px_buffer_print(out, err, *text == '|' || *text == '*' ? "\\%c" : "%c", *text);
    return ok;
}

static bool describe_key(const px_train_key *key, px_buffer *out, px_error *err) {
    char allowed[200];
    px_train_key_allowed(key, allowed, sizeof allowed);
    const char *value = key->required ? "*required*" : "";
    return px_buffer_print(out, err, "| `%s` | ", key->name) && print_cell(out, allowed, err) &&
           (key->value ? px_buffer_print(out, err, " | `%s` | ", key->value)
                       : px_buffer_print(out, err, " | %s%s| ", value, *value ? " " : "")) &&
           print_cell(out, key->help, err) && px_buffer_print(out, err, " |\n");
}

bool px_train_config_describe(px_buffer *out, px_error *err) {
    bool ok = true;
    for (int i = 0; ok && i < px_n_train_keys; i++) {
        const px_train_key *key = &px_train_keys[i];
        if (key->section)
            ok = px_buffer_print(out, err,
                                 "%s### %s\n\n| key | value | default | what it is |\n"
                                 "|---|---|---|---|\n",
                                 i ? "\n" : "", key->section);
        ok = ok && describe_key(key, out, err);
    }
    return ok;
}
