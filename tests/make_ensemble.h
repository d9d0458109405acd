/* Small ensembles in a temporary folder, for tests that read radiographs. */
#ifndef PX_TESTS_MAKE_ENSEMBLE_H
#define PX_TESTS_MAKE_ENSEMBLE_H

#include "../src/base/buffer.h"
#include "../src/image/prepare.h"
#include "../src/model/builders.h"

typedef struct test_member {
    const char *name;
    px_arch arch;
    px_head head;
    const char *labels;
    uint64_t seed;
    px_scaling scaling;
    px_crop crop;
    bool trained;
    const char *weights; /**< JSON of the member's "weights" */
} test_member;

/** A new folder under /tmp; free() it after remove_folder(). */
char *make_folder(void);
/** Remove a folder with all in it. */
void remove_folder(char *folder);
/** "folder/name"; free(). */
char *path_in(const char *folder, const char *name);

/** Write FOLDER/NAME.safetensors, a network of 75 x 75 pixels. */
void make_member(const char *folder, const test_member *member);
/** Write models and FOLDER/ensemble.json with `findings` and, after the members, `more` (both JSON;
 *  `more` may be ""). @return the JSON's path; free(). */
char *make_ensemble(const char *folder, const test_member *members, int n, const char *findings,
                    const char *more);

/** A PNG of smooth shapes that depend on `seed`, appended to `out`. */
void make_png(int width, int height, uint64_t seed, px_buffer *out);

#endif
