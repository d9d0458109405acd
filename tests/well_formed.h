/* Is markup well formed? Include cmocka.h first. */
#ifndef TESTS_WELL_FORMED_H
#define TESTS_WELL_FORMED_H

/** Fail unless every element that begins ends, in order (HTML's void <meta> and declarations need
 *  not), attributes' quotes are closed, and there is no bare & or <. */
void expect_well_formed(const char *text);

#endif
