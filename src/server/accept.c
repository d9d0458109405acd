/* Lists with weights, read leniently: what makes no sense is not wanted. */
#include "accept.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define BLANKS " \t"
#define FULL_WEIGHT 1000

/* ---- Lists ---- */

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* "0.85" is 850: at most three decimals, and no more than 1 (RFC 9110, 12.4.2). */
static int parse_weight(const char *text, size_t size) {
    if (size == 0 || size > 5 || (text[0] != '0' && text[0] != '1') || (size > 1 && text[1] != '.'))
        return 0;
    int weight = (text[0] - '0') * FULL_WEIGHT, place = FULL_WEIGHT / 10;
    for (size_t i = 2; i < size; i++, place /= 10) {
        if (!is_digit(text[i]))
            return 0;
        weight += (text[i] - '0') * place;
    }
    return weight <= FULL_WEIGHT ? weight : 0;
}

static size_t trim(const char **text, size_t size) {
    size_t before = strspn(*text, BLANKS);
    before = before < size ? before : size;
    *text += before;
    size -= before;
    while (size > 0 && strchr(BLANKS, (*text)[size - 1]))
        size--;
    return size;
}

/* The weight among an item's parameters; the last one counts. */
static int find_weight(const char *parameters, size_t size) {
    int weight = FULL_WEIGHT;
    while (size > 0) {
        const char *one = parameters + 1; /* behind its ';' */
        size_t length = strcspn(one, ";");
        length = length < size - 1 ? length : size - 1;
        parameters += length + 1;
        size -= length + 1;
        length = trim(&one, length);
        if (length > 1 && tolower((unsigned char)one[0]) == 'q' && one[1] == '=')
            weight = parse_weight(one + 2, length - 2);
    }
    return weight;
}

bool px_weighted_next(const char **at, px_weighted *item) {
    *at += strspn(*at, BLANKS ",");
    size_t size = strcspn(*at, ","), named = strcspn(*at, ";,");
    if (size == 0)
        return false;
    item->name = *at;
    item->size = trim(&item->name, named);
    item->weight = find_weight(*at + named, size - named);
    *at += size;
    return true;
}

static bool is_named(const px_weighted *item, const char *name) {
    return item->size == strlen(name) && strncasecmp(item->name, name, item->size) == 0;
}

/* ---- Codings ---- */

const char *px_coding_name(px_coding coding) {
    static const char *const names[PX_CODINGS] = {"identity", "gzip", "br"};
    return names[coding];
}

static int weight_of_coding(const char *header, px_coding coding) {
    /* Identity is refused by name or by "*;q=0" alone, and else the last resort. */
    int others = coding == PX_CODING_IDENTITY ? 1 : 0;
    px_weighted item;
    while (px_weighted_next(&header, &item)) {
        if (is_named(&item, px_coding_name(coding)) ||
            (coding == PX_CODING_GZIP && is_named(&item, "x-gzip")))
            return item.weight;
        if (is_named(&item, "*") && (coding != PX_CODING_IDENTITY || item.weight == 0))
            others = item.weight;
    }
    return others;
}

px_coding px_accept_coding(const char *header, unsigned available) {
    px_coding best = PX_CODING_IDENTITY;
    int most = 0;
    for (int coding = 0; header && coding < PX_CODINGS; coding++) {
        int weight = available & 1u << coding || coding == PX_CODING_IDENTITY
                         ? weight_of_coding(header, (px_coding)coding)
                         : 0;
        if (weight > 0 && weight >= most) {
            best = (px_coding)coding;
            most = weight;
        }
    }
    return best;
}

/* ---- Languages ---- */

/* A range without its last subtag, and without a single letter that then ends it (RFC 4647, 3.4).
 */
static size_t shorten(const char *range, size_t size) {
    while (size > 0 && range[size - 1] != '-')
        size--;
    if (size > 0)
        size--;
    return size > 1 && range[size - 2] == '-' ? size - 2 : size;
}

static const char *look_up(const px_weighted *range, const char *const *available, int n) {
    px_weighted part = *range;
    for (; part.size > 0; part.size = shorten(part.name, part.size))
        for (int i = 0; i < n; i++)
            if (is_named(&part, available[i]))
                return available[i];
    return NULL;
}

const char *px_accept_language(const char *header, const char *const *available, int n) {
    const char *best = NULL;
    int most = 0;
    px_weighted range;
    while (header && px_weighted_next(&header, &range)) {
        const char *found = range.weight > most ? look_up(&range, available, n) : NULL;
        if (found) {
            best = found;
            most = range.weight;
        }
    }
    return best;
}

/* ---- Pages ---- */

bool px_accept_names_html(const char *header) {
    px_weighted item;
    while (header && px_weighted_next(&header, &item))
        if (is_named(&item, "text/html"))
            return item.weight > 0;
    return false;
}
