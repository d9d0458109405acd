/* Passwords for accounts: typed without being shown, or a line of stdin. */
#ifndef PX_CLI_PASSWORD_INPUT_H
#define PX_CLI_PASSWORD_INPUT_H

#include "perxeptron.h"

#define PX_PASSWORD_ROOM 1028 /**< more than the longest that is taken, and a closing zero */

/** Ask for a new password on the terminal, twice, or read one line where stdin is none. To be wiped
 *  after use. PX_ERR_INPUT: the two differ, or it is no text; PX_ERR_LIMIT: too long; PX_ERR_IO;
 *  PX_ERR_CANCELLED: Ctrl-C. */
bool px_cli_read_password(char password[PX_PASSWORD_ROOM], px_error *err);

#endif
