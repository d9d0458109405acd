/* The files that are served as they are: the web app's and the program's own, read once. */
#ifndef PX_SERVER_WEB_FILES_H
#define PX_SERVER_WEB_FILES_H

#include "accept.h"

#define PX_WEB_ETAG 33 /**< 32 hexadecimal digits and the closing zero */

/** The page that stands for the web app where none is installed. No request can name it. */
#define PX_WEB_ABSENT "no_web.html"

/** A file's bytes in one coding. */
typedef struct px_web_bytes {
    const void *bytes; /**< NULL: not there in this coding */
    size_t size;
    char etag[PX_WEB_ETAG];
} px_web_bytes;

typedef struct px_web_file {
    const char *path;   /**< "/en/main-4F3A2B1C.js" */
    const char *type;   /**< its Content-Type */
    const char *policy; /**< its Content-Security-Policy, or NULL */
    bool lasting;       /**< its name has a hash of its content: it never changes */
    px_web_bytes codings[PX_CODINGS];
} px_web_file;

/** Never changed once it is made: safe for concurrent calls. */
typedef struct px_web_files px_web_files;

/**
 * @param folder  the web app's, as its build leaves it: a folder with index.html for each language,
 *                en/ among them; NULL: there is none, and the program's own files are served alone.
 * @param err     PX_ERR_INPUT: not such a folder; PX_ERR_IO, PX_ERR_LIMIT, PX_ERR_MEMORY.
 */
px_web_files *px_web_files_new(const char *folder, px_error *err);
void px_web_files_free(px_web_files *files);

/** The file of a path, or NULL. */
const px_web_file *px_web_files_find(const px_web_files *files, const char *path);

/** The languages that the web app is there in, as "en"; none without one.
 *  @param tags  set to an array that lives as long as `files`. @return how many. */
int px_web_files_languages(const px_web_files *files, const char *const **tags);

/** Is it a language's index.html? That is no file to be served as it is, but a page. */
bool px_web_file_is_page(const px_web_file *file);

/** Where the web app is when no setting names it: beside the program, or where it was installed.
 *  To be freed; NULL: nowhere. */
char *px_web_find_folder(void);

#endif
