#ifndef SINK_JSONSCHEMA_H
#define SINK_JSONSCHEMA_H

/* jsonschema: what json_frame() writes, as a JSON Schema (2020-12). Rows are objects of "$defs", by
 * the names of their tables; a field has its doc as "description", and "unit" and "kind" as
 * `sonde fields` says them, which validators ignore. Nothing is required of a row: which fields are
 * there is asked for.
 */
#include "base/buf.h"
#include "schema/schema.h"

/* Of objects with any of these tables. */
void jsonschema_put(struct buf *b, const enum table_id *table, unsigned ntables);

#endif
