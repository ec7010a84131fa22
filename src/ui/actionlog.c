#include "ui/actionlog.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "act/act.h"
#include "base/clock.h"
#include "base/mem.h"
#include "draw/text.h"

void
actionlog_release(struct actionlog *l)
{
	free(l->done);
	*l = (struct actionlog){0};
}

void
actionlog_add(struct actionlog *l, int64_t wall_ns, const char *what, const char *who, int error,
	      const char *capability)
{
	struct action_done *d;

	if (!l->done)
		l->done = xcalloc(ACTIONLOG_MAX, sizeof *l->done);
	d = &l->done[l->n++ % ACTIONLOG_MAX];
	*d = (struct action_done){.wall_ns = wall_ns, .error = error, .capability = capability};
	snprintf(d->what, sizeof d->what, "%s", what);
	snprintf(d->who, sizeof d->who, "%s", who);
}

static void
draw_one(const struct action_done *d, struct grid *g, struct rect r, bool utc)
{
	time_t wall = (time_t)(d->wall_ns / NS_PER_S);
	struct tm tm = {0};
	int x = r.x;

	(void)(utc ? gmtime_r(&wall, &tm) : localtime_r(&wall, &tm));
	x += text_printf(g, x, r.y, r.w, STYLE_DIM, "%02d:%02d:%02d  ", tm.tm_hour, tm.tm_min,
			 tm.tm_sec);
	text_puts(g, x, r.y, 24, STYLE_TEXT, d->what);
	x += 25;
	text_puts(g, x, r.y, MIN(20, r.x + r.w - x), STYLE_TEXT, d->who);
	x += 21;
	if (!d->error)
		text_puts(g, x, r.y, r.x + r.w - x, STYLE_DIM, "done");
	else
		text_printf(g, x, r.y, r.x + r.w - x, STYLE_BAD, "%s: %s",
			    strerrorname_np(-d->error) ? strerrorname_np(-d->error) : "?",
			    act_explain(d->error, d->capability));
}

void
actionlog_draw(const struct actionlog *l, struct grid *g, struct rect r, size_t *top, bool utc)
{
	size_t kept = MIN(l->n, (size_t)ACTIONLOG_MAX), page = (size_t)MAX(r.h, 0);

	*top = MIN(*top, kept - MIN(kept, page));
	if (!kept)
		text_puts(g, r.x, r.y, r.w, STYLE_DIM, "nothing was done yet");
	for (size_t i = 0; i < page && *top + i < kept; i++)
		draw_one(&l->done[(l->n - 1 - *top - i) % ACTIONLOG_MAX], g,
			 (struct rect){r.x, r.y + (int)i, r.w, 1}, utc);
}
