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

#endif
