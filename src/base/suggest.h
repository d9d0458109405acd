/* "Did you mean …?": the known word nearest to a mistyped one. */
#ifndef PX_BASE_SUGGEST_H
#define PX_BASE_SUGGEST_H

typedef struct px_nearest {
    const char *word; /**< what was typed; borrowed */
    const char *best; /**< nearest candidate so far, NULL when none is near; borrowed */
    int distance;     /**< of best; set it to PX_NEAREST_FAR to start */
} px_nearest;

enum { PX_NEAREST_FAR = 1000 };

/** Insertions, deletions, replacements and swaps of neighbours between two words (Damerau's
 *  distance, optimal string alignment), or PX_NEAREST_FAR for words of more than 31 letters. */
int px_word_distance(const char *a, const char *b);

/** Keep `candidate` when it is near enough and nearer than the best so far. */
void px_nearest_consider(px_nearest *nearest, const char *candidate);

#endif
