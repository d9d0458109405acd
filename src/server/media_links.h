/* Links to an X-ray's image and heat map that need no credentials, for a while: what the 2020
 * interface's clients put into their pages.
 */
#ifndef PX_SERVER_MEDIA_LINKS_H
#define PX_SERVER_MEDIA_LINKS_H

#include "exchange.h"
#include "links.h"

/** "/media/images/12.png?expires=…&signature=…" */
void px_media_link_image(const px_app *app, const px_xray *xray, char link[PX_LINK_SIZE]);
/** "/media/heatmaps/heatmap_12.jpg?expires=…&signature=…" */
void px_media_link_heatmap(const px_app *app, const px_xray *xray, char link[PX_LINK_SIZE]);

#endif
