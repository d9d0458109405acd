/* A training's report: the recipe, in words. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "train_report_parts.h"

static void begin(px_html *html, const char *what) {
    px_html_print(html, "<dt>%s</dt><dd>", what);
}

static void end(px_html *html) {
    px_html_print(html, "</dd>\n");
}

static void print_network(px_html *html, const px_train_config *c) {
    begin(html, "Network");
    if (c->has_arch)
        px_html_print(html, "%s, %s; ", px_arch_name(c->arch),
                      c->head == PX_HEAD_2020 ? "with the head of 2020" : "with a plain head");
    px_html_print(html, c->start ? "weights from <strong>" : "random weights");
    if (c->start) {
        px_train_print_file(html, c->start);
        px_html_print(html, "</strong>");
    }
    if (c->dropout > 0)
        px_html_print(html, "; dropout %g before the last layer", (double)c->dropout);
    px_html_print(html, "; moving statistics with momentum %g.", (double)c->norm_momentum);
    for (int i = 0; i < c->n_freeze; i++) {
        px_html_print(html, i ? ", <code>" : " Not trained: <code>");
        px_html_text(html, c->freeze[i]);
        px_html_print(html, "</code>%s", i == c->n_freeze - 1 ? "." : "");
    }
    end(html);
}

static void print_table(px_html *html, const char *what, const px_train_table *table) {
    px_html_print(html, "%s <strong>", what);
    px_train_print_file(html, table->labels);
    px_html_print(html, "</strong> ");
    if (strcmp(table->images, ".") == 0) {
        px_html_print(html, "and the images beside it");
        return;
    }
    px_html_print(html, "with the images in <strong>");
    px_train_print_file(html, table->images);
    px_html_print(html, "</strong>");
}

static void print_data(px_html *html, const px_train_summary *summary) {
    const px_train_config *c = summary->config;
    begin(html, "Data");
    print_table(html, "Trained with the labels", &c->train);
    if (c->validation.labels)
        print_table(html, "; validated with", &c->validation);
    else if (c->validation_fraction > 0)
        px_html_print(html, "; validated with %g %% of the %s", 100 * c->validation_fraction,
                      summary->train_patients > 0 ? "patients, whose images are not trained with"
                                                  : "images, which are not trained with");
    px_html_print(html, ".");
    if (c->n_auxiliary > 0) {
        px_html_print(html, " Trained along and cut off in the end: ");
        px_html_plural(html, c->n_auxiliary, "further finding", "further findings");
        px_html_print(html, ".");
    }
    end(html);
}

static void print_input(px_html *html, const px_train_config *c) {
    const px_input_spec *in = &c->input;
    begin(html, "Input");
    px_html_print(html, "%d by %d pixels, %d %s; crop %s, equalise %s, resize %s, scaling %s.",
                  in->width, in->height, in->channels, in->channels == 1 ? "channel" : "channels",
                  px_crop_name(in->crop), px_equalise_name(in->equalise),
                  px_resize_name(in->resize), px_scaling_name(in->scaling));
    for (int i = 0; c->n_stages > 1 && i < c->n_stages; i++) {
        bool is_last = i == c->n_stages - 1;
        px_html_print(html, "%s%d pixels", i ? ", then " : " It grows: ", c->stages[i].size);
        if (is_last)
            px_html_print(html, " until the end.");
        else
            px_html_print(html, " for %d %s", c->stages[i].epochs,
                          c->stages[i].epochs == 1 ? "epoch" : "epochs");
    }
    end(html);
}

static void print_augmentation(px_html *html, const px_augmentation *a) {
    const struct {
        const char *name, *unit;
        double value, scale;
    } parts[] = {
        {"turned by up to", "°", a->rotation, 1},
        {"shifted across by up to", " % of the width", a->shift_x, 100},
        {"shifted up and down by up to", " % of the height", a->shift_y, 100},
        {"zoomed by up to", " %", expm1(a->zoom), 100},
        {"sheared by up to", "°", a->shear, 1},
        {"mirrored with probability", "", a->flip, 1},
        {"brighter or darker by up to", " % of white", a->brightness, 100},
        {"contrast changed by up to", " %", expm1(a->contrast), 100},
        {"gamma changed by up to", " %", expm1(a->gamma), 100},
        {"a part greyed out with probability", "", a->erase, 1},
        {"mixed with another image, alpha", "", a->mixup, 1},
    };
    const char *between = "Each time anew: ";
    begin(html, "Augmentation");
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (parts[i].value > 0) {
            px_html_print(html, "%s%s %.3g%s", between, parts[i].name,
                          parts[i].scale * parts[i].value, parts[i].unit);
            between = ", ";
        }
    if (between[0] == ',')
        px_html_print(html, ". Pixels from outside: %s.", px_fill_name(a->fill));
    else
        px_html_print(html, "None.");
    end(html);
}

static void print_loss(px_html *html, const px_train_config *c) {
    static const char *const weights[] = {
        [PX_WEIGHTS_NONE] = "positives and negatives count alike",
        [PX_WEIGHTS_BALANCED] = "a finding's positives count as much as all its negatives",
        [PX_WEIGHTS_SQUARE_ROOT] = "positives count by the root of negatives over positives"};
    begin(html, "Loss");
    if (c->focus > 0)
        px_html_print(html, "Focal loss (Lin and others 2017), gamma %g", (double)c->focus);
    else
        px_html_print(html, "Binary cross-entropy");
    px_html_print(html, "; %s; labels that are not known do not count", weights[c->class_weights]);
    if (c->smoothing > 0)
        px_html_print(html, "; labels smoothed by %g", (double)c->smoothing);
    px_html_print(html, ".");
    end(html);
}

static void print_optimiser(px_html *html, const px_optimiser_options *o) {
    begin(html, "Optimiser");
    if (o->kind == PX_OPTIMISER_SGD)
        px_html_print(html, "SGD with %s momentum %g", o->nesterov ? "Nesterov's" : "plain",
                      (double)o->momentum);
    else
        px_html_print(html, "%s with beta %g and %g, epsilon %g",
                      o->kind == PX_OPTIMISER_ADAM ? "Adam" : "AdamW", (double)o->beta1,
                      (double)o->beta2, (double)o->epsilon);
    if (o->decay > 0)
        px_html_print(html, "; weight decay %g", (double)o->decay);
    if (o->clip > 0)
        px_html_print(html, "; gradients clipped to norm %g", (double)o->clip);
    if (o->average > 0)
        px_html_print(html, "; the model is a moving average of the weights, %g",
                      (double)o->average);
    px_html_print(html, ".");
    end(html);
}

static void print_schedule(px_html *html, const px_train_config *c) {
    const px_rate *r = &c->rate;
    begin(html, "Learning rate");
    switch (r->kind) {
    case PX_RATE_CYCLIC:
        px_html_print(html, "Triangles between %g and %g, %g epochs up and as many down", r->low,
                      r->high, c->half_cycle_epochs);
        break;
    case PX_RATE_ONE_CYCLE:
        px_html_print(html, "One cycle: from %g up to %g in %.0f %% of the steps, then down to %g",
                      r->low, r->high, 100 * r->rise, r->final);
        break;
    case PX_RATE_COSINE:
        px_html_print(html, "Half a cosine from %g down to %g", r->high, r->low);
        break;
    case PX_RATE_PLATEAU:
        px_html_print(
            html,
            "%g, times %g after more than %d %s in which the AUC did not rise by %g, down to %g",
            r->high, r->factor, r->patience, r->patience == 1 ? "epoch" : "epochs", r->least_change,
            r->low);
        break;
    default:
        px_html_print(html, "Constant, %g", r->high);
    }
    if (c->warm_up_epochs > 0)
        px_html_print(html, "; warmed up over %g epochs", c->warm_up_epochs);
    px_html_print(html, ".");
    end(html);
}

static void print_length(px_html *html, const px_train_config *c) {
    begin(html, "Length");
    px_html_print(html, "At most %d %s in batches of %d images", c->epochs,
                  c->epochs == 1 ? "epoch" : "epochs", c->batch);
    if (c->stop_after > 0)
        px_html_print(html, "; it ends after %d %s without a better validation AUC", c->stop_after,
                      c->stop_after == 1 ? "epoch" : "epochs");
    px_html_print(html, "; seed %" PRIu64 ".", c->seed);
    end(html);
}

void px_train_html_recipe(px_html *html, const px_train_summary *summary) {
    const px_train_config *c = summary->config;
    px_html_print(html, "<section id=\"recipe\">\n<h2>Recipe</h2>\n<dl class=\"methods\">\n");
    print_network(html, c);
    print_data(html, summary);
    print_input(html, c);
    print_augmentation(html, &c->augmentation);
    print_loss(html, c);
    print_optimiser(html, &c->optimiser);
    print_schedule(html, c);
    print_length(html, c);
    begin(html, "Configuration");
    px_train_print_file(html, c->path);
    px_html_print(html, ", settings <code>");
    px_html_text(html, c->sha256);
    px_html_print(html, "</code>");
    end(html);
    px_html_print(html, "</dl>\n</section>\n");
}
