/* Calls that must succeed, or fail in a given way. Include cmocka.h first. */
#ifndef TESTS_MUST_H
#define TESTS_MUST_H

#include "perxeptron.h"

/** A call, with `err` for its failure, that must succeed, or fail with a code and a message. */
#define MUST(call)                                                                                 \
    do {                                                                                           \
        px_error err = {0};                                                                        \
        if (!(call))                                                                               \
            fail_msg("%s: %s: %s", #call, err.subject, err.message);                               \
        assert_int_equal(err.code, PX_OK);                                                         \
    } while (0)
#define MUST_FAIL(call, expected)                                                                  \
    do {                                                                                           \
        px_error err = {0};                                                                        \
        assert_false(call);                                                                        \
        assert_int_equal(err.code, expected);                                                      \
        assert_true(err.message[0] != '\0');                                                       \
    } while (0)

#endif
