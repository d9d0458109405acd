/* What Python's json module says about a text that is not JSON: the 2020 interface passed it on. */
#ifndef PX_SERVER_PYTHON_JSON_H
#define PX_SERVER_PYTHON_JSON_H

#include "perxeptron.h"

#define PX_PYTHON_JSON_SIZE 128

/**
 * "Expecting value: line 1 column 1 (char 0)" and its like, of Python 3.8.
 *
 * @param text  UTF-8.
 * @return false, with `message` untouched, where Python finds nothing wrong, or nests too deep.
 */
bool px_python_json_problem(const char *text, size_t size, char message[PX_PYTHON_JSON_SIZE]);

#endif
