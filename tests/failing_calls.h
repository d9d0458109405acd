/* Calls of the store to the system and to the database that fail, or end the process, at a chosen
 * one. The program is linked with --wrap for each. */
#ifndef TESTS_FAILING_CALLS_H
#define TESTS_FAILING_CALLS_H

typedef enum {
    CALLS_WORK,
    CALLS_DIE,  /**< the process ends, as by SIGKILL, in place of the call */
    CALLS_FAIL, /**< with calls_errno; a transaction is undone */
    CALLS_LIE,  /**< a commit works and says it failed; others work */
} calls_mode;

extern calls_mode calls_mode_now;
extern int calls_left;  /**< calls that still work */
extern int calls_errno; /**< for CALLS_FAIL */

/** Exit status of a process that ended by CALLS_DIE. */
#define CALLS_DIED 99

#endif
