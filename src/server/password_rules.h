/* Which passwords are too easy to guess: by length, not by kinds of characters (NIST SP 800-63B).
 */
#ifndef PX_SERVER_PASSWORD_RULES_H
#define PX_SERVER_PASSWORD_RULES_H

#include "perxeptron.h"

#define PX_PASSWORD_BYTES 1024 /**< the longest that is taken */

/**
 * What is wrong with a new password?
 *
 * @param password  any bytes; characters are counted as UTF-8's.
 * @param username  may be "".
 * @param least     characters that it must have.
 * @return NULL, or a sentence for people: too short, too long, hardly more than the user name, or
 *         one of common_passwords.txt (letters' case aside). It is the thread's until its next
 * call.
 */
const char *px_password_problem(const char *password, size_t size, const char *username, int least);

#endif
