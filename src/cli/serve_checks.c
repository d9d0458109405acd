/* What the server's settings may be, beyond their type: values, combinations, the files named. */
#include "serve_checks.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/file.h"
#include "../base/sealed.h"
#include "../server/hosts.h"
#include "../server/networks.h"
#include "../server/tls.h"
#include "../server/web_files.h"

bool px_serve_check_address(const char *text, const char *subject, px_error *err) {
    px_network network;
    if (px_network_parse(text, &network, NULL))
        return true;
    return px_fail(err, PX_ERR_USAGE, subject,
                   "\"%.64s\" is not an address or network like 192.0.2.1 or 10.0.0.0/8", text);
}

bool px_serve_check_host(const char *text, const char *subject, px_error *err) {
    return px_host_is_valid(text) ||
           px_fail(err, PX_ERR_USAGE, subject, "\"%.64s\" is not a host's name like xray.example",
                   text);
}

bool px_serve_check_origin(const char *text, const char *subject, px_error *err) {
    const char *host = strncmp(text, "https://", 8) == 0  ? text + 8
                       : strncmp(text, "http://", 7) == 0 ? text + 7
                                                          : "";
    if (strcmp(text, "none") == 0 || px_host_is_valid(host))
        return true;
    return px_fail(err, PX_ERR_USAGE, subject,
                   "\"%.64s\" is not an origin like https://xray.example, nor none", text);
}

bool px_serve_check_combination(const px_args *args, px_error *err) {
    bool certificate = px_args_text(args, "tls-certificate"), key = px_args_text(args, "tls-key");
    if (certificate != key)
        return px_fail(err, PX_ERR_USAGE, certificate ? "tls-certificate" : "tls-key",
                       "%s is needed with it", certificate ? "tls-key" : "tls-certificate");
    return true;
}

static bool check_tls(const char *certificate, const char *key, px_error *err) {
    px_tls tls;
    bool ok = px_tls_load(&tls, certificate, key, err);
    if (ok)
        px_tls_clear(&tls);
    return ok;
}

static bool check_key(const char *path, px_error *err) {
    unsigned char key[PX_SECRET_KEY_BYTES];
    bool ok = px_seal_read_key(path, key, err);
    px_secret_wipe(key, sizeof key);
    return ok;
}

/* One that is not there is made at the start. */
static bool check_folder(const char *path, px_error *err) {
    struct stat info;
    if (stat(path, &info) != 0)
        return errno == ENOENT || px_fail_errno(err, path, "cannot use it");
    if (!S_ISDIR(info.st_mode))
        return px_fail(err, PX_ERR_IO, path, "not a folder");
    return access(path, R_OK | W_OK | X_OK) == 0 || px_fail_errno(err, path, "cannot write there");
}

static bool check_web(const char *folder, px_error *err) {
    px_web_files *files = px_web_files_new(folder, err);
    px_web_files_free(files);
    return files != NULL;
}

bool px_serve_check_files(const px_args *args, px_error *err) {
    const char *certificate = px_args_text(args, "tls-certificate");
    const char *tls_key = px_args_text(args, "tls-key"), *key = px_args_text(args, "key-file");
    const char *web = px_args_text(args, "web");
    return (!certificate || check_tls(certificate, tls_key, err)) &&
           (!key || check_key(key, err)) && (!web || check_web(web, err)) &&
           check_folder(px_args_text(args, "data"), err);
}
