/* Passwords that are refused. common_passwords.txt is sorted by bytes, in lower case, one a line;
 * nothing in it is shorter than 8 characters, the least that can be configured. */
#include "password_rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "../base/secret.h"

#define OF_ITS_OWN 5 /* characters that a password must have besides the user name */

extern const unsigned char px_common_passwords_txt[];
extern const size_t px_common_passwords_txt_size;

static size_t count_characters(const char *text, size_t size) {
    size_t count = 0;
    for (size_t i = 0; i < size; i++)
        count += (text[i] & 0xc0) != 0x80; /* not a byte that continues one */
    return count;
}

static int compare_line(const char *line, size_t length, const char *word, size_t size) {
    const int order = memcmp(line, word, length < size ? length : size);
    return order ? order : (length > size) - (length < size);
}

/* Binary search: `low` and `high` are always at the beginnings of lines. */
static bool is_listed(const char *word, size_t size) {
    const char *list = (const char *)px_common_passwords_txt;
    size_t low = 0, high = px_common_passwords_txt_size;
    while (low < high) {
        size_t at = low + (high - low) / 2;
        while (at > low && list[at - 1] != '\n')
            at--;
        const size_t length =
            (size_t)((const char *)memchr(list + at, '\n', high - at) - list) - at;
        const int order = compare_line(list + at, length, word, size);
        if (order == 0)
            return true;
        if (order < 0)
            low = at + length + 1;
        else
            high = at;
    }
    return false;
}

static bool is_common(const char *password, size_t size) {
    char word[64]; /* more than any line */
    if (size > sizeof word)
        return false;
    for (size_t i = 0; i < size; i++)
        word[i] = (char)tolower((unsigned char)password[i]);
    const bool common = is_listed(word, size);
    px_secret_wipe(word, sizeof word);
    return common;
}

/* Is little left of the password where the user name is taken out? */
static bool is_about_name(const char *password, size_t size, const char *username) {
    const size_t length = strlen(username);
    size_t left = 0;
    for (size_t i = 0; length > 0 && i < size;) {
        const bool is_name = size - i >= length && strncasecmp(password + i, username, length) == 0;
        left += is_name ? 0 : count_characters(password + i, 1);
        i += is_name ? length : 1;
    }
    return length > 0 && left < OF_ITS_OWN;
}

const char *px_password_problem(const char *password, size_t size, const char *username,
                                int least) {
    static _Thread_local char too_short[80];
    if (size > PX_PASSWORD_BYTES)
        return "This password is too long.";
    if (count_characters(password, size) < (size_t)least) {
        snprintf(too_short, sizeof too_short,
                 "This password is too short: it must have at least %d characters.", least);
        return too_short;
    }
    if (is_about_name(password, size, username))
        return "This password is too similar to the user name.";
    if (is_common(password, size))
        return "This password is too common.";
    return NULL;
}
