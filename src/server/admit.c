/* Admission: authentication, access and limits, in this order. */
#include "admit.h"

#include "routes.h"

void px_admit(px_app *app, px_request *request, px_reply *reply) {
    request->refused = !px_route_allows(app, request->route, request, reply);
}
