/* A sorted table of paths. Files beside another, with .br or .gz behind its name, are the same in
 * another coding. */
#include "web_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/memory.h"
#include "../base/sha256.h"
#include "embedded.h"
#include "page_policy.h"
#include "web_folder.h"

#define LANGUAGES 32
#define TAG 36 /* of a language, with its closing zero (RFC 5646, 4.4.1) */
#define INDEX "/index.html"
#define HASH 8 /* letters of a content's hash in a file's name */

#define TYPE_HTML "text/html; charset=utf-8"
#define TYPE_CSS "text/css; charset=utf-8"
#define TYPE_SCRIPT "text/javascript; charset=utf-8"
#define TYPE_SVG "image/svg+xml"
#define TYPE_JSON "application/json"

/* The program's own. */
static const struct {
    const char *path, *type, *policy;
    const unsigned char *bytes;
    const size_t *size;
} embedded[] = {
    {"/docs.css", TYPE_CSS, NULL, px_docs_docs_css, &px_docs_docs_css_size},
    {"/docs.js", TYPE_SCRIPT, NULL, px_docs_docs_js, &px_docs_docs_js_size},
    {"/docs.svg", TYPE_SVG, NULL, px_docs_docs_svg, &px_docs_docs_svg_size},
    {"/api/v1/openapi.json", TYPE_JSON, NULL, px_docs_openapi_json, &px_docs_openapi_json_size},
    {"/api/v1/docs", TYPE_HTML, PX_POLICY_DOCS, px_docs_docs_html, &px_docs_docs_html_size},
    {PX_WEB_ABSENT, TYPE_HTML, PX_POLICY_DOCS, px_docs_no_web_html, &px_docs_no_web_html_size}};
#define EMBEDDED (sizeof embedded / sizeof *embedded)

struct px_web_files {
    px_folder folder; /* what the table points into */
    px_web_file *files;
    size_t count;
    char tags[LANGUAGES][TAG];
    const char *languages[LANGUAGES];
    int n_languages;
};

/* ---- Names ---- */

static const char *type_of(const char *name, size_t size) {
    static const struct {
        const char *ending, *type;
    } types[] = {{".js", TYPE_SCRIPT},
                 {".css", TYPE_CSS},
                 {".html", TYPE_HTML},
                 {".svg", TYPE_SVG},
                 {".png", "image/png"},
                 {".woff2", "font/woff2"},
                 {".webmanifest", "application/manifest+json"},
                 {".json", TYPE_JSON},
                 {".txt", "text/plain; charset=utf-8"},
                 {".ico", "image/vnd.microsoft.icon"}};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        size_t length = strlen(types[i].ending);
        if (size > length && memcmp(name + size - length, types[i].ending, length) == 0)
            return types[i].type;
    }
    return NULL;
}

static px_coding coding_of(const char *name, size_t *plain) {
    size_t size = strlen(name);
    bool br = size > 3 && strcmp(name + size - 3, ".br") == 0;
    bool gzip = size > 3 && strcmp(name + size - 3, ".gz") == 0;
    *plain = br || gzip ? size - 3 : size;
    return br ? PX_CODING_BR : gzip ? PX_CODING_GZIP : PX_CODING_IDENTITY;
}

static bool is_wanted(const char *name) {
    size_t plain;
    coding_of(name, &plain);
    return type_of(name, plain) != NULL;
}

/* "main-4F3A2B1C.js" */
static bool has_hash(const char *path) {
    const char *name = strrchr(path, '/') + 1, *dash = strchr(name, '-');
    for (; dash; dash = strchr(dash + 1, '-'))
        if (strspn(dash + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == HASH &&
            dash[1 + HASH] == '.')
            return true;
    return false;
}

bool px_web_file_is_page(const px_web_file *file) {
    const char *second = strchr(file->path + 1, '/');
    return second && strcmp(second, INDEX) == 0;
}

/* ---- The table ---- */

static void set_bytes(px_web_file *file, px_coding coding, const void *bytes, size_t size) {
    px_web_bytes *set = &file->codings[coding];
    char hash[PX_SHA256_HEX];
    px_sha256_bytes(bytes, size, hash);
    *set = (px_web_bytes){.bytes = bytes, .size = size};
    memcpy(set->etag, hash, PX_WEB_ETAG - 1);
}

static px_web_file *add_file(px_web_files *files, const char *path, const char *type,
                             const void *bytes, size_t size) {
    px_web_file *file = &files->files[files->count++];
    *file = (px_web_file){.path = path, .type = type};
    set_bytes(file, PX_CODING_IDENTITY, bytes, size);
    return file;
}

static void add_embedded(px_web_files *files) {
    for (size_t i = 0; i < EMBEDDED; i++)
        add_file(files, embedded[i].path, embedded[i].type, embedded[i].bytes, *embedded[i].size)
            ->policy = embedded[i].policy;
}

static int compare(const void *a, const void *b) {
    return strcmp(((const px_web_file *)a)->path, ((const px_web_file *)b)->path);
}

const px_web_file *px_web_files_find(const px_web_files *files, const char *path) {
    const px_web_file wanted = {.path = path};
    return bsearch(&wanted, files->files, files->count, sizeof *files->files, compare);
}

static void add_plain_files(px_web_files *files) {
    for (size_t i = 0; i < files->folder.count; i++) {
        const px_folder_file *read = &files->folder.files[i];
        size_t plain;
        if (coding_of(read->name, &plain) != PX_CODING_IDENTITY)
            continue;
        px_web_file *file =
            add_file(files, read->name, type_of(read->name, plain), read->bytes, read->size);
        file->policy = PX_POLICY_WEB;
        file->lasting = has_hash(read->name);
    }
}

/* One whose plain file is not there is left out: not every client could have it. */
static bool add_coded_files(px_web_files *files, px_error *err) {
    for (size_t i = 0; i < files->folder.count; i++) {
        const px_folder_file *read = &files->folder.files[i];
        size_t plain;
        px_coding coding = coding_of(read->name, &plain);
        if (coding == PX_CODING_IDENTITY)
            continue;
        char *name = px_format(err, "%.*s", (int)plain, read->name);
        if (!name)
            return false;
        px_web_file *file = (px_web_file *)(uintptr_t)px_web_files_find(files, name);
        if (file && !px_web_file_is_page(file))
            set_bytes(file, coding, read->bytes, read->size);
        free(name);
    }
    return true;
}

static void find_languages(px_web_files *files) {
    for (size_t i = 0; i < files->count && files->n_languages < LANGUAGES; i++) {
        const px_web_file *file = &files->files[i];
        if (file->path[0] != '/' || !px_web_file_is_page(file))
            continue;
        int size = (int)strcspn(file->path + 1, "/");
        if (size >= TAG)
            continue;
        char *tag = files->tags[files->n_languages];
        snprintf(tag, TAG, "%.*s", size, file->path + 1);
        files->languages[files->n_languages++] = tag;
    }
}

int px_web_files_languages(const px_web_files *files, const char *const **tags) {
    *tags = files->languages;
    return files->n_languages;
}

static bool check_table(const px_web_files *files, const char *folder, px_error *err) {
    for (size_t i = 1; i < files->count; i++)
        if (compare(&files->files[i - 1], &files->files[i]) == 0)
            return px_fail(err, PX_ERR_INPUT, folder, "%s in it is a name of the server's own",
                           files->files[i].path);
    return !folder || px_web_files_find(files, "/en" INDEX) ||
           px_fail(err, PX_ERR_INPUT, folder, "not the web app: there is no en/index.html in it");
}

static bool fill(px_web_files *files, const char *folder, px_error *err) {
    if (folder && !px_folder_read(folder, is_wanted, &files->folder, err))
        return false;
    files->files = px_alloc(EMBEDDED + files->folder.count, sizeof *files->files, err);
    if (!files->files)
        return false;
    add_embedded(files);
    add_plain_files(files);
    qsort(files->files, files->count, sizeof *files->files, compare);
    find_languages(files);
    return check_table(files, folder, err) && add_coded_files(files, err);
}

px_web_files *px_web_files_new(const char *folder, px_error *err) {
    px_web_files *files = px_alloc(1, sizeof *files, err);
    if (files && fill(files, folder, err))
        return files;
    px_web_files_free(files);
    return NULL;
}

void px_web_files_free(px_web_files *files) {
    if (!files)
        return;
    px_folder_clear(&files->folder);
    free(files->files);
    free(files);
}

/* ---- The default ---- */

char *px_web_find_folder(void) {
    static const char *const places[] = {"web", "../share/perxeptron/web"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *folder = px_path_beside_program(places[i], NULL);
        char *index = folder ? px_format(NULL, "%s/en" INDEX, folder) : NULL;
        bool there = index && access(index, R_OK) == 0;
        free(index);
        if (there)
            return folder;
        free(folder);
    }
    return NULL;
}
