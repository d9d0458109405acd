/* Prints the table of routes, one "METHOD PATH" a line, for comparing it with the OpenAPI file. */
#include <stdio.h>

#include "../src/server/routes.h"

int main(void) {
    for (const px_route *route = px_routes; route->method; route++)
        printf("%s %s\n", route->method, route->path);
    return fflush(stdout) == 0 ? 0 : 1;
}
