/* cut: a window of a recording into one file, to be kept or given away. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "app/outfile.h"
#include "app/recordings.h"
#include "base/fd.h"
#include "base/mem.h"
#include "schema/format.h"
#include "store/recording.h"
#include "store/thin.h"

struct cut {
	const struct options *o;
	struct recording *recording;
	uint64_t first, end, read;
	struct head head; /* of the first moment: boot and clocks */
	struct piece piece;
	struct thin thin;
	int dir;
	const char *name; /* in there */
	char temporary[64];
};

static int
begin(struct cut *c, struct err *e)
{
	const struct head *h = recording_head(c->recording, c->first);
	struct moment m;
	int r;

	if (!h || !past_moment(recording_past(c->recording), c->first, &m))
		return err_set(e, -ENOENT, "the recording has lost its beginning meanwhile");
	c->head = *h;
	c->head.wall_ns = m.wall_ns;
	c->head.mono_ns = m.mono_ns;
	c->head.host = thin_host(&c->thin, h->host);
	c->head.release = xstrdup(h->release);
	c->head.version = xstrdup(h->version);
	c->head.until = NULL;
	c->head.layout = layout_own();
	snprintf(c->temporary, sizeof c->temporary, ".sonde-cut-%ld", (long)getpid());
	r = piece_begin(&c->piece, c->dir, c->temporary, &c->head);
	return r < 0 ? err_set(e, r, "%.150s: cannot be written: %s", c->o->out, strerror(-r)) : 0;
}

/* One file is of one boot: its clocks are said once. */
static int
check_boot(struct cut *c, uint64_t n, const struct moment *m, struct err *e)
{
	const struct head *h = recording_head(c->recording, n);
	char when[FORMAT_MAX];

	if (!h || (head_same_boot(h, &c->head) && h->clk_tck == c->head.clk_tck &&
		   h->page_size == c->head.page_size))
		return 0;
	format_moment(when, m->wall_ns, 0, 19, c->head.fixture);
	return err_set(e, -EINVAL,
		       "the machine booted before %s: expected a window of one boot; cut with --to "
		       "and --from that time",
		       when);
}

static bool
is_interrupted(const sigset_t *signals)
{
	return sigtimedwait(signals, NULL, &(struct timespec){0}) > 0;
}

static int
copy(struct cut *c, struct err *e)
{
	struct past *p = recording_past(c->recording);
	struct field_set want[TABLE_COUNT] = {0};
	sigset_t signals;
	int r = 0;

	/* What is half written goes when somebody ends us. */
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	(void)sigprocmask(SIG_BLOCK, &signals, NULL);
	(void)signal(SIGXFSZ, SIG_IGN);
	r = begin(c, e);
	if (r < 0)
		return r;
	thin_want(want);
	for (uint64_t n = c->first; n < c->end; n++) {
		const struct frame *f;
		struct moment m;

		if (is_interrupted(&signals))
			return err_set(e, -EINTR, "%.150s: interrupted: nothing was written",
				       c->o->out);
		if (!past_moment(p, n, &m))
			continue;
		r = check_boot(c, n, &m, e);
		if (r < 0)
			return r;
		if (past_frame(p, n, want, &f) < 0)
			continue; /* damaged: what can be read is kept */
		r = thin_add(&c->thin, f, &m);
		frame_unref(f);
		if (r < 0)
			break;
		c->read++;
	}
	if (r == 0 && !c->read)
		return err_set(e, -EBADMSG,
			       "the recording is damaged there: none of %llu moments can be read",
			       (unsigned long long)(c->end - c->first));
	if (r == 0)
		r = thin_end(&c->thin);
	if (r == 0)
		r = piece_end(&c->piece, c->name, c->o->force, NULL);
	return r < 0 ? err_set(e, r, "%.150s: %s", c->o->out, strerror(-r)) : 0;
}

/* "window.sonde: 300 of 3600 moments, 1.2M" */
static int
say(const struct cut *c)
{
	uint64_t lost = c->end - c->first - c->read;
	char size[FORMAT_MAX];
	struct buf out = {0};
	int r;

	format_bytes(size, (double)c->piece.size, 8);
	buf_printf(&out, "%s: %zu of %llu moments, %s\n", c->o->out, c->piece.n,
		   (unsigned long long)(c->end - c->first), size);
	r = app_written(app_write(&out));
	if (lost)
		fprintf(stderr, "sonde: %llu moments could not be read\n",
			(unsigned long long)lost);
	buf_release(&out);
	return r;
}

int
cmd_cut(const struct options *o)
{
	struct cut c = {.o = o, .dir = -1, .piece = {.fd = -1}};
	struct err e;
	int status, r = 0;

	thin_init(&c.thin, &c.piece, o->every_ns, o->strip);
	if (!o->out)
		r = err_set(&e, -EINVAL, "cut: expected --output FILE");
	if (r == 0)
		r = outfile_find(o->out, o->force, &c.dir, &c.name, &e);
	if (r == 0)
		r = recordings_open_itself(o->operand[0], &c.recording, &e);
	if (r == 0)
		r = recordings_window(recording_past(c.recording), o->from, o->to, &c.first, &c.end,
				      &e);
	if (r == 0)
		r = copy(&c, &e);
	status = r < 0 ? app_fail(r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE, &e) : say(&c);
	if (c.recording)
		past_free(recording_past(c.recording));
	piece_drop(&c.piece);
	thin_release(&c.thin);
	head_release(&c.head);
	if (c.dir >= 0)
		(void)close(c.dir);
	return status;
}
