/* Findings by the many names that tables give them. */
#ifndef PX_DATASET_FINDING_NAMES_H
#define PX_DATASET_FINDING_NAMES_H

#include "perxeptron.h"

enum { PX_FINDING_ID = 65 }; /**< 64 of a-z, 0-9 and _, and the closing zero */

/**
 * The id that all names of one finding share: lower case, anything but letters and digits as one
 * "_", then the table of synonyms: "Effusion", "pleural-effusion" and "Pleural Effusion" are
 * "pleural_effusion", "Cardiac enlargement" is "cardiomegaly". A name that is in no table stays as
 * it was spelt.
 *
 * @param id  set; "" when nothing of the name is left or it is too long for an id.
 */
void px_finding_canonical(const char *name, char id[PX_FINDING_ID]);

/** The first half of that: a name's spelling without what does not matter in it. */
void px_finding_spelling(const char *name, char id[PX_FINDING_ID]);

/** Do two names, ids or not, mean the same finding? */
bool px_finding_same(const char *a, const char *b);

/** Is it, by any of its names, one that data sets of chest radiographs label? */
bool px_finding_is_known(const char *name);

/** "Pleural Effusion" for any name of a known finding, as CheXpert's or NIH's authors write it;
 *  NULL for others; static storage. */
const char *px_finding_title(const char *name);

#endif
