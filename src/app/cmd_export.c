/* export: what was recorded in the formats of other programs. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/export.h"
#include "app/recordings.h"
#include "base/clock.h"
#include "base/mem.h"
#include "schema/format.h"

static const int64_t SAY_NS = NS_PER_S / 5;

/* As once does it for lines of text. Rates of processes are most of the bytes, and follow from the
 * counters beside them; those of other tables are few. */
static bool
is_left_out(const struct options *o, enum table_id t, const struct field *f)
{
	if (o->output != OUTPUT_PARQUET)
		return !app_is_usual(f, o->output);
	return t == TABLE_PROC && f->kind == KIND_RATE && !o->rates;
}

static void
choose(struct export *x)
{
	const struct options *o = x->o;

	for (unsigned i = 0; i < o->ntables; i++) {
		struct export_part *p = &x->part[x->nparts++];
		const struct schema *s = &schema[o->table[i]];

		p->table = o->table[i];
		if (o->ncolumns) {
			memcpy(p->field, o->column, o->ncolumns);
			p->nfields = o->ncolumns;
			continue;
		}
		for (unsigned k = 0; k < s->nfields; k++)
			if (!is_left_out(o, p->table, &s->field[k]))
				p->field[p->nfields++] = (uint8_t)k;
	}
}

void
export_wipe(struct export *x)
{
	if (x->terminal && x->said_ns)
		(void)fputs("\r\033[K", stderr);
}

/* "2026-11-21 14:00 [#########-----------]  45 %, 1.2M rows/s" */
static void
put_bar(struct export *x, const struct hour *h, uint64_t rows, int64_t now)
{
	enum { BAR = 24 };
	double part = x->hours.moments ? (double)x->done / (double)x->hours.moments : 1;
	char hour[FORMAT_MAX], speed[FORMAT_MAX], bar[BAR + 1];

	for (int i = 0; i < BAR; i++)
		bar[i] = i < part * BAR ? '#' : '-';
	bar[BAR] = '\0';
	format_moment(hour, h->number * 3600 * NS_PER_S, 0, 19, true);
	hour[MIN(strlen(hour), sizeof "2026-11-21 14:00" - 1)] = '\0';
	format_count(speed, (double)rows / ((double)(now - x->begun_ns) / NS_PER_S), 6);
	fprintf(stderr, "\r\033[K%s [%s] %3d %%, %s rows/s", hour, bar, (int)(part * 100), speed);
	(void)fflush(stderr);
}

int
export_step(struct export *x, const struct hour *h, uint64_t rows)
{
	int64_t now;

	if (sigtimedwait(&x->signals, NULL, &(struct timespec){0}) > 0)
		return -EINTR;
	x->done++;
	if (!x->terminal)
		return 0;
	now = clock_mono_ns();
	if (x->said_ns && now - x->said_ns < SAY_NS)
		return 0;
	x->said_ns = now;
	put_bar(x, h, rows, now);
	return 0;
}

/* "parquet: 12 files, 1843200 rows, 6.9M: 3.9 bytes a row; 30 files were there" */
static int
say(const struct export *x)
{
	struct buf b = {0};
	char size[FORMAT_MAX];
	int r;

	format_bytes(size, (double)x->bytes, 8);
	if (!x->o->dir && !x->o->out)
		return EXIT_SUCCESS; /* that is where the rows went */
	buf_printf(&b, "%s: %u file%s, %llu rows, %s", x->o->dir ? x->o->dir : x->o->out,
		   x->files, x->files == 1 ? "" : "s", (unsigned long long)x->rows, size);
	if (x->kept)
		buf_printf(&b, "; %u %s there already", x->kept, x->kept == 1 ? "was" : "were");
	buf_putc(&b, '\n');
	r = app_written(app_write(&b));
	buf_release(&b);
	return r;
}

int
cmd_export(const struct options *o)
{
	struct export x = {.o = o};
	struct recording *rec = NULL;
	uint64_t first, end;
	char note[160];
	struct err e;
	int status, r;

	sigemptyset(&x.signals);
	sigaddset(&x.signals, SIGINT);
	sigaddset(&x.signals, SIGTERM);
	sigaddset(&x.signals, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &x.signals, NULL);
	(void)signal(SIGXFSZ, SIG_IGN);
	/* Rows on the same terminal would be in the way. */
	x.terminal = isatty(STDERR_FILENO) && (o->dir || o->out || !isatty(STDOUT_FILENO));
	choose(&x);
	r = recordings_open_itself(o->operand[0], &rec, &e);
	if (r == 0) {
		x.past = recording_past(rec);
		r = recordings_window(x.past, o->from, o->to, &first, &end, &e);
	}
	if (r == 0)
		r = hours_find(&x.hours, rec, first, end, o->every_ns, &e);
	x.begun_ns = clock_mono_ns();
	if (r == 0)
		r = o->output == OUTPUT_PARQUET ? export_parquet(&x, &e) : export_lines(&x, &e);
	export_wipe(&x);
	status = r < 0 ? app_fail(r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE, &e) : say(&x);
	if (x.unreadable)
		fprintf(stderr, "sonde: %llu moments could not be read\n",
			(unsigned long long)x.unreadable);
	if (x.past && recordings_damage(x.past, note))
		fprintf(stderr, "sonde: %s\n", note);
	hours_release(&x.hours);
	past_free(x.past);
	return status;
}
