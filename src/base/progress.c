/* A progress bar with rate and time left, on stderr, only when that is a terminal. */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "clock.h"

enum { REDRAW_MS = 100, LEAST_COLUMNS = 40, MOST_COLUMNS = 100, LEAST_BAR = 5, MOST_TEXT = 100 };

struct px_progress {
    char title[MOST_TEXT];
    const char *unit;
    char figures[MOST_TEXT]; /* of px_progress_set; else worked out */
    int64_t total, done;
    int64_t started_ms, drawn_ms;
    bool shown;
};

static int terminal_columns(void) {
    struct winsize size;
    if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < LEAST_COLUMNS)
        return LEAST_COLUMNS;
    return size.ws_col < MOST_COLUMNS ? size.ws_col : MOST_COLUMNS;
}

void px_progress_seconds(int64_t seconds, char *text, size_t size) {
    int64_t hours = seconds / 3600, minutes = seconds / 60 % 60, rest = seconds % 60;
    if (hours > 0)
        snprintf(text, size, "%lld:%02lld:%02lld", (long long)hours, (long long)minutes,
                 (long long)rest);
    else
        snprintf(text, size, "%lld:%02lld", (long long)minutes, (long long)rest);
}

static void format_figures(const px_progress *p, int64_t elapsed_ms, char *text, size_t size) {
    int used =
        snprintf(text, size, " %lld/%lld %s", (long long)p->done, (long long)p->total, p->unit);
    if (p->done <= 0 || elapsed_ms <= 0 || used < 0 || (size_t)used >= size)
        return;
    double rate = (double)p->done * 1000.0 / (double)elapsed_ms;
    char left[32];
    px_progress_seconds((int64_t)((double)(p->total - p->done) / rate + 0.5), left, sizeof left);
    snprintf(text + used, size - (size_t)used, "  %.1f/s  %s left", rate, left);
}

/* A bar with what stands around it, as wide as the terminal; the bar goes first where it is narrow.
 */
static void draw(px_progress *p, int64_t now) {
    char figures[MOST_TEXT + 64], bar[MOST_COLUMNS + 1];
    if (p->figures[0])
        snprintf(figures, sizeof figures, " %lld/%lld %s", (long long)p->done, (long long)p->total,
                 p->figures);
    else
        format_figures(p, now - p->started_ms, figures, sizeof figures);
    const int columns = terminal_columns();
    const int room = columns - (int)strlen(p->title) - (int)strlen(figures) - 4;
    const int width = room > MOST_COLUMNS ? MOST_COLUMNS : room;
    if (width >= LEAST_BAR) {
        const double share = (double)p->done / (double)(p->total > 0 ? p->total : 1);
        memset(bar, '.', (size_t)width);
        memset(bar, '#', (size_t)(width * (share < 1 ? share : 1)));
        fprintf(stderr, "\r\033[K%s [%.*s]%s", p->title, width, bar, figures);
    } else {
        const int left = columns - 1 - (int)strlen(p->title);
        fprintf(stderr, "\r\033[K%s%.*s", p->title, left > 0 ? left : 0, figures);
    }
    fflush(stderr);
    p->shown = true;
    p->drawn_ms = now;
}

static void draw_sometimes(px_progress *p) {
    int64_t now = px_clock_ms();
    if (now - p->drawn_ms >= REDRAW_MS)
        draw(p, now);
}

px_progress *px_progress_start(const char *title, const char *unit, int64_t total) {
    const char *terminal = getenv("TERM");
    if (!isatty(STDERR_FILENO) || (terminal && strcmp(terminal, "dumb") == 0))
        return NULL;
    px_progress *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    *p = (px_progress){.unit = unit, .total = total, .started_ms = px_clock_ms()};
    snprintf(p->title, sizeof p->title, "%s", title);
    draw(p, p->started_ms);
    return p;
}

void px_progress_add(px_progress *progress, int64_t done) {
    if (!progress)
        return;
    progress->done += done;
    draw_sometimes(progress);
}

void px_progress_set(px_progress *progress, const char *title, int64_t done, int64_t total,
                     const char *figures) {
    if (!progress)
        return;
    if (strcmp(progress->title, title) != 0)
        progress->drawn_ms = 0;
    snprintf(progress->title, sizeof progress->title, "%s", title);
    snprintf(progress->figures, sizeof progress->figures, "%s", figures);
    progress->done = done;
    progress->total = total;
    draw_sometimes(progress);
}

void px_progress_hide(px_progress *progress) {
    if (!progress || !progress->shown)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->shown = false;
    progress->drawn_ms = 0;
}

void px_progress_finish(px_progress *progress) {
    px_progress_hide(progress);
    free(progress);
}
