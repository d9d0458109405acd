/* An ensemble file in another folder than the one it came from. */
#ifndef PX_READER_ENSEMBLE_MOVE_H
#define PX_READER_ENSEMBLE_MOVE_H

#include "ensemble.h"

/**
 * Make the members' paths right for an ensemble file at another place. Members that lie in its
 * folder or below are named from there; others are refused, or, with `copy`, given a place in its
 * folder under their own file name: a hard link, or a copy on another file system. A file that is
 * there already must be the very model.
 *
 * @param ensemble  changed; on failure some of its paths may be.
 * @param from, to  paths of the ensemble files; the folder of `to` exists.
 * @param err       PX_ERR_USAGE: a member lies elsewhere; PX_ERR_MISMATCH: another file has its
 *                  name; PX_ERR_IO; PX_ERR_MEMORY.
 */
bool px_ensemble_move(px_ensemble *ensemble, const char *from, const char *to, bool copy,
                      px_error *err);

#endif
