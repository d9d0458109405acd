/* The layout of a program's memory, checked by following what every float of the arena holds. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "../src/graph/steps.h"
#include "../src/model/builders.h"
#include "random_graph.h"

/* What an element holds: who made it, and which element it was there. A concatenation's elements
 * are its inputs', so that writing them where they belong changes nothing. */
typedef struct {
    int maker;
    size_t element;
} content;

typedef struct {
    content holds;
    int read_by, written_by; /* the last step that did; 0 is none: step 0 does not run */
} slot;

typedef enum { SOUND, OUTSIDE, LOST, READ_AND_WRITTEN, WRITTEN_TWICE } verdict;

typedef struct {
    const px_program *program;
    slot *slots; /* [arena_floats] */
    int step;
    verdict verdict;
} follower;

static content content_of(const px_program *program, int value, size_t pixel, int channel) {
    const px_step *step = &program->steps[value];
    if (step->kind != PX_STEP_CONCAT)
        return (content){value, pixel * (size_t)program->values[value].shape.c + (size_t)channel};
    int input = 0;
    while (channel >= program->values[step->inputs[input]].shape.c)
        channel -= program->values[step->inputs[input++]].shape.c;
    return content_of(program, step->inputs[input], pixel, channel);
}

static bool is_same(content a, content b) {
    return a.maker == b.maker && a.element == b.element;
}

static verdict read_slot(follower *f, slot *s, content wanted) {
    s->read_by = f->step;
    return is_same(s->holds, wanted) ? SOUND : LOST;
}

/* Steps read and write in any order: what they still read must not change. */
static verdict write_slot(follower *f, slot *s, content written) {
    bool changes = !is_same(s->holds, written);
    verdict found = s->written_by == f->step           ? WRITTEN_TWICE
                    : s->read_by == f->step && changes ? READ_AND_WRITTEN
                                                       : SOUND;
    s->written_by = f->step;
    s->holds = written;
    return found;
}

/* Read or write all of a value; the first thing that is wrong is kept. */
static void touch(follower *f, int value, verdict (*act)(follower *, slot *, content)) {
    const px_value *v = &f->program->values[value];
    size_t pixels = (size_t)f->program->batch * (size_t)v->shape.h * (size_t)v->shape.w;
    for (size_t p = 0; value > 0 && p < pixels; p++) {
        for (int c = 0; c < v->shape.c && f->verdict == SOUND; c++) {
            size_t at = v->offset + p * v->pixel + (size_t)c;
            f->verdict = at >= f->program->arena_floats
                             ? OUTSIDE
                             : act(f, &f->slots[at], content_of(f->program, value, p, c));
        }
    }
}

static verdict follow(const px_program *program) {
    follower f = {.program = program};
    f.slots = calloc(program->arena_floats + 1, sizeof *f.slots);
    for (f.step = 1; f.step < program->n_steps; f.step++) {
        const px_step *step = &program->steps[f.step];
        if (step->kind == PX_STEP_NONE)
            continue;
        for (int i = 0; i < step->n_inputs; i++)
            touch(&f, step->inputs[i], read_slot);
        if (step->residual >= 0)
            touch(&f, step->residual, read_slot);
        touch(&f, f.step, write_slot);
    }
    touch(&f, program->output, read_slot);
    if (program->features >= 0)
        touch(&f, program->features, read_slot);
    free(f.slots);
    return f.verdict;
}

static void make_program(px_program *program, const px_graph *graph, int batch, bool fuse) {
    px_error err = {0};
    if (!px_program_lower(program, graph, batch, fuse, &err) ||
        !px_program_place(program, fuse, &err))
        fail_msg("%s: %s", err.subject, err.message);
}

static void check_graph(const px_graph *graph, int batch, uint64_t seed) {
    for (int fuse = 0; fuse < 2; fuse++) {
        px_program program;
        make_program(&program, graph, batch, fuse);
        verdict found = follow(&program);
        if (found != SOUND)
            fail_msg("seed %llu, fused %d: verdict %d", (unsigned long long)seed, fuse, found);
        px_program_clear(&program);
    }
}

static void random_programs_keep_their_values(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 600; seed++) {
        px_graph graph;
        random_graph(&graph, seed, 3 + (int)(seed % 40));
        check_graph(&graph, 1 + (int)(seed % 3), seed);
        px_graph_clear(&graph);
    }
}

/* Dense blocks and Inception's branches, where most values share buffers. */
static void whole_networks_keep_their_values(void **state) {
    (void)state;
    static const px_arch archs[] = {PX_ARCH_DENSENET121, PX_ARCH_INCEPTION_RESNET_V2};
    for (size_t i = 0; i < sizeof archs / sizeof *archs; i++) {
        px_model *model = px_model_build(archs[i], PX_HEAD_2020, 80, "a,b", 1, NULL);
        assert_non_null(model);
        check_graph(&model->graph, 1, i);
        px_model_unref(model);
    }
}

static bool reads(const px_step *step, int value) {
    bool found = step->residual == value;
    for (int i = 0; i < step->n_inputs; i++)
        found = found || step->inputs[i] == value;
    return found;
}

static int last_reader(const px_program *program, int value) {
    int last = value == program->output || value == program->features ? program->n_steps : 0;
    for (int i = value + 1; last < program->n_steps && i < program->n_steps; i++)
        last = reads(&program->steps[i], value) ? i : last;
    return last;
}

/* Whether a step's output may not lie where `value` lies: it reads it, or somebody after it does.
 */
static bool must_spare(const px_program *program, int step, int value) {
    px_step_kind kind = program->steps[step].kind;
    return value < step && program->steps[value].kind != PX_STEP_NONE && kind != PX_STEP_NONE &&
           kind != PX_STEP_CONCAT && last_reader(program, value) >= step;
}

/* Any output that is laid over a value still needed is found, and so is an arena too small. */
static void wrong_layouts_are_found(void **state) {
    (void)state;
    int read_later = 0, read_now = 0;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        px_graph graph;
        px_program program;
        random_graph(&graph, seed, 12);
        make_program(&program, &graph, 1, seed % 2);
        size_t floats = program.arena_floats;
        program.arena_floats = floats - 1;
        assert_int_equal(follow(&program), OUTSIDE);
        program.arena_floats = 2 * floats;
        for (int s = 1; s < program.n_steps; s++) {
            for (int v = 1; v < s; v++) {
                if (!must_spare(&program, s, v))
                    continue;
                size_t offset = program.values[s].offset;
                program.values[s].offset = program.values[v].offset;
                bool now = reads(&program.steps[s], v);
                verdict found = follow(&program);
                assert_true(found == READ_AND_WRITTEN || (!now && found == LOST));
                program.values[s].offset = offset;
                read_now += now;
                read_later += !now;
            }
        }
        px_program_clear(&program);
        px_graph_clear(&graph);
    }
    assert_true(read_now > 100 && read_later > 100);
}

/* Pixels that run into each other are found. */
static void wrong_strides_are_found(void **state) {
    (void)state;
    px_random random;
    px_random_init(&random, 1, 0);
    px_graph graph;
    px_program program;
    int x = start_graph(&graph, 5, 6, 3);
    x = add_random_conv(&graph, &random, x, 3, 3, 1, PX_PADDING_SAME, 1, 8, true);
    make_program(&program, &graph, 1, true);
    assert_int_equal(follow(&program), SOUND);
    program.values[x].pixel = 7;
    assert_int_equal(follow(&program), WRITTEN_TWICE);
    px_program_clear(&program);
    px_graph_clear(&graph);
}

/* Every node that counts is done by one step that is there; the others by none. */
static void every_node_has_its_step(void **state) {
    (void)state;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        px_graph graph;
        px_program program;
        random_graph(&graph, seed, 30);
        make_program(&program, &graph, 1, true);
        for (int i = 0; i < graph.n_nodes; i++) {
            const px_step *step = &program.steps[i];
            if (step->kind != PX_STEP_NONE)
                assert_int_equal(program.homes[step->node], i);
            if (program.homes[i] >= 0)
                assert_int_not_equal(program.steps[program.homes[i]].kind, PX_STEP_NONE);
            for (int k = 0; program.homes[i] >= 0 && k < graph.nodes[i].n_inputs; k++) {
                int input = graph.nodes[i].inputs[k];
                assert_true(px_resolve(&graph, input) == 0 || program.homes[input] >= 0);
            }
        }
        assert_int_equal(program.homes[0], -1);
        px_program_clear(&program);
        px_graph_clear(&graph);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(random_programs_keep_their_values),
                                       cmocka_unit_test(whole_networks_keep_their_values),
                                       cmocka_unit_test(wrong_layouts_are_found),
                                       cmocka_unit_test(wrong_strides_are_found),
                                       cmocka_unit_test(every_node_has_its_step)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
