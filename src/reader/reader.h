/* What the program's own parts use of the reader beyond the public API. */
#ifndef PX_READER_READER_H
#define PX_READER_READER_H

#include <jansson.h>

#include "../image/image.h"
#include "ensemble.h"
#include "perxeptron.h"

/** The words shown wherever scores of untrained members appear. */
#define PX_NOTICE_UNTRAINED "untrained weights: demonstration only"

/** Longest side of heat maps that serve for boxes and small pictures. A small file may unpack to
 *  100 megapixels, and a map of that size for each finding would take 2 GB. */
enum { PX_READER_HEAT_SIDE = 1024 };

/** The parsed ensemble file: findings, members, operating points, card. Lives with the reader. */
const px_ensemble *px_reader_ensemble(const px_reader *reader);

/** Read an image that is decoded already; the reading's sha256 is left empty. Otherwise as
 *  px_reader_read. */
px_reading *px_reader_read_image(px_reader *reader, const px_image *image,
                                 const px_read_options *options, px_error *err);

/** Let its threads step back for other work of this machine (px_cpu_step_back): a server's light
 *  requests come first. */
void px_reader_step_back(px_reader *reader);

/** How many concurrent calls keep all its threads busy, each with a network of its own. */
int px_reader_readings_at_once(const px_reader *reader);

/** What opening had from the cache, in a sentence for people: "packed weights of 5 of 5 networks
 * were in FOLDER", or why nothing is kept. Lives with the reader. */
const char *px_reader_cache_note(const px_reader *reader);

/** Whether every member's head lets heat maps be made. */
bool px_reader_has_heat_maps(const px_reader *reader);

/**
 * Path of the ensemble to use when none was named: $PERXEPTRON_ENSEMBLE, ./models/default/, the
 * checkout that the program was built in, or the folder it was installed to
 * (PREFIX/share/perxeptron/default/ensemble.json); the first that exists.
 *
 * @return to be freed with free(); NULL with PX_ERR_IO, saying how to make one.
 */
char *px_reader_default_path(px_error *err);

/**
 * A reading's findings as JSON: a list of {"id", "name", "score", "threshold", "decision",
 * "probability", "members", "disagreement", "box"}; threshold, decision, probability and box only
 * where there are any. Numbers are the shortest decimals that give back the same float32.
 *
 * @param maps  add "map", the raw heat map (stored_map.h), where there is one.
 * @return a new reference, or NULL and PX_ERR_MEMORY.
 */
json_t *px_reading_findings_to_json(const px_reader *reader, const px_reading *reading, bool maps,
                                    px_error *err);

/** What reads, as results name it: {"name", "version", "members": [{"name", "sha256"}]}. A new
 *  reference, or NULL and PX_ERR_MEMORY. */
json_t *px_reader_to_json(const px_reader *reader, px_error *err);

/** A whole reading: {"sha256", "width", "height", "ensemble", "notice" (or null), "findings"}, of
 *  the two above. With maps it is all that needs to be kept of it. */
json_t *px_reading_to_json(const px_reader *reader, const px_reading *reading, bool maps,
                           px_error *err);

#endif
