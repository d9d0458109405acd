/* The web app: its files, and its pages in the language that a browser wants. */
#ifndef PX_SERVER_WEB_H
#define PX_SERVER_WEB_H

#include "routes.h"

/** The route of a GET or HEAD that no other has: a file that is there, a page of the web app, or,
 *  for a browser that wants a page, the app's own word that there is none. Else NULL. */
const px_route *px_web_route(const px_app *app, px_request *request);

#endif
