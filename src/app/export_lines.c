/* export_lines: one text of all moments, hour by hour, on standard output or in a file that is
 * there when it is whole. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/export.h"
#include "app/outfile.h"
#include "app/spool.h"
#include "base/fd.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "sink/csv.h"
#include "sink/influx.h"
#include "sink/json.h"
#include "sink/openmetrics.h"

/* What is written at once. */
enum { ENOUGH = 256 << 10 };

struct lines {
	struct export *x;
	int fd;
	struct buf out;
	struct spool spool;
	uint32_t *row; /* 0, 1, 2... */
	size_t nrow, row_cap;
};

static void
want(const struct export *x, struct field_set ret[TABLE_COUNT])
{
	for (unsigned i = 0; i < x->nparts; i++) {
		const struct export_part *p = &x->part[i];
		const struct schema *s = &schema[p->table];

		for (unsigned f = 0; f < p->nfields; f++)
			field_set_add(&ret[p->table], p->field[f]);
		for (unsigned f = 0; f < s->nfields; f++)
			if (output_is_series(x->o->output) && field_is_tag(&s->field[f]))
				field_set_add(&ret[p->table], f);
	}
	field_sets_close(ret);
}

static int
put(struct lines *l, size_t enough)
{
	int r = 0;

	if (l->out.len >= enough) {
		r = fd_write_all(l->fd, l->out.data, l->out.len);
		l->x->bytes += l->out.len;
		buf_clear(&l->out);
	}
	return r;
}

static int
add_frame(struct lines *l, const struct frame *f)
{
	struct sink_select sel[TABLE_COUNT];
	struct export *x = l->x;
	int r;

	for (unsigned i = 0; i < x->nparts; i++) {
		const struct export_part *p = &x->part[i];
		uint32_t n = frame_table(f, p->table)->nrows;

		GROW(l->row, l->row_cap, n);
		for (; l->nrow < n; l->nrow++)
			l->row[l->nrow] = (uint32_t)l->nrow;
		x->rows += n;
		sel[i] = (struct sink_select){p->table, p->field, p->nfields, NULL, n};
	}
	for (unsigned i = 0; i < x->nparts; i++)
		sel[i].row = l->row;
	switch (x->o->output) {
	case OUTPUT_CSV:
		csv_frame(&l->out, f, sel, true);
		break;
	case OUTPUT_JSONL:
		jsonl_frame(&l->out, f, sel, x->nparts);
		break;
	case OUTPUT_INFLUX:
		influx_frame(&l->out, f, sel, x->nparts);
		break;
	default:
		openmetrics_frame(&l->out, f, sel, x->nparts, true);
		r = spool_add(&l->spool, &l->out);
		buf_clear(&l->out);
		return r;
	}
	return put(l, ENOUGH);
}

static int
write_hour(struct lines *l, const struct hour *h, const struct field_set fields[TABLE_COUNT],
	   struct err *e)
{
	const char *where = l->x->o->out ? l->x->o->out : "standard output";
	struct hour_walk w = {0};
	int r = 0;

	while (r == 0 && hours_walk(&l->x->hours, h, l->x->past, &w)) {
		const struct frame *f;

		if (past_frame(l->x->past, w.n, fields, &f) < 0) {
			l->x->unreadable++;
			continue;
		}
		r = add_frame(l, f);
		frame_unref(f);
		if (r == 0 && export_step(l->x, h, l->x->rows) < 0)
			return err_set(e, -EINTR, "interrupted");
	}
	return r < 0 ? err_set(e, r, "%.150s: %s", where, strerror(-r)) : 0;
}

static int
finish(struct lines *l, struct outfile *file, struct err *e)
{
	int r = 0;

	if (l->x->o->output == OUTPUT_OPENMETRICS) {
		r = spool_write(&l->spool, l->fd);
		openmetrics_end(&l->out);
	}
	if (r == 0)
		r = put(l, 0);
	if (r == 0 && l->x->o->out) {
		l->x->bytes = (uint64_t)lseek(l->fd, 0, SEEK_CUR);
		r = outfile_end(file);
		l->x->files++;
	}
	return r < 0 ? err_set(e, r, "%.150s: %s", l->x->o->out ? l->x->o->out : "standard output",
			       strerror(-r)) : 0;
}

int
export_lines(struct export *x, struct err *e)
{
	struct outfile file = {.dir = -1, .fd = -1};
	struct lines l = {.x = x, .fd = STDOUT_FILENO};
	struct field_set fields[TABLE_COUNT] = {0};
	const char *name;
	int r = 0, dir = AT_FDCWD;

	if (x->o->out) {
		r = outfile_find(x->o->out, x->o->force, &dir, &name, e);
		if (r == 0 && (r = outfile_begin(&file, dir, name, 0600)) < 0)
			err_set(e, r, "%.150s: cannot be written: %s", x->o->out, strerror(-r));
		else if (r < 0 && dir >= 0)
			(void)close(dir);
		l.fd = file.fd;
	}
	spool_init(&l.spool, dir);
	want(x, fields);
	if (x->o->output == OUTPUT_CSV)
		csv_head(&l.out, &(struct sink_select){.table = x->part[0].table,
						       .field = x->part[0].field,
						       .nfields = x->part[0].nfields}, true);
	for (size_t i = 0; i < x->hours.n && r == 0; i++)
		r = write_hour(&l, &x->hours.hour[i], fields, e);
	if (r == 0)
		r = finish(&l, &file, e);
	outfile_drop(&file);
	spool_release(&l.spool);
	buf_release(&l.out);
	free(l.row);
	return r == -EPIPE ? 0 : r; /* nobody reads any more */
}
