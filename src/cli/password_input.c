/* Reading passwords. */
#include "password_input.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "../base/error.h"
#include "../base/secret.h"
#include "../base/text.h"
#include "cli.h"

/* Byte by byte: what follows the line is another's to read. */
static bool read_line(char line[PX_PASSWORD_ROOM], px_error *err) {
    size_t size = 0;
    for (char c;;) {
        const ssize_t n = read(STDIN_FILENO, &c, 1);
        if (n < 0 && px_cli_interrupted())
            return px_fail(err, PX_ERR_CANCELLED, NULL, "stopped: nothing was changed");
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return px_fail_errno(err, "stdin", "cannot read");
        if (n == 0 || c == '\n')
            break;
        if (c == '\0')
            return px_fail(err, PX_ERR_INPUT, "password", "not a text: it has a zero byte");
        if (size == PX_PASSWORD_ROOM - 1)
            return px_fail(err, PX_ERR_LIMIT, "password", "too long");
        line[size++] = c;
    }
    if (size > 0 && line[size - 1] == '\r')
        size--;
    line[size] = '\0';
    return px_text_is_utf8(line) || px_fail(err, PX_ERR_INPUT, "password", "not a text in UTF-8");
}

/* Nothing is shown from before the prompt is. Ctrl-Z would leave a terminal that shows nothing. */
static bool ask(const char *prompt, char line[PX_PASSWORD_ROOM], px_error *err) {
    struct termios before, hidden;
    if (tcgetattr(STDIN_FILENO, &before) != 0)
        return px_fail_errno(err, "terminal", "cannot hide what is typed");
    hidden = before;
    hidden.c_lflag &= ~(tcflag_t)ECHO;
    hidden.c_lflag |= ECHONL;
    hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &hidden) != 0)
        return px_fail_errno(err, "terminal", "cannot hide what is typed");
    fputs(prompt, stderr);
    const bool ok = read_line(line, err);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &before);
    return ok;
}

bool px_cli_read_password(char password[PX_PASSWORD_ROOM], px_error *err) {
    if (!isatty(STDIN_FILENO))
        return read_line(password, err);
    char again[PX_PASSWORD_ROOM];
    const bool ok = ask("Password: ", password, err) && ask("Once more: ", again, err) &&
                    (px_secret_text_equal(password, again) ||
                     px_fail(err, PX_ERR_INPUT, "password", "the two are not the same"));
    px_secret_wipe(again, sizeof again);
    return ok;
}
