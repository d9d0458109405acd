/* The keys of a training's configuration as a table, for who reads, checks and describes them. */
#ifndef PX_TRAINER_TRAIN_CONFIG_PARTS_H
#define PX_TRAINER_TRAIN_CONFIG_PARTS_H

#include <jansson.h>

#include "train_config.h"

typedef enum {
    PX_KEY_TEXT,    /**< char * */
    PX_KEY_PATH,    /**< char *, relative to the configuration's folder */
    PX_KEY_INT,     /**< int */
    PX_KEY_SEED,    /**< uint64_t */
    PX_KEY_FLOAT,   /**< float */
    PX_KEY_DOUBLE,  /**< double */
    PX_KEY_FLAG,    /**< bool */
    PX_KEY_CHOICE,  /**< an enum: the place of the word among the choices */
    PX_KEY_SPECIAL, /**< what a function of its own reads */
} px_key_kind;

typedef struct px_train_key px_train_key;

/** A configuration being read. */
typedef struct px_train_reading {
    px_train_config *config;
    const char *file; /**< for errors and for what paths are relative to */
    bool opens;       /**< the start model may be looked at */
    bool has_input;   /**< config->input is that of the start model */
    bool *given;      /**< [px_n_train_keys] the file has it */
    json_t *counted;  /**< object: what the hash is of */
    px_error *err;
} px_train_reading;

/** One key. */
struct px_train_key {
    const char *section; /**< title of the keys from here on, or NULL */
    const char *name;    /**< with dots: "optimiser.rate" */
    px_key_kind kind;
    size_t offset;       /**< in px_train_config; 0 for special ones */
    double least, most;  /**< of numbers */
    bool above, below;   /**< the ends themselves are not allowed */
    const char *choices; /**< "sgd|adam|adamw" in the order of the enum */
    const char *value;   /**< default, as JSON; NULL: none */
    bool required;       /**< must be in the file */
    bool idle;           /**< does not change the result: not in the hash */
    const char *(*choose)(const px_train_config *so_far); /**< default where others decide */
    bool (*read)(px_train_reading *reading, const px_train_key *key, const json_t *value);
    const char *allowed; /**< of special ones, and of texts: what the value is, in words */
    const char *help;
};

extern const px_train_key px_train_keys[];
extern const int px_n_train_keys;

/** The key of a name with dots, or NULL. */
const px_train_key *px_train_key_find(const char *name);

/** What a key's value may be, in words: "a number from 0 to 1". */
void px_train_key_allowed(const px_train_key *key, char *text, size_t size);

/** "KEY" is not ALLOWED. Returns false. */
bool px_train_key_refuse(px_train_reading *reading, const px_train_key *key);

/** What `config->owned` is. */
typedef struct px_train_owned {
    json_t *root;    /**< whose texts are borrowed */
    char **findings; /**< ids */
    px_finding_policy *policies;
    px_column_rename *renames;
} px_train_owned;

/* Readers of keys that are lists and objects. */
bool px_train_read_architecture(px_train_reading *reading, const px_train_key *key,
                                const json_t *value);
bool px_train_read_findings(px_train_reading *reading, const px_train_key *key,
                            const json_t *value);
bool px_train_read_uncertain(px_train_reading *reading, const px_train_key *key,
                             const json_t *value);
bool px_train_read_columns(px_train_reading *reading, const px_train_key *key, const json_t *value);
bool px_train_read_freeze(px_train_reading *reading, const px_train_key *key, const json_t *value);
bool px_train_read_levels(px_train_reading *reading, const px_train_key *key, const json_t *value);
bool px_train_read_sizes(px_train_reading *reading, const px_train_key *key, const json_t *value);

/** Do the keys go together? PX_ERR_INPUT. */
bool px_train_config_agree(px_train_reading *reading);
/** Was the key of this name in the file? */
bool px_train_key_given(const px_train_reading *reading, const char *name);

#endif
