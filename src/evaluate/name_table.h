/* Numbers by name: a hash table of borrowed strings. */
#ifndef PX_EVALUATE_NAME_TABLE_H
#define PX_EVALUATE_NAME_TABLE_H

#include "perxeptron.h"

typedef struct px_name_table px_name_table;

/** What px_name_table_find says of a name that is not there. */
enum { PX_NAME_NONE = -1 };

/** An empty table. NULL and PX_ERR_MEMORY or PX_ERR_IO without memory or random bits. */
px_name_table *px_name_table_new(px_error *err);
void px_name_table_free(px_name_table *table);

/** Where a name's number stands, which may then be changed; put there as PX_NAME_NONE when the name
 *  is new. Valid until the next call.
 *  @param name  borrowed until the table is freed. */
int64_t *px_name_table_put(px_name_table *table, const char *name, px_error *err);
/** A name's number, or PX_NAME_NONE. */
int64_t px_name_table_find(const px_name_table *table, const char *name);

#endif
