/* The Host header against names. */
#include "hosts.h"

#include <string.h>
#include <strings.h>

#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
#define LONGEST 255

/* Length of the name, without the port; 0: none. */
static size_t name_length(const char *host) {
    if (host[0] != '[')
        return strspn(host, NAME_CHARACTERS);
    size_t inside = strspn(host + 1, "0123456789abcdefABCDEF:.");
    return inside > 0 && host[1 + inside] == ']' ? inside + 2 : 0;
}

bool px_host_is_valid(const char *host) {
    size_t name = name_length(host);
    const char *port = host + name;
    if (name == 0 || name > LONGEST)
        return false;
    if (*port == '\0')
        return true;
    size_t digits = *port == ':' ? strspn(port + 1, "0123456789") : 0;
    return *port == ':' && digits <= 5 && port[1 + digits] == '\0';
}

static bool is_name(const char *host, const char *name) {
    size_t size = strlen(name);
    bool any_port = name[name_length(name)] == '\0';
    return strncasecmp(host, name, size) == 0 &&
           (host[size] == '\0' || (any_port && host[size] == ':'));
}

bool px_host_is_among(const char *host, const char *const *names, int n_names) {
    for (int i = 0; i < n_names; i++)
        if (is_name(host, names[i]))
            return true;
    return false;
}

bool px_host_is_local(const char *host) {
    static const char *const local[] = {"localhost", "127.0.0.1", "[::1]"};
    return px_host_is_among(host, local, 3);
}
