/* Fields of comma-separated values. */
#ifndef PX_CLI_CSV_TEXT_H
#define PX_CLI_CSV_TEXT_H

#include "../base/buffer.h"

/** Add a field as RFC 4180 has it: quoted when it holds a comma, a quote or a line end. */
bool px_csv_print_text(px_buffer *text, const char *value, px_error *err);

#endif
