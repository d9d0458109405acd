/* The server's settings: the one table behind its flags, file, environment and documentation. */
#ifndef PX_CLI_SERVE_OPTIONS_H
#define PX_CLI_SERVE_OPTIONS_H

#include "cli.h"

/** Options of `perxeptron serve`, and all names that its configuration file may hold. */
extern const px_option px_serve_options[];

#endif
