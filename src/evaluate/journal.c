/* The journal: a heading in JSON, then lines of "CHECK [PATH HASH, FILE HASH, [SCORES], [HEAT]]".
 * CHECK is the start of the SHA-256 of the rest: after a power cut a line may hold anything. */
#include "journal.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "../base/buffer.h"
#include "../base/clock.h"
#include "../base/cpu.h"
#include "../base/error.h"
#include "../base/file.h"
#include "../base/json_fields.h"
#include "../base/memory.h"
#include "name_table.h"

#define FORMAT "perxeptron-journal/1"

enum { CHECK = 16, SYNC_MS = 5000, MAX_LINE = 16 << 20 };
#define MAX_BYTES ((size_t)1 << 38)

/* An entry and the hash of its path, in one block. */
typedef struct kept {
    char path[PX_SHA256_HEX];
    px_journal_entry entry;
    double values[];
} kept;

struct px_journal {
    char *path;
    int fd;
    size_t n_scores, n_heat; /* values of a line */
    px_name_table *by_path;  /* number in entries */
    int64_t count, room;
    kept **entries;
    int64_t synced_ms;
    bool dirty;
    px_buffer line;
    void (*tell)(void *context, const char *text);
    void *context;
};

static void say(const px_journal *j, const char *what) {
    char *text = j->tell ? px_format(NULL, "%s: %s", j->path, what) : NULL;
    if (text)
        j->tell(j->context, text);
    free(text);
}

static json_t *make_heading(const px_journal_owner *owner) {
    return json_pack("{ss ss ss ss si si}", "format", FORMAT, "ensemble", owner->ensemble,
                     "program", px_version(), "tier", px_cpu_tier_name(px_cpu_best()), "findings",
                     owner->n_findings, "members", owner->n_members);
}

/* ---- Reading ----------------------------------------------------------------------------------
 */

static bool read_values(const json_t *list, size_t count, bool may_miss, double *values) {
    bool ok = json_array_size(list) == count;
    for (size_t i = 0; ok && i < count; i++) {
        const json_t *item = json_array_get(list, i);
        values[i] = json_is_number(item) ? json_number_value(item) : NAN;
        ok = (values[i] >= 0 && values[i] <= 1) || (may_miss && json_is_null(item));
    }
    return ok;
}

static bool is_hash(const json_t *value) {
    const char *text = json_string_value(value);
    return text && strlen(text) == PX_SHA256_HEX - 1 &&
           strspn(text, "0123456789abcdef") == PX_SHA256_HEX - 1;
}

/* Remember an entry, in the place of an earlier one of its path. */
static bool remember(px_journal *j, kept *entry, px_error *err) {
    if (j->count == j->room) {
        void *entries = j->entries;
        int64_t room = j->room ? 2 * j->room : 64;
        bool ok = px_realloc(&entries, (size_t)room, sizeof(kept *), err);
        j->entries = entries;
        if (!ok)
            return false;
        j->room = room;
    }
    int64_t *number = px_name_table_put(j->by_path, entry->path, err);
    if (!number)
        return false;
    *number = j->count;
    j->entries[j->count++] = entry;
    return true;
}

static kept *make_entry(const px_journal *j, const json_t *line, px_error *err) {
    kept *made = px_alloc(1, sizeof *made + (j->n_scores + j->n_heat) * sizeof(double), err);
    if (!made)
        return NULL;
    const json_t *heat = json_array_get(line, 3);
    made->entry.scores = made->values;
    made->entry.heat = heat ? made->values + j->n_scores : NULL;
    bool ok = json_array_size(line) <= 4 && is_hash(json_array_get(line, 0)) &&
              is_hash(json_array_get(line, 1)) &&
              read_values(json_array_get(line, 2), j->n_scores, true, made->entry.scores) &&
              (!heat || read_values(heat, j->n_heat, false, made->entry.heat));
    if (!ok) {
        free(made);
        px_fail(err, PX_ERR_INPUT, NULL, "a line of another shape");
        return NULL;
    }
    snprintf(made->path, sizeof made->path, "%s", json_string_value(json_array_get(line, 0)));
    snprintf(made->entry.file, sizeof made->entry.file, "%s",
             json_string_value(json_array_get(line, 1)));
    return made;
}

/* PX_ERR_INPUT: it is damaged. */
static bool take_line(px_journal *j, const char *line, size_t size, px_error *err) {
    char hash[PX_SHA256_HEX];
    if (size <= CHECK + 1 || line[CHECK] != ' ')
        return px_fail(err, PX_ERR_INPUT, NULL, "no line of a journal");
    px_sha256_bytes(line + CHECK + 1, size - CHECK - 1, hash);
    if (memcmp(hash, line, CHECK) != 0)
        return px_fail(err, PX_ERR_INPUT, NULL, "its check does not agree");
    json_t *json = json_loadb(line + CHECK + 1, size - CHECK - 1, JSON_REJECT_DUPLICATES, NULL);
    kept *entry = make_entry(j, json, err);
    json_decref(json);
    if (entry && remember(j, entry, err))
        return true;
    free(entry);
    return false;
}

/* Lines up to the first damaged one; *good is where that begins. */
static bool take_lines(px_journal *j, const px_mapping *file, size_t *good, px_error *err) {
    const char *text = (const char *)file->data;
    px_error damage = {0};
    while (*good < file->size && damage.code == PX_OK) {
        const char *end = memchr(text + *good, '\n', file->size - *good);
        size_t size = end ? (size_t)(end - text) - *good : 0;
        if (!end)
            px_fail(&damage, PX_ERR_INPUT, NULL, "torn");
        else if (take_line(j, text + *good, size, &damage))
            *good += size + 1;
    }
    if (damage.code == PX_OK)
        return true;
    if (damage.code != PX_ERR_INPUT)
        return px_fail(err, damage.code, j->path, "%s", damage.message);
    say(j, "its end is damaged, as after a crash: what stood there is computed anew");
    return true;
}

static bool owner_agrees(const px_mapping *file, const px_journal_owner *owner, size_t *size) {
    const char *text = (const char *)file->data;
    const char *end = file->size ? memchr(text, '\n', file->size) : NULL;
    json_t *found = end ? json_loadb(text, (size_t)(end - text), 0, NULL) : NULL;
    json_t *wanted = make_heading(owner);
    bool agrees = found && wanted && json_equal(found, wanted);
    *size = end ? (size_t)(end - text) + 1 : 0;
    json_decref(found);
    json_decref(wanted);
    return agrees;
}

/* ---- Opening ----------------------------------------------------------------------------------
 */

static bool write_all(px_journal *j, const char *bytes, size_t size, px_error *err) {
    while (size > 0) {
        ssize_t n = write(j->fd, bytes, size);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return px_fail_errno(err, j->path, "cannot write");
        bytes += n;
        size -= (size_t)n;
    }
    j->dirty = true;
    return true;
}

static bool write_heading(px_journal *j, const px_journal_owner *owner, px_error *err) {
    json_t *heading = make_heading(owner);
    char *text = heading ? px_json_dump(heading, err) : NULL;
    json_decref(heading);
    if (!text)
        return px_fail_memory(err);
    j->line.size = 0;
    bool ok = px_buffer_print(&j->line, err, "%s\n", text) &&
              write_all(j, (const char *)j->line.data, j->line.size, err);
    free(text);
    return ok;
}

static bool open_locked(px_journal *j, int flags, px_error *err) {
    j->fd = open(j->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | flags, 0666);
    if (j->fd < 0)
        return px_fail_errno(err, j->path, "cannot open");
    if (flock(j->fd, LOCK_EX | LOCK_NB) == 0)
        return true;
    if (errno == EWOULDBLOCK)
        return px_fail(err, PX_ERR_BUSY, j->path, "another run is writing it: wait for its end");
    return px_fail_errno(err, j->path, "cannot lock");
}

/* Move a journal of somebody else away and begin a new one. */
static bool set_aside(px_journal *j, px_error *err) {
    char *old = px_format(err, "%s.old", j->path);
    bool ok = old && (rename(j->path, old) == 0 || px_fail_errno(err, j->path, "cannot rename"));
    free(old);
    if (!ok)
        return false;
    say(j, "it holds scores of another ensemble, another version of this program or another kind "
           "of processor: renamed to .old, and begun anew");
    close(j->fd);
    return open_locked(j, O_EXCL, err);
}

static bool load(px_journal *j, const px_journal_owner *owner, px_error *err) {
    px_mapping file;
    if (!px_mapping_open(&file, j->path, MAX_BYTES, err))
        return false;
    size_t good = 0, size = file.size;
    bool ours = size > 0 && owner_agrees(&file, owner, &good);
    bool ok = !ours || take_lines(j, &file, &good, err);
    px_mapping_close(&file);
    if (!ok)
        return false;
    if (ours)
        return good == size || ftruncate(j->fd, (off_t)good) == 0 ||
               px_fail_errno(err, j->path, "cannot cut off its damaged end");
    return (size == 0 || set_aside(j, err)) && write_heading(j, owner, err);
}

px_journal *px_journal_open(const char *path, const px_journal_owner *owner,
                            void (*tell)(void *context, const char *text), void *context,
                            px_error *err) {
    px_journal *j = px_alloc(1, sizeof *j, err);
    if (!j)
        return NULL;
    *j = (px_journal){.fd = -1,
                      .n_scores = (size_t)owner->n_findings * (size_t)(owner->n_members + 1),
                      .n_heat = (size_t)owner->n_findings * PX_JOURNAL_HEAT_VALUES,
                      .synced_ms = px_clock_ms(),
                      .tell = tell,
                      .context = context};
    px_buffer_init(&j->line, MAX_LINE);
    j->path = px_strdup(path, err);
    j->by_path = px_name_table_new(err);
    if (j->path && j->by_path && open_locked(j, 0, err) && load(j, owner, err))
        return j;
    px_journal_close(j, err);
    return NULL;
}

/* ---- Using ------------------------------------------------------------------------------------
 */

const px_journal_entry *px_journal_find(const px_journal *journal, const char *path) {
    char hash[PX_SHA256_HEX];
    px_sha256_bytes(path, strlen(path), hash);
    int64_t number = px_name_table_find(journal->by_path, hash);
    return number >= 0 ? &journal->entries[number]->entry : NULL;
}

static bool print_values(px_buffer *line, const double *values, size_t count, px_error *err) {
    bool ok = px_buffer_print(line, err, ",[");
    for (size_t i = 0; ok && i < count; i++) {
        const char *comma = i ? "," : "";
        if (isnan(values[i]))
            ok = px_buffer_print(line, err, "%snull", comma);
        else
            ok = px_buffer_print(line, err, "%s%.17g", comma, values[i]);
    }
    return ok && px_buffer_print(line, err, "]");
}

bool px_journal_add(px_journal *journal, const char *path, const px_journal_entry *entry,
                    px_error *err) {
    px_buffer *line = &journal->line;
    char hash[PX_SHA256_HEX];
    px_sha256_bytes(path, strlen(path), hash);
    line->size = 0;
    bool ok = px_buffer_print(line, err, "%*s [\"%s\",\"%s\"", CHECK, "", hash, entry->file) &&
              print_values(line, entry->scores, journal->n_scores, err) &&
              (!entry->heat || print_values(line, entry->heat, journal->n_heat, err)) &&
              px_buffer_print(line, err, "]");
    if (!ok)
        return false;
    px_sha256_bytes(line->data + CHECK + 1, line->size - CHECK - 1, hash);
    memcpy(line->data, hash, CHECK);
    ok = px_buffer_print(line, err, "\n") &&
         write_all(journal, (const char *)line->data, line->size, err);
    int64_t now = px_clock_ms();
    if (!ok || now - journal->synced_ms < SYNC_MS)
        return ok;
    journal->synced_ms = now;
    journal->dirty = false;
    return fdatasync(journal->fd) == 0 || px_fail_errno(err, journal->path, "cannot write");
}

bool px_journal_close(px_journal *journal, px_error *err) {
    if (!journal)
        return true;
    bool ok = !journal->dirty || fdatasync(journal->fd) == 0 ||
              px_fail_errno(err, journal->path, "cannot write");
    if (journal->fd >= 0)
        close(journal->fd);
    for (int64_t i = 0; i < journal->count; i++)
        free(journal->entries[i]);
    free(journal->entries);
    px_name_table_free(journal->by_path);
    px_buffer_clear(&journal->line);
    free(journal->path);
    free(journal);
    return ok;
}
