/* How well a network does on the images to validate with: loss and AUC. */
#include "validate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../base/error.h"
#include "../base/memory.h"
#include "../graph/plan.h"
#include "../stats/auc.h"

/* The logits of images, in their order; of unreadable ones there are none. */
typedef struct answers {
    size_t images;
    int findings;
    float *logits; /* [images][findings] */
    bool *known;   /* [images] */
} answers;

static void clear_answers(answers *a) {
    free(a->logits);
    free(a->known);
}

static bool make_answers(const px_validation_options *o, answers *a, px_error *err) {
    a->images = (size_t)px_training_set_images(o->set, PX_PART_VALIDATION);
    a->findings = o->model->n_labels;
    a->logits = px_alloc(a->images * (size_t)a->findings, sizeof *a->logits, err);
    a->known = px_alloc(a->images, sizeof *a->known, err);
    return a->logits && a->known;
}

/* A plan that answers with logits: losses take those, and sigmoids rank no better. */
static px_plan *make_plan(const px_validation_options *o, px_error *err) {
    px_graph graph = o->model->graph;
    graph.output = graph.nodes[graph.output].inputs[0];
    px_plan_options options = {.batch = o->batch, .tier = px_cpu_best()};
    return px_plan_new(&graph, &options, err);
}

static bool keep_answers(const px_validation_options *o, const px_batch *batch, const float *output,
                         answers *a, px_error *err) {
    size_t findings = (size_t)a->findings;
    for (int i = 0; i < batch->count; i++) {
        size_t row = (size_t)batch->rows[i];
        memcpy(a->logits + row * findings, output + (size_t)i * findings, findings * sizeof(float));
        for (size_t f = 0; f < findings; f++) {
            if (!isfinite(a->logits[row * findings + f]))
                return px_fail(err, PX_ERR_INPUT,
                               px_training_set_path(o->set, PX_PART_VALIDATION, batch->rows[i]),
                               "validation: the network's answer is not a number: try a lower "
                               "rate");
        }
        a->known[row] = true;
    }
    return true;
}

static bool run_batches(const px_validation_options *o, const px_plan *plan, px_batch_feed *feed,
                        answers *a, px_error *err) {
    px_workspace *workspace = px_workspace_new(plan, err);
    float *output = px_alloc((size_t)(o->batch * a->findings), sizeof *output, err);
    px_batch batch;
    px_error own = {0};
    bool ok = workspace && output;
    int64_t step = 0, steps = px_batch_feed_steps(feed);
    while (ok && px_batch_feed_next(feed, &batch, &own)) {
        px_plan_run(plan, workspace, o->pool, batch.images, output, NULL);
        ok = keep_answers(o, &batch, output, a, err);
        step++;
        if (o->progress)
            o->progress(o->context, step, steps);
        if (ok && o->stopped && o->stopped())
            ok = px_fail(err, PX_ERR_CANCELLED, NULL, "stopped");
    }
    if (ok && own.code != PX_OK)
        ok = px_fail(err, own.code, own.subject, "%s", own.message);
    free(output);
    px_workspace_free(workspace);
    return ok;
}

static bool read_all(const px_validation_options *o, answers *a, px_error *err) {
    px_batch_options options = {.part = PX_PART_VALIDATION,
                                .batch = o->batch,
                                .share = o->batch,
                                .input = o->model->input,
                                .threads = o->readers,
                                .ahead = o->ahead,
                                .most_unreadable = o->most_unreadable,
                                .tell = o->tell,
                                .tell_context = o->tell_context};
    px_plan *plan = make_plan(o, err);
    px_batch_feed *feed = plan ? px_batch_feed_new(o->set, &options, 0, 0, err) : NULL;
    bool ok = feed && run_batches(o, plan, feed, a, err);
    px_batch_feed_free(feed);
    px_plan_free(plan);
    return ok;
}

/* The loss over what was read, a row at a time: each row's mean counts as often as its labels. */
static double measure_loss(const px_validation_options *o, const answers *a) {
    px_loss loss = *o->loss;
    loss.findings = a->findings;
    double sum = 0, count = 0;
    for (size_t i = 0; i < a->images; i++) {
        const float *labels = px_training_set_labels(o->set, PX_PART_VALIDATION, (int64_t)i);
        double known = (double)px_loss_count_known(&loss, 1, labels);
        if (!a->known[i] || known < 1)
            continue;
        sum += known * px_loss_mean(&loss, 1, a->logits + i * (size_t)a->findings, labels, 0, NULL);
        count += known;
    }
    return count > 0 ? sum / count : NAN;
}

/* NaN where one class is missing. */
static bool measure_auc(const px_validation_options *o, const answers *a, int finding,
                        double *scores, uint8_t *classes, double *auc, px_error *err) {
    size_t n = 0, positives = 0;
    for (size_t i = 0; i < a->images; i++) {
        float label = px_training_set_labels(o->set, PX_PART_VALIDATION, (int64_t)i)[finding];
        if (!a->known[i] || (label != 0 && label != 1))
            continue;
        scores[n] = (double)a->logits[i * (size_t)a->findings + (size_t)finding];
        positives += label > 0;
        classes[n++] = label > 0;
    }
    *auc = NAN;
    return positives == 0 || positives == n || px_auc(scores, classes, n, auc, err);
}

static bool measure(const px_validation_options *o, const answers *a, px_validation *result,
                    px_error *err) {
    double *scores = px_alloc(a->images, sizeof *scores, err);
    uint8_t *classes = px_alloc(a->images, sizeof *classes, err);
    bool ok = scores && classes;
    double sum = 0;
    int measured = 0;
    for (int i = 0; ok && i < a->findings; i++) {
        ok = measure_auc(o, a, i, scores, classes, &result->auc[i], err);
        if (ok && !isnan(result->auc[i])) {
            sum += result->auc[i];
            measured++;
        }
    }
    result->mean_auc = measured > 0 ? sum / measured : NAN;
    result->loss = measure_loss(o, a);
    free(scores);
    free(classes);
    return ok;
}

bool px_validate(const px_validation_options *options, px_validation *result, px_error *err) {
    answers a = {0};
    bool ok = make_answers(options, &a, err) && read_all(options, &a, err) &&
              measure(options, &a, result, err);
    clear_answers(&a);
    return ok;
}
