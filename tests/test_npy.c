/* .npy tensors: both versions, the strict header, damaged files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../src/reader/npy.h"

static const char header[] =
    "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 3), }          \n";

/* A file of 12 values 0, 1, 2, … @return its size. */
static size_t write_npy(uint8_t *bytes, int version, const char *text) {
    size_t length = strlen(text), start = version == 1 ? 10 : 12;
    memcpy(bytes, "\x93NUMPY", 6);
    bytes[6] = (uint8_t)version;
    bytes[7] = 0;
    memset(bytes + 8, 0, 4);
    bytes[8] = (uint8_t)length;
    memcpy(bytes + start, text, length);
    for (int i = 0; i < 12; i++) {
        float value = (float)i;
        memcpy(bytes + start + length + (size_t)i * 4, &value, 4);
    }
    return start + length + 48;
}

static void both_versions_are_read(void **state) {
    (void)state;
    uint8_t bytes[256];
    for (int version = 1; version <= 2; version++) {
        size_t size = write_npy(bytes, version, header);
        float *tensor = NULL;
        int side = 0;
        px_error err = {0};
        assert_true(px_npy_recognise(bytes, size));
        assert_true(px_npy_parse(bytes, size, &tensor, &side, &err));
        assert_int_equal(side, 2);
        for (int i = 0; i < 12; i++)
            assert_true(tensor[i] == (float)i);
        free(tensor);
    }
}

static px_error_code parse_header_text(const char *text) {
    uint8_t bytes[512];
    size_t size = write_npy(bytes, 1, text);
    float *tensor = NULL;
    int side = 0;
    px_error err = {0};
    if (px_npy_parse(bytes, size, &tensor, &side, &err)) {
        free(tensor);
        return PX_OK;
    }
    assert_null(tensor);
    assert_int_equal(side, 0);
    return err.code;
}

static void keys_come_in_any_order(void **state) {
    (void)state;
    assert_int_equal(parse_header_text("{'shape':(2,2,3),'fortran_order':False,'descr':'<f4'}\n"),
                     PX_OK);
}

static void other_tensors_are_refused(void **state) {
    (void)state;
    static const char *const others[] = {
        "{'descr': '<f8', 'fortran_order': False, 'shape': (2, 2, 3), }\n",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 2), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 2, 2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (12,), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-2, 2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (0, 0, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999, 99999, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999, 2, 3), }\n",
        "{'descr': '<f4', 'fortran_order': False, 'fortran_order': False, }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 3), 'x': 1, }\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 3), } x\n",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 2, 3",
        "{'descr': '<f4'",
        "",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (parse_header_text(others[i]) != PX_ERR_UNSUPPORTED)
            fail_msg("not refused as unsupported: %s", others[i]);
    }
}

static void damaged_files_are_refused(void **state) {
    (void)state;
    uint8_t bytes[256];
    float *tensor = NULL;
    int side = 0;
    for (int version = 1; version <= 2; version++) {
        size_t size = write_npy(bytes, version, header);
        for (size_t cut = 0; cut < size; cut++) {
            px_error err = {0};
            assert_false(px_npy_parse(bytes, cut, &tensor, &side, &err));
            assert_int_equal(err.code, PX_ERR_INPUT);
        }
        assert_false(px_npy_parse(bytes, size + 1, &tensor, &side, NULL));
        bytes[9] = 0xff; /* a header longer than the file */
        assert_false(px_npy_parse(bytes, size, &tensor, &side, NULL));
        bytes[9] = 0;
        bytes[6] = 3;
        px_error err = {0};
        assert_false(px_npy_parse(bytes, size, &tensor, &side, &err));
        assert_int_equal(err.code, PX_ERR_UNSUPPORTED);
    }
}

static void values_must_be_finite(void **state) {
    (void)state;
    uint8_t bytes[256];
    const float bad[2] = {NAN, INFINITY};
    for (int i = 0; i < 2; i++) {
        size_t size = write_npy(bytes, 1, header);
        memcpy(bytes + size - 4, &bad[i], 4);
        float *tensor = NULL;
        int side;
        px_error err = {0};
        assert_false(px_npy_parse(bytes, size, &tensor, &side, &err));
        assert_int_equal(err.code, PX_ERR_INPUT);
        assert_non_null(strstr(err.message, "value 11"));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_versions_are_read), cmocka_unit_test(keys_come_in_any_order),
        cmocka_unit_test(other_tensors_are_refused), cmocka_unit_test(damaged_files_are_refused),
        cmocka_unit_test(values_must_be_finite)};
    return cmocka_run_group_tests_name("npy", tests, NULL, NULL);
}
