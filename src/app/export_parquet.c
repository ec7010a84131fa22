/* export_parquet: DIR/TABLE/host=HOST/date=YYYY-MM-DD/HH.parquet. A file that is there is left as
 * it is when it has at least the moments that it would get and the same columns: what was thinned
 * in the recording since stays fine in the export, and the hour that goes on is written again. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "app/export.h"
#include "app/outfile.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "frame/derive.h"
#include "parquet/parquet.h"

static const char MOMENTS[] = "sonde.moments", COLUMNS[] = "sonde.columns", HOST[] = "sonde.host";

/* A table. */
struct target {
	const struct export_part *part;
	struct parquet *parquet;
	struct outfile file;
	struct buf columns; /* its names, for the note */
	bool wanted;        /* of this hour */
};

struct run {
	struct export *x;
	int dir;
	struct target target[TABLE_COUNT];
	char file[sizeof "00.parquet"];
	struct buf path, moments, note;
};

/* What goes wrong is said of a path below the directory. */
static int
fail(struct run *r, const struct target *t, int code, struct err *e)
{
	return err_set(e, code, "%.60s/%s/%.100s/%s: %s", r->x->o->dir, schema[t->part->table].name,
		       r->path.data ? r->path.data : "", r->file, strerror(-code));
}

static int
open_hour(struct run *r, const struct target *t, const struct hour *h)
{
	time_t at = (time_t)(h->number * 3600);
	char date[sizeof "date=0000-00-00"];
	const char *names[3] = {schema[t->part->table].name, NULL, date};
	int dir = r->dir;
	struct tm tm;

	if (!gmtime_r(&at, &tm) || tm.tm_year < 0 || tm.tm_year > 8099)
		return -EOVERFLOW;
	(void)strftime(date, sizeof date, "date=%Y-%m-%d", &tm);
	snprintf(r->file, sizeof r->file, "%02u.parquet", (unsigned)tm.tm_hour % 24);
	buf_clear(&r->path);
	outdir_name(&r->path, "host", h->host);
	names[1] = r->path.data;
	for (unsigned i = 0; i < ARRAY_LEN(names); i++) {
		int below = outdir_below(dir, names[i]);

		if (dir != r->dir)
			(void)close(dir);
		if (below < 0)
			return below;
		dir = below;
	}
	buf_printf(&r->path, "/%s", date);
	return dir;
}

/* Is it there, of these columns and at least these moments? -EEXIST: something else is. */
static int
is_there(struct run *r, const struct target *t, const struct hour *h, int dir)
{
	cleanup_fd int fd = openat(dir, r->file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	uint64_t count;
	int64_t first, last;
	struct span s;
	int k;

	if (fd < 0)
		return errno == ENOENT ? 0 : -EEXIST;
	k = parquet_read_note(fd, MOMENTS, &r->note);
	if (k < 0)
		return -EEXIST;
	s = span_of(r->note.data, r->note.len);
	if (num_u64(&s, &count) < 0 || num_i64(&s, &first) < 0 || num_i64(&s, &last) < 0)
		return -EEXIST;
	if (count < h->moments || first > h->first_ns || last < h->last_ns)
		return 0;
	k = parquet_read_note(fd, COLUMNS, &r->note);
	return k == 0 && strcmp(r->note.data, t->columns.data) == 0;
}

/* 1 when it has to be written, 0 when it is there. */
static int
begin(struct run *r, struct target *t, const struct hour *h, struct err *e)
{
	int dir = open_hour(r, t, h), k;

	t->wanted = false;
	if (dir < 0)
		return fail(r, t, dir, e);
	k = r->x->o->force ? 0 : is_there(r, t, h, dir);
	if (k) {
		(void)close(dir);
		if (k == -EEXIST)
			return err_set(e, -EEXIST,
				       "%.60s/%s/%.80s/%s: is there and not from sonde: expected "
				       "another --dir, or --force",
				       r->x->o->dir, schema[t->part->table].name, r->path.data,
				       r->file);
		r->x->kept++;
		return 0;
	}
	k = outfile_begin(&t->file, dir, r->file, outfile_mode(dir));
	if (k == 0)
		k = parquet_begin(t->parquet, t->file.fd);
	if (k < 0)
		return fail(r, t, k, e);
	t->wanted = true;
	return 1;
}

static int
end(struct run *r, struct target *t, const struct hour *h, struct err *e)
{
	struct parquet_note notes[] = {
		{MOMENTS, NULL}, {COLUMNS, t->columns.data}, {HOST, h->host}};
	int k;

	buf_clear(&r->moments);
	buf_printf(&r->moments, "%" PRIu64 " %" PRId64 " %" PRId64, h->moments, h->first_ns,
		   h->last_ns);
	notes[0].text = r->moments.data;
	k = parquet_end(t->parquet, notes, ARRAY_LEN(notes));
	if (k == 0)
		k = outfile_end(&t->file);
	if (k < 0)
		return fail(r, t, k, e);
	outfile_drop(&t->file);
	r->x->files++;
	r->x->rows += parquet_rows(t->parquet);
	r->x->bytes += parquet_bytes(t->parquet);
	return 0;
}

static int
write_frames(struct run *r, const struct hour *h, const struct field_set want[TABLE_COUNT],
	     struct err *e)
{
	struct export *x = r->x;
	struct hour_walk w = {0};

	while (hours_walk(&x->hours, h, x->past, &w)) {
		const struct frame *f;
		uint64_t rows = x->rows;
		int k = 0;

		if (past_frame(x->past, w.n, want, &f) < 0) {
			x->unreadable++;
			continue;
		}
		for (unsigned i = 0; i < x->nparts && k == 0; i++) {
			struct target *t = &r->target[i];

			if (!t->wanted)
				continue;
			k = parquet_add(t->parquet, f);
			if (k < 0)
				k = fail(r, t, k, e);
			rows += parquet_rows(t->parquet);
		}
		frame_unref(f);
		if (k == 0 && export_step(x, h, rows) < 0)
			k = err_set(e, -EINTR, "interrupted: %u files are complete, what was begun "
					       "is not kept", x->files);
		if (k < 0)
			return k;
	}
	return 0;
}

static int
write_hour(struct run *r, const struct hour *h, struct err *e)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct export *x = r->x;
	bool any = false;
	int k = 0;

	for (unsigned i = 0; i < x->nparts && k >= 0; i++) {
		const struct export_part *p = x->part + i;

		k = begin(r, &r->target[i], h, e);
		for (unsigned f = 0; f < p->nfields && k > 0; f++)
			field_set_add(&want[p->table], p->field[f]);
		any |= k > 0;
	}
	if (k < 0)
		return k;
	if (!any) {
		x->done += h->moments;
		return 0;
	}
	field_sets_close(want);
	k = write_frames(r, h, want, e);
	for (unsigned i = 0; i < x->nparts && k >= 0; i++)
		if (r->target[i].wanted)
			k = end(r, &r->target[i], h, e);
	return k;
}

int
export_parquet(struct export *x, struct err *e)
{
	struct run r = {.x = x, .dir = outdir_open(x->o->dir, e)};
	int k = MIN(r.dir, 0);

	for (unsigned i = 0; i < x->nparts; i++) {
		const struct export_part *p = &x->part[i];
		struct target *t = &r.target[i];

		*t = (struct target){.part = p, .file = {.dir = -1, .fd = -1}};
		t->parquet = parquet_new(p->table, p->field, p->nfields, 0);
		for (unsigned f = 0; f < p->nfields; f++)
			buf_printf(&t->columns, "%s%s", f ? "," : "",
				   schema[p->table].field[p->field[f]].name);
	}
	for (size_t i = 0; i < x->hours.n && k == 0; i++)
		k = write_hour(&r, &x->hours.hour[i], e);
	for (unsigned i = 0; i < x->nparts; i++) {
		outfile_drop(&r.target[i].file);
		parquet_free(r.target[i].parquet);
		buf_release(&r.target[i].columns);
	}
	if (r.dir >= 0)
		(void)close(r.dir);
	buf_release(&r.path);
	buf_release(&r.moments);
	buf_release(&r.note);
	return k;
}
