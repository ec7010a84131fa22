/* process: what is done to processes: who is meant, signals, nice values. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/num.h"
#include "ui/state.h"

void
process_let_go(struct screen *s)
{
	for (size_t i = 0; i < s->ntargets; i++)
		target_close(&s->target[i]);
	s->ntargets = 0;
}

static int
add_target(struct screen *s, struct row_key key)
{
	const struct table *t = frame_table(s->frame, TABLE_PROC);
	uint32_t row = table_find(t, key);
	uint64_t tgid = key.a, thread = 0;
	int r;

	if (row != ROW_NONE) {
		(void)cell_u64(t, row, PROC_THREAD, &thread);
		(void)cell_u64(t, row, PROC_TGID, &tgid);
	}
	if (thread)
		return -EINVAL;
	GROW(s->target, s->targets_cap, s->ntargets + 1);
	GROW(s->target_name, s->target_names_cap, s->ntargets + 1);
	r = target_open(&s->target[s->ntargets], s->root, (pid_t)key.a, key.b);
	if (r < 0)
		return r;
	snprintf(s->target_name[s->ntargets], sizeof *s->target_name, "%s",
		 row == ROW_NONE ? "?" : cell_str(t, row, PROC_NAME));
	s->ntargets++;
	return 0;
}

/* Takes hold of the tagged processes, or of the selected one. False, and says why, when there are
 * none. From here on it is these very processes, whatever the rows do. */
static bool
take_targets(struct screen *s)
{
	int r = 0;

	process_let_go(s);
	if (!s->root) {
		screen_say(s, STYLE_WARN, "%s", s->no_actions);
		return false;
	}
	if (s->rewind.stand == STAND_PAST) {
		screen_say(s, STYLE_WARN, "the past cannot be changed: ` goes back to live");
		return false;
	}
	for (size_t i = 0; i < s->tagged.n; i++)
		r = add_target(s, s->tagged.key[i]);
	if (!s->tagged.n) {
		if (!s->have_selection) {
			screen_say(s, STYLE_WARN, "select a process first, with the arrow keys");
			return false;
		}
		r = add_target(s, s->selected);
	}
	if (!s->ntargets)
		screen_say(s, STYLE_WARN, "%s",
			   r == -EINVAL  ? "that row is a thread: select its process"
			   : r == -ESRCH ? "that process has ended"
					 : act_explain(r, "CAP_KILL"));
	return s->ntargets > 0;
}

static void
describe_targets(const struct screen *s, char *out, size_t n)
{
	if (s->ntargets == 1)
		snprintf(out, n, "%d %s", (int)s->target[0].pid, s->target_name[0]);
	else
		snprintf(out, n, "%zu processes", s->ntargets);
}

static void
report(struct screen *s, const char *what, size_t done, int error, const char *capability)
{
	if (error == 0)
		screen_say(s, STYLE_GOOD, "%s: done for %zu", what, done);
	else
		screen_say(s, STYLE_BAD, "%s: %zu of %zu; %s", what, done, s->ntargets,
			   error == -ESRCH ? "the process had ended"
					   : act_explain(error, capability));
}

static void
send_signal(struct screen *s, int signo, const char *name)
{
	size_t done = 0;
	int error = 0;

	for (size_t i = 0; i < s->ntargets; i++) {
		int r = act_signal(&s->target[i], s->root, signo, false);

		if (r < 0)
			error = r;
		else
			done++;
	}
	report(s, name, done, error, "CAP_KILL");
	process_let_go(s);
	s->wishes.sample = true;
}

static void
set_nice(struct screen *s, int nice)
{
	size_t done = 0;
	int error = 0;
	char what[24];

	for (size_t i = 0; i < s->ntargets; i++) {
		int r = act_nice(&s->target[i], s->root, nice);

		if (r < 0)
			error = r;
		else
			done++;
	}
	snprintf(what, sizeof what, "nice %d", nice);
	report(s, what, done, error, "CAP_SYS_NICE");
	process_let_go(s);
	s->wishes.sample = true;
}

void
process_renice_by(struct screen *s, int step)
{
	const struct table *t = frame_table(s->frame, TABLE_PROC);
	uint32_t row;

	if (!take_targets(s))
		return;
	row = table_find(t, (struct row_key){(uint64_t)s->target[0].pid, s->target[0].start_ticks});
	if (row == ROW_NONE || !cell_valid(t, row, PROC_NICE)) {
		process_let_go(s);
		return;
	}
	set_nice(s, CLAMP((int)t->col[PROC_NICE][row].i + step, -20, 19));
}

bool
process_ask_nice(struct screen *s)
{
	return take_targets(s);
}

bool
process_accept_nice(struct screen *s)
{
	struct span t = span_of(s->line.text, s->line.len);
	int64_t nice;

	if (num_i64(&t, &nice) < 0 || !span_empty(t) || nice < -20 || nice > 19) {
		err_set(&s->line_error, -1, "expected a whole number from -20 to 19");
		return false;
	}
	set_nice(s, (int)nice);
	return true;
}

bool
process_signals(struct screen *s)
{
	struct signal_name list[80];
	char who[48];
	int n;

	if (!take_targets(s))
		return false;
	n = signal_list(list, ARRAY_LEN(list));
	for (int i = 0; i < n; i++) {
		char text[40];

		snprintf(text, sizeof text, "%2d %s", list[i].signo, list[i].name);
		if (list[i].signo == 15)
			s->menu.at = s->menu.n;
		menu_add(&s->menu, text, ' ', list[i].signo);
	}
	describe_targets(s, who, sizeof who);
	snprintf(s->menu.title, sizeof s->menu.title, "send to %s", who);
	return true;
}

void
process_signal_chosen(struct screen *s, const struct menu_item *it)
{
	send_signal(s, it->value, it->text + 3);
}
