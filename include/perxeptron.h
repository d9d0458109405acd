/**
 * perXeptron: chest X-ray anomaly detection. The library's public API.
 *
 * Conventions: fallible functions return bool (or NULL) and take a nullable px_error last; on
 * failure outputs are untouched and the first failure is what the error says. Objects made by
 * `px_thing_open/new` are freed by `px_thing_free`, which takes NULL.
 */
#ifndef PERXEPTRON_H
#define PERXEPTRON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define PX_API __attribute__((visibility("default")))
#define PX_PRINTF(string, first) __attribute__((__format__(__printf__, string, first)))
#else
#define PX_API
#define PX_PRINTF(string, first)
#endif

/** Why a call failed. Exit codes and HTTP statuses are derived from it. */
typedef enum {
    PX_OK = 0,
    PX_ERR_USAGE,       /**< the caller asked for something that makes no sense */
    PX_ERR_INPUT,       /**< a file or message is damaged, hostile or not what it should be */
    PX_ERR_UNSUPPORTED, /**< well formed, but uses something this program does not know */
    PX_ERR_LIMIT,       /**< larger than the limits allow */
    PX_ERR_MISMATCH,    /**< two things that belong together do not (hash, shape, labels) */
    PX_ERR_IO,          /**< reading or writing failed: missing file, full disk, permissions */
    PX_ERR_MEMORY,      /**< out of memory */
    PX_ERR_CANCELLED,   /**< the caller asked to stop */
    PX_ERR_BUSY,        /**< a service that it depends on is away or overloaded: try again later */
} px_error_code;

/** A failure: what, in words for people, and the file or field it is about ("" if none). */
typedef struct px_error {
    px_error_code code;
    char subject[256];
    char message[512];
} px_error;

/** Stable lower-case name of a code ("input", "limit", …); static storage. */
PX_API const char *px_error_code_name(px_error_code code);

/** The library's version, "MAJOR.MINOR.PATCH"; static storage. */
PX_API const char *px_version(void);

/* ---- Reading radiographs ------------------------------------------------------------------- */

/** An ensemble of networks, loaded and compiled. */
typedef struct px_reader px_reader;

typedef struct px_reader_options {
    int threads;          /**< 0: every processor this process may use */
    bool accept_mismatch; /**< use thresholds and members although their hashes disagree; nothing
                               is then kept in the cache or taken from it */
    const char *cache;    /**< folder that keeps packed weights for the next start, made where it is
                               missing; NULL: perxeptron/ in $XDG_CACHE_HOME or ~/.cache; "": none.
                               Where it cannot be used, opening takes longer and that is all. */
} px_reader_options;

/** One finding of one radiograph. Strings and arrays belong to the px_reading. */
typedef struct px_finding {
    const char *id;   /**< "pleural_effusion" */
    const char *name; /**< "Pleural effusion" */
    float score;      /**< weighted average of the members' probabilities, in [0, 1] */
    bool has_threshold;
    float threshold;            /**< operating point; decision = score >= threshold */
    bool decision;              /**< false without a threshold: look at has_threshold first */
    bool has_probability;       /**< the ensemble is calibrated for this finding */
    float probability;          /**< calibrated from the score, in [0, 1] */
    const float *member_scores; /**< [px_reader_members()]; NaN for a member without this finding */
    float disagreement;    /**< standard deviation of the members' scores, each with its weight in
                                the ensemble; 0 for one member */
    const float *heat;     /**< [heat_height, heat_width] of the px_reading, in [0, 1], 1 where the
                                evidence is strongest; NULL unless asked for */
    const float *raw_heat; /**< [raw_height, raw_width], signed, before scaling; NULL likewise */
    int raw_width, raw_height;
    int raw_region[4]; /**< x, y, width, height in heat's pixels: the part that raw_heat covers */
    int box[4]; /**< x, y, width, height in the radiograph's pixels around the hottest region: what
                     is connected to the maximum at half of it or more; all 0 when there is none */
} px_finding;

/** Seconds that the stages of a reading took, by a clock that only goes forward. */
typedef struct px_reading_times {
    double decode;    /**< the file to pixels; 0 for what came as pixels or tensor */
    double prepare;   /**< pixels to the networks' inputs */
    double networks;  /**< from the first one's start to the last one's end */
    double heat_maps; /**< 0 without them */
} px_reading_times;

/** The answer for one radiograph. */
typedef struct px_reading {
    int width, height; /**< of the radiograph, orientation applied; of the tensor for tensors */
    int heat_width, heat_height; /**< of every finding's heat; 0 without heat maps */
    char sha256[65];             /**< of the bytes read */
    int n_findings;
    px_finding *findings; /**< in the ensemble's order */
    px_reading_times times;
} px_reading;

typedef struct px_read_options {
    bool heat_maps; /**< fill in heat, raw_heat and box; takes 4 bytes a pixel and finding */
    int heat_side;  /**< longest side of heat, in pixels, where the radiograph's is longer: bounds
                         memory and time, and the box is then as coarse; 0: the radiograph's size */
} px_read_options;

/**
 * Load an ensemble file and its members.
 *
 * @param path     the ensemble's JSON; members lie beside it.
 * @param options  nullable: defaults.
 * @param err      PX_ERR_IO: a file cannot be read; PX_ERR_INPUT: a file is damaged;
 *                 PX_ERR_UNSUPPORTED: a newer format, or a network without probabilities;
 *                 PX_ERR_MISMATCH: a hash is not the recorded one, or a model lacks a finding that
 *                 it has a weight for; PX_ERR_USAGE: threads below 0; PX_ERR_MEMORY.
 * @return a reader to be freed with px_reader_free, or NULL.
 */
PX_API px_reader *px_reader_open(const char *path, const px_reader_options *options, px_error *err);
PX_API void px_reader_free(px_reader *reader);

/** The ensemble's name, its version (16 digits of the ensemble file's SHA-256), and whether every
 * member was trained; when not, scores mean nothing and must be shown with px_reader_notice's
 * words. */
PX_API const char *px_reader_name(const px_reader *reader);
PX_API const char *px_reader_version(const px_reader *reader);
PX_API bool px_reader_trained(const px_reader *reader);
/** "untrained weights: demonstration only", or NULL when there is nothing to warn of. */
PX_API const char *px_reader_notice(const px_reader *reader);
PX_API int px_reader_members(const px_reader *reader);
PX_API const char *px_reader_member_name(const px_reader *reader, int member);

/**
 * Read one radiograph. Safe for concurrent calls on one reader: networks of several run side by
 * side, and never on more threads than the reader has.
 *
 * @param bytes    a PNG or JPEG file's content; borrowed.
 * @param options  nullable: no heat maps.
 * @return a reading to be freed with px_reading_free, or NULL with
 *         PX_ERR_INPUT (damaged), PX_ERR_UNSUPPORTED (no image it can read, or heat maps of a
 *         network that does not end in a global average pool and simple layers), PX_ERR_LIMIT
 *         (larger than 64 MiB, 100 megapixels) or PX_ERR_MEMORY.
 */
PX_API px_reading *px_reader_read(px_reader *reader, const void *bytes, size_t size,
                                  const px_read_options *options, px_error *err);

/** Read a tensor that is already scaled: [side, side, 3] float32 NHWC, given to every member.
 *  PX_ERR_MISMATCH when a member wants another size. The reading's sha256 is of the tensor. */
PX_API px_reading *px_reader_read_tensor(px_reader *reader, const float *tensor, int side,
                                         const px_read_options *options, px_error *err);
PX_API void px_reading_free(px_reading *reading);

#ifdef __cplusplus
}
#endif
#endif
