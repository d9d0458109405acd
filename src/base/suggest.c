/* "Did you mean …?": the known word nearest to a mistyped one. */
#include "suggest.h"

#include <string.h>

enum { LONGEST = 31 };

static int min3(int a, int b, int c) {
    int least = a < b ? a : b;
    return least < c ? least : c;
}

int px_word_distance(const char *a, const char *b) {
    size_t n = strlen(a), m = strlen(b);
    int d[LONGEST + 1][LONGEST + 1];
    if (n > LONGEST || m > LONGEST)
        return PX_NEAREST_FAR;
    for (size_t i = 0; i <= n; i++)
        d[i][0] = (int)i;
    for (size_t j = 0; j <= m; j++)
        d[0][j] = (int)j;
    for (size_t i = 1; i <= n; i++)
        for (size_t j = 1; j <= m; j++) {
            int change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = min3(d[i - 1][j] + 1, d[i][j - 1] + 1, change);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = min3(d[i][j], d[i - 2][j - 2] + 1, change);
        }
    return d[n][m];
}

void px_nearest_consider(px_nearest *nearest, const char *candidate) {
    size_t length = strlen(nearest->word);
    int distance = px_word_distance(nearest->word, candidate);
    if (length >= 2 && strncmp(nearest->word, candidate, length) == 0)
        distance = 1; /* the beginning of a word */
    if (distance <= 1 + (int)length / 4 && distance < nearest->distance) {
        nearest->distance = distance;
        nearest->best = candidate;
    }
}
