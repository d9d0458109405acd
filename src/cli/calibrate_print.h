/* What calibrate shows on the terminal. */
#ifndef PX_CLI_CALIBRATE_PRINT_H
#define PX_CLI_CALIBRATE_PRINT_H

#include <stdio.h>

#include "../evaluate/site_ensemble.h"

/** Before and after, finding by finding. */
void px_calibrate_print(FILE *out, const px_ensemble *ensemble, const px_site_finding *findings,
                        const px_site_plan *plan, const px_site_origin *origin);

#endif
