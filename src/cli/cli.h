/* Subcommands and their options as tables: they drive parsing, --help, the man page and completion.
 */
#ifndef PX_CLI_CLI_H
#define PX_CLI_CLI_H

#include "perxeptron.h"

/** Exit codes of every subcommand. */
typedef enum {
    PX_EXIT_OK = 0,
    PX_EXIT_USAGE = 1,       /**< wrong options */
    PX_EXIT_INPUT = 2,       /**< bad input: nothing was done */
    PX_EXIT_SOME = 3,        /**< some inputs failed, the others are done */
    PX_EXIT_ENVIRONMENT = 4, /**< disk, memory, network, permissions */
} px_exit;

typedef enum {
    PX_OPT_FLAG,
    PX_OPT_TEXT,
    PX_OPT_FILE,
    PX_OPT_INT,
    PX_OPT_REAL,
    PX_OPT_CHOICE
} px_opt_type;

/** One long option. A table ends with a zeroed entry. */
typedef struct px_option {
    const char *section; /**< title of the options from here on, in help and documentation; or NULL
                          */
    const char *name;    /**< without dashes */
    char letter;         /**< short form, or 0 */
    px_opt_type type;
    const char *argument; /**< name of its value in help: "FILE" */
    const char *value;    /**< default as text, NULL for none; PX_OPT_CHOICE: also one of choices;
                               of a repeated setting: items with commas between them */
    double least, most;   /**< PX_OPT_INT, PX_OPT_REAL: the range allowed */
    const char *choices;  /**< PX_OPT_CHOICE: "table|json|csv" */
    bool required, repeated;
    bool secret;                        /**< passwords in it are not printed */
    char *(*fallback)(px_error *error); /**< a setting's default where it depends on the machine; to
                                             be freed */
    /** Further checks of a value; NULL for none. PX_ERR_USAGE about `subject`. */
    bool (*check)(const char *text, const char *subject, px_error *err);
    const char *help;
} px_option;

typedef struct px_args px_args;

/** One subcommand: "predict", or two words: "import keras". */
typedef struct px_command {
    const char *name;
    const char *operands;              /**< "FILE|DIR..." or "" for none */
    int least_operands, most_operands; /**< most -1: any number */
    const char *summary;               /**< one line */
    const char *description;           /**< paragraphs; NULL for none */
    const px_option *options;
    const px_option *settings; /**< not NULL: options may also come from a file or the environment;
                                    these are all the names allowed there (settings.h) */
    px_exit (*run)(const px_args *args);
} px_command;

/** Values, after parsing has checked types, ranges, choices and required options. */
bool px_args_flag(const px_args *args, const char *option);
const char *px_args_text(const px_args *args, const char *option); /* NULL: absent, no default */
int64_t px_args_int(const px_args *args, const char *option);
double px_args_real(const px_args *args, const char *option);
bool px_args_given(const px_args *args, const char *option);
/** A repeated option's values: count, and each. */
int px_args_count(const px_args *args, const char *option);
const char *px_args_item(const px_args *args, const char *option, int index);
int px_args_operands(const px_args *args);
const char *px_args_operand(const px_args *args, int index);

/** Print "perxeptron: SUBJECT: MESSAGE" on stderr and return the exit code of the error. */
px_exit px_cli_fail(const px_error *err);
px_exit px_exit_of(px_error_code code);

/** Set by Ctrl-C and SIGTERM; long commands look at it between items and stop cleanly. */
bool px_cli_interrupted(void);

extern const px_command px_cmd_import_keras, px_cmd_import_onnx, px_cmd_export_onnx,
    px_cmd_model_init, px_cmd_model_convert, px_cmd_model_show, px_cmd_ensemble_create,
    px_cmd_ensemble_show, px_cmd_predict, px_cmd_evaluate, px_cmd_calibrate, px_cmd_train,
    px_cmd_phantom, px_cmd_bench, px_cmd_serve, px_cmd_backup, px_cmd_store_check,
    px_cmd_audit_verify, px_cmd_audit_export, px_cmd_user_add, px_cmd_user_list,
    px_cmd_user_disable, px_cmd_user_enable, px_cmd_user_reset_password, px_cmd_user_set_role;

#endif
