/* Heat maps of a reading: each member's class activation, mixed with the ensemble's weights. */
#include "reading_heat.h"

#include <stdlib.h>
#include <string.h>

#include "../base/memory.h"
#include "heatmap.h"

/* One member's gradients: d logit / d pooled for all its outputs. */
static float *member_gradient(const px_member *member, const float *features, px_error *err) {
    size_t inputs = (size_t)px_head_inputs(member->head);
    size_t outputs = (size_t)px_head_outputs(member->head);
    float *pooled = px_alloc(inputs, sizeof *pooled, err);
    float *logits = px_alloc(outputs, sizeof *logits, err);
    float *gradient = px_alloc(outputs, inputs * sizeof *gradient, err);
    bool ok = pooled && logits && gradient;
    if (ok) {
        px_heat_pool(features, member->features, pooled);
        ok = px_head_gradient(member->head, pooled, logits, gradient, err);
    }
    free(pooled);
    free(logits);
    if (ok)
        return gradient;
    free(gradient);
    return NULL;
}

/* The part of the radiograph that a member saw. */
static px_region seen_region(const px_member *member, bool cropped, px_region whole) {
    if (!cropped || member->model->input.crop != PX_CROP_CENTRE)
        return whole;
    int side = whole.width < whole.height ? whole.width : whole.height;
    return (px_region){(whole.width - side) / 2, (whole.height - side) / 2, side, side};
}

/* Gradients of all members, and room for their maps of one finding. */
typedef struct heat_work {
    float **gradients; /* [n_members] */
    px_heat *maps;     /* [n_members] */
    double *weights;   /* [n_members] */
} heat_work;

static void clear_work(heat_work *work, int n) {
    for (int i = 0; i < n; i++) {
        if (work->gradients)
            free(work->gradients[i]);
        if (work->maps)
            free(work->maps[i].values);
    }
    free(work->gradients);
    free(work->maps);
    free(work->weights);
}

/* Cells of the largest map: any member's map fits in each of the rooms. */
static size_t most_cells(const px_reader *reader) {
    size_t most = 0;
    for (int i = 0; i < reader->ensemble.n_members; i++) {
        px_shape s = reader->members[i].features;
        size_t cells = (size_t)s.h * (size_t)s.w;
        most = cells > most ? cells : most;
    }
    return most;
}

static bool init_work(heat_work *work, const px_reader *reader, const px_pass *pass,
                      px_error *err) {
    size_t n = (size_t)pass->n_members, cells = most_cells(reader);
    work->gradients = px_alloc(n, sizeof *work->gradients, err);
    work->maps = px_alloc(n, sizeof *work->maps, err);
    work->weights = px_alloc(n, sizeof *work->weights, err);
    if (!work->gradients || !work->maps || !work->weights)
        return false;
    for (size_t i = 0; i < n; i++) {
        work->gradients[i] = member_gradient(&reader->members[i], pass->features[i], err);
        work->maps[i].values = px_alloc(cells, sizeof(float), err);
        if (!work->gradients[i] || !work->maps[i].values)
            return false;
    }
    return true;
}

/* The members' maps of one finding, those with a weight first. @return how many. */
static int map_finding(const px_reader *reader, const px_pass *pass, int finding, bool cropped,
                       px_region whole, heat_work *work) {
    double total = px_ensemble_total_weight(&reader->ensemble, finding);
    int used = 0;
    for (int i = 0; i < pass->n_members; i++) {
        const px_member *member = &reader->members[i];
        double weight = reader->ensemble.members[i].weights[finding];
        if (!(weight > 0))
            continue;
        const float *gradient =
            work->gradients[i] + (size_t)member->outputs[finding] * (size_t)member->features.c;
        px_heat_class_map(pass->features[i], member->features, gradient, work->maps[used].values);
        work->maps[used].width = member->features.w;
        work->maps[used].height = member->features.h;
        work->maps[used].region = seen_region(member, cropped, whole);
        work->weights[used++] = weight / total;
    }
    return used;
}

/* A box on the heat map as one on the radiograph: pixels that it touches belong to it. */
static void enlarge_box(const px_reading *reading, int box[4]) {
    const int to[2] = {reading->width, reading->height};
    const int from[2] = {reading->heat_width, reading->heat_height};
    for (int i = 0; i < 2; i++) {
        int64_t start = (int64_t)box[i] * to[i] / from[i];
        int64_t end = ((int64_t)(box[i] + box[i + 2]) * to[i] + from[i] - 1) / from[i];
        box[i] = (int)start;
        box[i + 2] = (int)(end - start);
    }
}

static bool add_finding_heat(const heat_work *work, int n, px_region whole, px_finding *f,
                             px_error *err) {
    px_heat mixed;
    if (!px_heat_mix(work->maps, work->weights, n, whole, &mixed, err))
        return false;
    f->raw_heat = mixed.values;
    f->raw_width = mixed.width;
    f->raw_height = mixed.height;
    const px_region *r = &mixed.region;
    memcpy(f->raw_region, (int[4]){r->x, r->y, r->width, r->height}, sizeof f->raw_region);
    float *heat = px_alloc((size_t)whole.width * (size_t)whole.height, sizeof *heat, err);
    f->heat = heat;
    return heat && px_heat_render(&mixed, whole, heat, err) &&
           px_heat_box(heat, whole.width, whole.height, f->box, err);
}

bool px_reading_add_heat(const px_reader *reader, const px_pass *pass, bool cropped,
                         px_reading *reading, px_error *err) {
    heat_work work = {0};
    px_region whole = {0, 0, reading->heat_width, reading->heat_height};
    bool ok = init_work(&work, reader, pass, err);
    for (int f = 0; ok && f < reading->n_findings; f++) {
        int used = map_finding(reader, pass, f, cropped, whole, &work);
        ok = add_finding_heat(&work, used, whole, &reading->findings[f], err);
        enlarge_box(reading, reading->findings[f].box);
    }
    clear_work(&work, pass->n_members);
    return ok;
}
