/* The server's settings. */
#include "serve_options.h"

#include "serve_checks.h"
#include "shared_options.h"

/* Entries of one line each, but for their help. */
#define NUMBER(option, unit, default, from, to)                                                    \
    .name = option, .type = PX_OPT_INT, .argument = unit, .value = default, .least = from,         \
    .most = to
#define CHOICE(option, word, default, words)                                                       \
    .name = option, .type = PX_OPT_CHOICE, .argument = word, .value = default, .choices = words
#define LIST(option, item, verify)                                                                 \
    .name = option, .type = PX_OPT_TEXT, .argument = item, .repeated = true, .check = verify
#define PATH(option) .name = option, .type = PX_OPT_FILE, .argument = "FILE"

const px_option px_serve_options[] = {
    PX_OPTION_CONFIG,
    {.name = "print-config",
     .type = PX_OPT_FLAG,
     .help = "print the settings as they are in effect, and where each comes from, and end"},
    {.name = "check-config",
     .type = PX_OPT_FLAG,
     .help = "check the settings and the files they name, and end"},

    {.section = "Address",
     .name = "listen",
     .letter = 'l',
     .type = PX_OPT_TEXT,
     .argument = "HOST:PORT",
     .value = "127.0.0.1:8000",
     .help = "address to serve at; [::1]:8000 for IPv6; port 0 takes a free one; a socket that "
             "systemd hands over goes before"},
    {PATH("tls-certificate"), .help = "serve HTTPS with this certificate, and those it needs "
                                      "behind it (PEM)"},
    {PATH("tls-key"), .help = "the certificate's private key (PEM)"},
    {LIST("host", "NAME", px_serve_check_host),
     .help = "name that requests may be sent to, as xray.example; without any, every name, or, "
             "where only this machine is served, only this machine's names"},
    {LIST("trusted-proxy", "ADDRESS", px_serve_check_address),
     .help = "address or network of proxies whose X-Forwarded-For and X-Forwarded-Proto are "
             "believed"},
    {LIST("cors-origin", "ORIGIN", px_serve_check_origin),
     .value = "http://localhost:4200,http://localhost:3000",
     .help = "web origin whose pages may call the API, or none; by default the 2020 web page's"},

    PX_OPTION_DATA("Storage"),
    PX_OPTION_DATABASE,
    PX_OPTION_DATABASE_CONNECTIONS,
    PX_OPTION_DATABASE_PATIENCE,
    PX_OPTION_KEY_FILE,

    {.section = "Web app",
     .name = "web",
     .type = PX_OPT_FILE,
     .argument = "DIR",
     .help =
         "folder of the web app, as `make web` builds it; without it web/ beside the program, or "
         "../share/perxeptron/web from there; where there is none, the API is served alone"},

    {.section = "Accounts",
     CHOICE("sign-up", "WORD", "on", "on|off"),
     .help = "may strangers make accounts? Where it is off, `perxeptron user add` makes them"},
    PX_OPTION_PASSWORD_LEAST,
    PX_OPTION_PASSWORD_MEMORY,
    PX_OPTION_PASSWORD_PASSES,
    {NUMBER("session-hours", "HOURS", "12", 1, 8760), .help = "until a browser's session ends"},
    {NUMBER("token-hours", "HOURS", "24", 1, 8760),
     .help = "until a token of the 2020 interface ends"},
    {NUMBER("link-minutes", "MINUTES", "60", 1, 10080),
     .help = "until a signed link to an image ends"},
    {CHOICE("anonymous", "WORD", "store", "off|read|store"),
     .help = "what may be done without an account: nothing; have images read; also upload them"},
    {NUMBER("anonymous-hours", "HOURS", "24", 1, 8760),
     .help = "until an anonymous upload is deleted"},

    {.section = "Limits",
     NUMBER("max-upload-mib", "MIB", "64", 1, 64),
     .help = "largest image taken"},
    {NUMBER("least-free-mib", "MIB", "256", 0, 1073741824),
     .help = "space on the disk that uploads leave free; then they are refused (507)"},
    {NUMBER("connections", "N", "256", 8, 65536), .help = "connections open at once"},
    {NUMBER("connections-per-address", "N", "128", 1, 65536),
     .help = "those of one address, a trusted proxy's excepted"},
    {NUMBER("timeout", "SECONDS", "20", 1, 3600),
     .help = "how long a client may send nothing, or take to send a request's head"},
    {NUMBER("requests-per-minute", "N", "600", 0, 1000000),
     .help = "of one account, API key or address, in bursts up to as many; 0: no limit"},
    {NUMBER("readings-per-minute", "N", "60", 0, 1000000),
     .help = "the same for requests that the networks answer; 0: no limit"},
    {NUMBER("logins-per-minute", "N", "20", 0, 1000000),
     .help = "log-ins and sign-ups from one address; 0: no limit, and no waiting after failures"},

    {.section = "Reading",
     NUMBER("queue", "N", "32", 1, 4096),
     .help = "requests that may wait for the reader; more are told to come back (503)"},
    PX_OPTION_ENSEMBLE,
    PX_OPTION_THREADS,
    PX_OPTION_CACHE,

    {.section = "Log",
     CHOICE("log-format", "FORMAT", "text", "text|json"),
     .help = "form of the log on stderr"},
    {CHOICE("log-level", "LEVEL", "info", "debug|info|warning|error"),
     .help = "the least that is logged"},
    {0}};
