#ifndef SINK_SELECT_H
#define SINK_SELECT_H

/* select: which columns and rows of which table are written, both in order. Borrowed. */
#include "base/buf.h"
#include "frame/frame.h"

struct sink_select {
	enum table_id table;
	const uint8_t *field;
	unsigned nfields;
	const uint32_t *row;
	size_t nrows;
};

/* Where each row says of which host it is, the field that says it once more is left out. */
static inline bool
select_is_host(const struct sink_select *sel, unsigned field)
{
	return sel->table == TABLE_SYSTEM && field == SYSTEM_HOST;
}

#endif
