/* Reading one radiograph: members run as the schedule has it, scores and decisions, then the heat
 * maps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/clock.h"
#include "../base/error.h"
#include "../base/memory.h"
#include "reader.h"
#include "reading_heat.h"

void px_reading_free(px_reading *reading) {
    if (!reading)
        return;
    for (int i = 0; i < reading->n_findings; i++) {
        const px_finding *f = &reading->findings[i];
        free((void *)(uintptr_t)f->id);
        free((void *)(uintptr_t)f->name);
        free((void *)(uintptr_t)f->member_scores);
        free((void *)(uintptr_t)f->heat);
        free((void *)(uintptr_t)f->raw_heat);
    }
    free(reading->findings);
    free(reading);
}

static void clear_pass(px_pass *pass) {
    for (int i = 0; i < pass->n_inputs; i++)
        free(pass->inputs[i]);
    for (int i = 0; i < pass->n_members; i++) {
        if (pass->outputs)
            free(pass->outputs[i]);
        if (pass->features)
            free(pass->features[i]);
    }
    free(pass->inputs);
    free(pass->outputs);
    free(pass->features);
}

/* Room for the members' answers, and for their features when heat maps are wanted. */
static bool init_pass(px_pass *pass, const px_reader *reader, bool heat_maps, px_error *err) {
    *pass = (px_pass){.n_members = reader->ensemble.n_members};
    pass->inputs = px_alloc((size_t)reader->n_specs, sizeof *pass->inputs, err);
    pass->outputs = px_alloc((size_t)pass->n_members, sizeof *pass->outputs, err);
    pass->features = px_alloc((size_t)pass->n_members, sizeof *pass->features, err);
    if (!pass->inputs || !pass->outputs || !pass->features)
        return false;
    for (int i = 0; i < pass->n_members; i++) {
        const px_member *member = &reader->members[i];
        if (heat_maps && !member->head)
            return px_fail(err, PX_ERR_UNSUPPORTED, reader->ensemble.members[i].name, "%s",
                           member->no_head.message);
        px_shape s = member->features;
        size_t count = (size_t)s.h * (size_t)s.w * (size_t)s.c;
        pass->outputs[i] = px_alloc((size_t)member->n_outputs, sizeof(float), err);
        pass->features[i] = heat_maps ? px_alloc(count, sizeof(float), err) : NULL;
        if (!pass->outputs[i] || (heat_maps && !pass->features[i]))
            return false;
    }
    return true;
}

/* One tensor for each different input that members want. */
static bool prepare_inputs(px_pass *pass, const px_reader *reader, const px_image *image,
                           px_error *err) {
    for (int i = 0; i < reader->n_specs; i++) {
        const px_input_spec *spec = &reader->specs[i];
        size_t count = (size_t)spec->width * (size_t)spec->height * (size_t)spec->channels;
        pass->inputs[i] = px_alloc_aligned(count * sizeof(float), err);
        pass->n_inputs = i + 1;
        if (!pass->inputs[i] || !px_image_prepare(image, spec, pass->inputs[i], err))
            return false;
    }
    return true;
}

static bool copy_inputs(px_pass *pass, const px_reader *reader, const float *tensor, int side,
                        px_error *err) {
    for (int i = 0; i < reader->n_specs; i++) {
        const px_input_spec *spec = &reader->specs[i];
        if (spec->width != side || spec->height != side || spec->channels != 3)
            return px_fail(err, PX_ERR_MISMATCH, NULL,
                           "the tensor is %d x %d x 3, a member wants %d x %d x %d", side, side,
                           spec->width, spec->height, spec->channels);
        size_t bytes = (size_t)side * (size_t)side * 3 * sizeof(float);
        pass->inputs[i] = px_alloc_aligned(bytes, err);
        pass->n_inputs = i + 1;
        if (!pass->inputs[i])
            return false;
        memcpy(pass->inputs[i], tensor, bytes);
    }
    return true;
}

/* What the members of one reading run on. */
typedef struct member_run {
    px_reader *reader;
    px_pass *pass;
} member_run;

static void run_member(void *context, int index, int lane, px_pool *pool) {
    const member_run *run = context;
    const px_member *member = &run->reader->members[index];
    px_plan_run(member->plan, run->reader->workspaces[lane], pool, run->pass->inputs[member->spec],
                run->pass->outputs[index], run->pass->features[index]);
}

/* @return seconds, without the wait for other readings. */
static double run_members(px_reader *reader, px_pass *pass) {
    member_run run = {reader, pass};
    return px_schedule_run(reader->schedule, run_member, &run);
}

static bool check_answers(const px_reader *reader, const px_pass *pass, px_error *err) {
    for (int i = 0; i < pass->n_members; i++) {
        for (int o = 0; o < reader->members[i].n_outputs; o++) {
            if (!isfinite(pass->outputs[i][o]))
                return px_fail(err, PX_ERR_INPUT, NULL,
                               "the network %s does not answer it with numbers",
                               reader->ensemble.members[i].name);
        }
    }
    return true;
}

/* Weighted standard deviation of the members' scores around their weighted mean. */
static float find_disagreement(const px_ensemble *ensemble, int finding, const float *scores,
                               double mean) {
    double sum = 0;
    for (int i = 0; i < ensemble->n_members; i++) {
        double apart = scores[i] - mean, weight = ensemble->members[i].weights[finding];
        sum += weight > 0 ? weight * apart * apart : 0; /* without a weight it may be NaN */
    }
    return (float)sqrt(sum / px_ensemble_total_weight(ensemble, finding));
}

static bool fill_finding(const px_reader *reader, const px_pass *pass, int index, px_finding *f,
                         px_error *err) {
    const px_ensemble *ensemble = &reader->ensemble;
    const px_ensemble_finding *from = &ensemble->findings[index];
    float *members = px_alloc((size_t)pass->n_members, sizeof *members, err);
    f->id = px_strdup(from->id, err);
    f->name = px_strdup(from->name, err);
    f->member_scores = members;
    if (!members || !f->id || !f->name)
        return false;
    double sum = 0;
    for (int i = 0; i < pass->n_members; i++) {
        int output = reader->members[i].outputs[index];
        members[i] = output >= 0 ? pass->outputs[i][output] : NAN;
        if (output >= 0)
            sum += ensemble->members[i].weights[index] * (double)members[i];
    }
    double mean = sum / px_ensemble_total_weight(ensemble, index);
    f->score = (float)mean;
    f->disagreement = find_disagreement(ensemble, index, members, mean);
    f->has_threshold = from->has_threshold;
    f->threshold = (float)from->threshold;
    f->decision = f->has_threshold && f->score >= f->threshold;
    f->has_probability = from->has_calibration;
    f->probability =
        from->has_calibration ? (float)px_calibration_apply(&from->calibration, f->score) : 0;
    return true;
}

static px_reading *make_reading(const px_reader *reader, const px_pass *pass, int width, int height,
                                px_error *err) {
    int n = reader->ensemble.n_findings;
    px_reading *reading = px_alloc(1, sizeof *reading, err);
    if (!reading)
        return NULL;
    *reading = (px_reading){.width = width, .height = height};
    reading->findings = px_alloc((size_t)n, sizeof *reading->findings, err);
    bool ok = reading->findings && check_answers(reader, pass, err);
    reading->n_findings = reading->findings ? n : 0;
    for (int i = 0; ok && i < n; i++)
        ok = fill_finding(reader, pass, i, &reading->findings[i], err);
    if (ok)
        return reading;
    px_reading_free(reading);
    return NULL;
}

/* The radiograph's shape, reduced where its longest side is longer than `side`; 0: as it is. */
static void set_heat_size(px_reading *reading, int side) {
    int longest = reading->width > reading->height ? reading->width : reading->height;
    double factor = side > 0 && side < longest ? (double)side / longest : 1;
    reading->heat_width = (int)fmax(1, round(reading->width * factor));
    reading->heat_height = (int)fmax(1, round(reading->height * factor));
}

static bool add_heat(const px_reader *reader, const px_pass *pass, const px_read_options *options,
                     bool cropped, px_reading *reading, px_error *err) {
    double start = px_clock_s();
    set_heat_size(reading, options->heat_side);
    bool ok = px_reading_add_heat(reader, pass, cropped, reading, err);
    reading->times.heat_maps = px_clock_s() - start;
    return ok;
}

/* Exactly one of image and tensor is given. */
static px_reading *read_any(px_reader *reader, const px_image *image, const float *tensor, int side,
                            const px_read_options *options, px_error *err) {
    bool heat_maps = options && options->heat_maps;
    double start = px_clock_s();
    px_reading_times times = {0};
    px_pass pass;
    px_reading *reading = NULL;
    if (!init_pass(&pass, reader, heat_maps, err) ||
        !(image ? prepare_inputs(&pass, reader, image, err)
                : copy_inputs(&pass, reader, tensor, side, err)))
        goto done;
    times.prepare = px_clock_s() - start;
    times.networks = run_members(reader, &pass);
    reading =
        make_reading(reader, &pass, image ? image->width : side, image ? image->height : side, err);
    if (!reading)
        goto done;
    reading->times = times;
    if (heat_maps && !add_heat(reader, &pass, options, image != NULL, reading, err)) {
        px_reading_free(reading);
        reading = NULL;
    }
done:
    clear_pass(&pass);
    return reading;
}

px_reading *px_reader_read_image(px_reader *reader, const px_image *image,
                                 const px_read_options *options, px_error *err) {
    return read_any(reader, image, NULL, 0, options, err);
}

px_reading *px_reader_read(px_reader *reader, const void *bytes, size_t size,
                           const px_read_options *options, px_error *err) {
    px_image image;
    px_image_init(&image);
    px_reading *reading = NULL;
    double start = px_clock_s(), decoded = start;
    if (px_image_decode(bytes, size, NULL, &image, err)) {
        decoded = px_clock_s();
        reading = px_reader_read_image(reader, &image, options, err);
    }
    if (reading) {
        reading->times.decode = decoded - start;
        px_sha256_bytes(bytes, size, reading->sha256);
    }
    px_image_clear(&image);
    return reading;
}

px_reading *px_reader_read_tensor(px_reader *reader, const float *tensor, int side,
                                  const px_read_options *options, px_error *err) {
    if (side < 1 || side > 65535) {
        px_fail(err, PX_ERR_USAGE, NULL, "a tensor of side %d", side);
        return NULL;
    }
    px_reading *reading = read_any(reader, NULL, tensor, side, options, err);
    if (reading)
        px_sha256_bytes(tensor, (size_t)side * (size_t)side * 3 * sizeof *tensor, reading->sha256);
    return reading;
}
