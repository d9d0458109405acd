/* Prints the table of routes for comparing it with the OpenAPI file: "METHOD PATH SCOPE WHO" a
 * line, with the scope needed or "none", and "anonymous" or "known" for who may come. */
#include <stdio.h>

#include "../src/server/routes.h"

static const char *scope_name(unsigned needs) {
    switch (needs) {
    case 0:
        return "none";
    case PX_SCOPE_READ:
        return "read";
    case PX_SCOPE_PREDICT:
        return "predict";
    case PX_SCOPE_WRITE:
        return "write";
    case PX_SCOPE_ACCOUNT:
        return "account";
    case PX_SCOPE_ADMIN:
        return "admin";
    default:
        return "several";
    }
}

int main(void) {
    for (const px_route *route = px_routes; route->method; route++)
        printf("%s %s %s %s\n", route->method, route->path, scope_name(route->needs),
               route->anonymous ? "anonymous" : "known");
    return fflush(stdout) == 0 ? 0 : 1;
}
