/* Phantoms: puts patient, illness and exposure together into one picture. */
#include "phantom.h"

#include <math.h>
#include <string.h>

#include "../base/error.h"
#include "exposure.h"
#include "findings.h"

static const char *const finding_ids[PX_PHANTOM_FINDINGS] = {
    "atelectasis", "cardiomegaly", "consolidation", "edema", "pleural_effusion"};

/* Random streams of one patient; findings have 100 and up. */
enum {
    STREAM_LABELS,
    STREAM_PATIENT,
    STREAM_TRUNK,
    STREAM_BONE,
    STREAM_LUNG,
    STREAM_AIRWAYS,
    STREAM_ATTACHMENTS,
    STREAM_EXPOSURE,
    STREAM_NOISE
};

const char *px_phantom_finding_id(px_phantom_finding finding) {
    const int i = (int)finding;
    return i >= 0 && i < PX_PHANTOM_FINDINGS ? finding_ids[i] : NULL;
}

static int find_id(const char *word, size_t length) {
    for (int i = 0; i < PX_PHANTOM_FINDINGS; i++) {
        if (strlen(finding_ids[i]) == length && memcmp(finding_ids[i], word, length) == 0) {
            return i;
        }
    }
    return -1;
}

bool px_phantom_parse_findings(const char *text, unsigned *findings, px_error *err) {
    unsigned set = 0;
    if (strcmp(text, "none") == 0) {
        *findings = 0;
        return true;
    }
    for (const char *word = text;;) {
        const size_t length = strcspn(word, ",");
        const int i = find_id(word, length);
        if (i < 0) {
            return px_fail(err, PX_ERR_USAGE, "findings",
                           "\"%.*s\" is no finding; known are atelectasis, cardiomegaly, "
                           "consolidation, edema, pleural_effusion, or none alone",
                           (int)(length < 60 ? length : 60), word);
        }
        set |= 1u << i;
        if (word[length] == '\0') {
            *findings = set;
            return true;
        }
        word += length + 1;
    }
}

px_phantom_options px_phantom_default_options(void) {
    return (px_phantom_options){.size = 512, .depth = 8, .prevalence = 0.3};
}

bool px_phantom_check_options(const px_phantom_options *o, px_error *err) {
    if (o->size < PX_PHANTOM_LEAST_SIZE || o->size > PX_PHANTOM_MOST_SIZE) {
        return px_fail(err, PX_ERR_USAGE, "size", "is %d, must be %d to %d pixels", o->size,
                       PX_PHANTOM_LEAST_SIZE, PX_PHANTOM_MOST_SIZE);
    }
    if (o->depth != 8 && o->depth != 16) {
        return px_fail(err, PX_ERR_USAGE, "depth", "is %d, must be 8 or 16 bits", o->depth);
    }
    if (!(o->prevalence >= 0 && o->prevalence <= 1)) {
        return px_fail(err, PX_ERR_USAGE, "prevalence", "is %g, must be 0 to 1", o->prevalence);
    }
    if (o->findings >> PX_PHANTOM_FINDINGS != 0) {
        return px_fail(err, PX_ERR_USAGE, "findings", "bit set 0x%x has bits past finding %d",
                       o->findings, PX_PHANTOM_FINDINGS - 1);
    }
    return true;
}

static unsigned choose_findings(const px_phantom_options *o, uint64_t patient_seed) {
    if (o->chosen) {
        return o->findings;
    }
    px_random random;
    px_random_init(&random, patient_seed, STREAM_LABELS);
    unsigned findings = 0;
    for (int i = 0; i < PX_PHANTOM_FINDINGS; i++) {
        findings |= px_draw_chance(&random, o->prevalence) ? 1u << i : 0;
    }
    return findings;
}

static px_random *stream(px_random *random, uint64_t seed, int number) {
    px_random_init(random, seed, (uint64_t)number);
    return random;
}

static void draw(px_canvas *c, uint64_t seed, unsigned findings, px_phantom_truth *truth) {
    px_random r;
    px_patient patient;
    px_illness illness;
    px_exposure exposure;
    px_patient_sample(&patient, stream(&r, seed, STREAM_PATIENT), c->soft.width);
    px_illness_sample(&illness, findings, seed);
    px_illness_change_patient(&illness, &patient);
    px_patient_shape(&patient);
    *truth = (px_phantom_truth){.findings = findings};
    truth->cardiothoracic_ratio = px_patient_cardiothoracic_ratio(&patient);
    px_draw_trunk(c, &patient, stream(&r, seed, STREAM_TRUNK));
    px_draw_skeleton(c, &patient, stream(&r, seed, STREAM_BONE));
    px_draw_vessels(c, &patient, stream(&r, seed, STREAM_LUNG));
    px_draw_airways(c, &patient, stream(&r, seed, STREAM_AIRWAYS));
    px_illness_draw(&illness, &patient, c, truth);
    px_draw_attachments(c, &patient, stream(&r, seed, STREAM_ATTACHMENTS));
    px_exposure_sample(&exposure, &patient, stream(&r, seed, STREAM_EXPOSURE));
    px_expose(c, &patient, &exposure, stream(&r, seed, STREAM_NOISE));
}

static bool quantise(const px_plane *grey, int depth, px_image *image, px_error *err) {
    px_image made;
    px_image_init(&made);
    if (!px_image_new(&made, grey->width, grey->height, 1, depth, err)) {
        return false;
    }
    const size_t pixels = (size_t)grey->width * (size_t)grey->height;
    for (size_t i = 0; i < pixels; i++) {
        if (depth == 8) {
            ((uint8_t *)made.pixels)[i] = (uint8_t)lrintf(grey->data[i] * 255);
        } else {
            ((uint16_t *)made.pixels)[i] = (uint16_t)lrintf(grey->data[i] * 65535);
        }
    }
    px_image_clear(image);
    *image = made;
    return true;
}

bool px_phantom_draw(const px_phantom_options *options, uint64_t seed, uint64_t index,
                     px_image *image, px_phantom_truth *truth, px_error *err) {
    const px_phantom_options defaults = px_phantom_default_options();
    const px_phantom_options *o = options ? options : &defaults;
    px_canvas canvas = {0};
    if (!px_phantom_check_options(o, err) || !px_canvas_new(&canvas, o->size, err)) {
        return false;
    }
    px_random random;
    px_random_init(&random, seed, index);
    const uint64_t patient_seed = px_random_u64(&random);
    px_phantom_truth drawn;
    draw(&canvas, patient_seed, choose_findings(o, patient_seed), &drawn);
    const bool ok = quantise(&canvas.soft, o->depth, image, err);
    px_canvas_clear(&canvas);
    if (ok && truth) {
        *truth = drawn;
    }
    return ok;
}
