/* Dividing a convolution's work: by output pixels, by output channels, or by both.
 *
 * Threads that share out pixels each read all weights; threads that share out channels each read
 * (and pack) all of the input. What counts is the slowest thread's time, so the cut is chosen by
 * a model of it. Measured in multiplications, as the machines at hand do them: a weight that
 * comes from a distant cache costs WEIGHT_COST of them, an input that is packed PACKED_COST, one
 * that is read where it lies INPUT_COST. */
#include "conv_cut.h"

#include "winograd.h"

enum {
    WEIGHT_COST = 8,
    INPUT_COST = 6,
    PACKED_COST = 24,
    LEAST_MACS = 256 << 10, /* of a thread: a microsecond or two, what it takes to call it */
    ITEM_MACS = 8 << 20,    /* above, an item is cut further: a thread that is held up, as they are
                               beside other programs, then delays the others less */
    MOST_CUTS = 4
};

static int64_t count_macs(const px_conv *conv, const px_step *step) {
    int64_t pixels = conv->winograd ? px_winograd_values(conv)
                     : conv->flat   ? 1
                                    : step->geometry.out_w;
    int64_t unit = pixels * conv->segments * conv->depth * conv->group_out;
    return unit * conv->units * conv->images * conv->groups;
}

/* The slowest thread's time for a depth of one. */
static double find_cost(const px_conv *conv, int pixels, px_conv_cut cut, int lanes) {
    int waves = px_divide_up(cut.items, lanes), tile = conv->kernels->tile_columns;
    double rows = (double)px_divide_up(conv->units, cut.ranges) * pixels;
    double columns = (double)px_divide_up(conv->panels, cut.splits) * tile;
    double input = conv->packed ? PACKED_COST : INPUT_COST;
    return waves * (rows * columns + WEIGHT_COST * columns + input * rows);
}

static px_conv_cut make_cut(const px_conv *conv, int ranges, int splits) {
    px_conv_cut cut = {.ranges = ranges < conv->units ? ranges : conv->units,
                       .splits = splits < conv->panels ? splits : conv->panels};
    cut.items = conv->groups * conv->images * cut.ranges * cut.splits;
    return cut;
}

static px_conv_cut find_cheapest(const px_conv *conv, const px_step *step, int lanes) {
    int outer = conv->groups * conv->images, most = conv->winograd ? 1 : lanes;
    int pixels = conv->flat || conv->winograd ? 1 : step->geometry.out_w;
    px_conv_cut best = make_cut(conv, px_divide_up(lanes, outer), 1);
    double least = find_cost(conv, pixels, best, lanes);
    for (int splits = 2; splits <= most; splits++) {
        px_conv_cut cut = make_cut(conv, px_divide_up(lanes, (int64_t)outer * splits), splits);
        double cost = find_cost(conv, pixels, cut, lanes);
        if (cost < least) {
            best = cut;
            least = cost;
        }
    }
    return best;
}

px_conv_cut px_conv_choose_cut(const px_conv *conv, const px_step *step, int lanes) {
    int64_t macs = count_macs(conv, step);
    if (macs < (int64_t)lanes * LEAST_MACS)
        lanes = macs < 2 * LEAST_MACS ? 1 : (int)(macs / LEAST_MACS);
    if (lanes == 1)
        return make_cut(conv, 1, 1);
    px_conv_cut cut = find_cheapest(conv, step, lanes);
    int64_t further = macs / cut.items / ITEM_MACS;
    int more = further < 1 ? 1 : further > MOST_CUTS ? MOST_CUTS : (int)further;
    return conv->packed || conv->winograd ? make_cut(conv, cut.ranges * more, cut.splits)
                                          : make_cut(conv, cut.ranges, cut.splits * more);
}
