/* Pairs between semicolons. */
#include "cookies.h"

#include <string.h>

int px_cookie_find(const char *header, const char *name, const char **value, size_t *size) {
    int found = 0;
    for (const char *at = header; at && *at;) {
        at += strspn(at, " \t\r\n\v\f;");
        size_t whole = strcspn(at, ";"), letters = strcspn(at, "=;");
        if (letters == strlen(name) && strncmp(at, name, letters) == 0 && letters < whole) {
            found++;
            *value = at + letters + 1;
            *size = whole - letters - 1;
        }
        at += whole;
    }
    return found;
}
