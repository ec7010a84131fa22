#include "sink/table.h"

#include <math.h>
#include <stdio.h>

#include "base/mem.h"
#include "schema/format.h"

enum { MOMENT_WIDTH = 19 };

static double
number_of(enum field_type type, union value v)
{
	return type == TYPE_F64 ? v.f : type == TYPE_I64 ? (double)v.i : (double)v.u;
}

static uint64_t
span_of_value(enum field_type type, union value v)
{
	if (type == TYPE_F64)
		return v.f > 0 ? (uint64_t)MIN(v.f, 0x1p63) : 0;
	return v.u;
}

static void
format_value(char out[FORMAT_MAX], const struct field *fd, union value v, const struct frame *f)
{
	int width = CLAMP(fd->width, 1, FORMAT_MAX - 1);

	switch ((enum field_unit)fd->unit) {
	case UNIT_BYTES:
	case UNIT_BYTES_PER_S:
		format_bytes(out, number_of(fd->type, v), width);
		return;
	case UNIT_COUNT:
	case UNIT_COUNT_PER_S:
		format_count(out, number_of(fd->type, v), width);
		return;
	case UNIT_RATIO:
		format_percent(out, number_of(fd->type, v), width);
		return;
	case UNIT_NS:
		if (fd->type == TYPE_F64 && isnan(v.f))
			break;
		if (fd->kind == KIND_COUNTER)
			format_cpu_time(out, v.u, width);
		else
			format_span(out, span_of_value(fd->type, v), width);
		return;
	case UNIT_WALL_NS:
		format_moment(out, v.i, f->meta.wall_ns, MOMENT_WIDTH, f->meta.fixture);
		return;
	case UNIT_NONE:
		if (fd->type == TYPE_F64 && isfinite(v.f))
			snprintf(out, FORMAT_MAX, "%.2f", v.f);
		else if (fd->type == TYPE_I64)
			snprintf(out, FORMAT_MAX, "%lld", (long long)v.i);
		else if (fd->type == TYPE_U64)
			snprintf(out, FORMAT_MAX, "%llu", (unsigned long long)v.u);
		else if (fd->type == TYPE_BOOL)
			snprintf(out, FORMAT_MAX, "%s", v.u ? "yes" : "no");
		else
			break;
		return;
	}
	snprintf(out, FORMAT_MAX, "-");
}

void
table_frame(struct buf *b, struct columns *c, const struct frame *f, const struct sink_select *sel,
	    int max)
{
	const struct table *t = frame_table(f, sel->table);

	for (unsigned i = 0; i < sel->nfields; i++) {
		const struct field *fd = &t->schema->field[sel->field[i]];

		columns_add(c, fd->head, fd->type == TYPE_STR);
	}
	for (size_t r = 0; r < sel->nrows; r++) {
		for (unsigned i = 0; i < sel->nfields; i++) {
			const struct field *fd = &t->schema->field[sel->field[i]];
			union value v;
			char text[FORMAT_MAX];

			if (!cell_valid(t, sel->row[r], sel->field[i])) {
				bool late = cell_late(t, sel->row[r], sel->field[i]);

				columns_cell(c, late ? "~" : "-");
				continue;
			}
			v = t->col[sel->field[i]][sel->row[r]];
			if (fd->type == TYPE_STR) {
				columns_cell(c, *v.s ? v.s : "-");
				continue;
			}
			format_value(text, fd, v, f);
			columns_cell(c, text);
		}
	}
	columns_put(c, b, max);
}
