/* cmd_cost: what the live monitor costs here: it is run for some ticks on a terminal nobody looks
 * at, and asked what each of its phases took. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "app/app.h"
#include "app/live.h"
#include "base/clock.h"
#include "base/fd.h"
#include "sink/columns.h"
#include "ui/loop.h"

enum { TICKS = 10, COLUMNS = 160, ROWS = 50 };

/* Both ends of a new pseudo-terminal. 0 or -errno. */
static int
open_terminal(int *ret_master, int *ret_slave)
{
	struct winsize size = {.ws_row = ROWS, .ws_col = COLUMNS};
	char name[64];
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;

	if (master < 0)
		return -errno;
	if (grantpt(master) < 0 || unlockpt(master) < 0 ||
	    ptsname_r(master, name, sizeof name) != 0 ||
	    (slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) {
		int r = -errno;

		(void)close(master);
		return r;
	}
	(void)ioctl(slave, TIOCSWINSZ, &size);
	*ret_master = master;
	*ret_slave = slave;
	return 0;
}

static int
child(const struct options *o, int slave, int result)
{
	struct costs c = {0};
	int status;

	(void)setsid();
	(void)ioctl(slave, TIOCSCTTY, 0);
	(void)dup2(slave, STDIN_FILENO);
	(void)dup2(slave, STDOUT_FILENO);
	(void)setenv("TERM", "xterm-256color", 1);
	status = live_run(o, (o->counted ? o->count : TICKS) + LOOP_WARM, &c);
	return fd_write_all(result, &c, sizeof c) < 0 ? EXIT_FAILURE : status;
}

/* Plays the terminal until the program has gone. */
static void
watch(int master)
{
	struct pollfd p = {.fd = master, .events = POLLIN};
	char bytes[4096];

	while (poll(&p, 1, -1) >= 0 || errno == EINTR)
		if (p.revents && read(master, bytes, sizeof bytes) <= 0 && errno != EINTR)
			return;
}

static void
put_text(struct buf *b, const struct costs *c, uint64_t rss)
{
	struct columns t = {0};
	double ms = (double)c->ticks * (double)NS_PER_MS;
	int64_t rest = c->cpu_ns;
	char text[32];

	columns_add(&t, "PHASE", true);
	columns_add(&t, "CPU ms", false);
	columns_add(&t, "SHARE", false);
	for (int i = 0; i <= COSTS; i++) {
		int64_t ns = i < COSTS ? c->ns[i] : rest;

		rest -= ns;
		columns_cell(&t, i < COSTS ? cost_name((enum cost)i) : "rest");
		snprintf(text, sizeof text, "%.3f", (double)ns / ms);
		columns_cell(&t, text);
		snprintf(text, sizeof text, "%.0f%%", 100 * (double)ns / (double)c->cpu_ns);
		columns_cell(&t, text);
	}
	columns_put(&t, b, 0);
	columns_release(&t);
	buf_printf(b,
		   "\nEach of %llu ticks of %.2f s at %dx%d: CPU %.3f ms (%.2f%% of one), "
		   "%.0f bytes written. Resident: %.1f MiB.\n",
		   (unsigned long long)c->ticks, (double)c->mono_ns / ms / 1000, COLUMNS, ROWS,
		   (double)c->cpu_ns / ms, 100.0 * (double)c->cpu_ns / (double)c->mono_ns,
		   (double)c->bytes / (double)c->ticks, (double)rss / (1 << 20));
}

static void
put_json(struct buf *b, const struct costs *c, uint64_t rss)
{
	buf_printf(b,
		   "{\"ticks\":%llu,\"columns\":%d,\"rows\":%d,\"elapsed_ns\":%lld,"
		   "\"cpu_ns\":%lld",
		   (unsigned long long)c->ticks, COLUMNS, ROWS, (long long)c->mono_ns,
		   (long long)c->cpu_ns);
	for (int i = 0; i < COSTS; i++)
		buf_printf(b, ",\"%s_ns\":%lld", cost_name((enum cost)i), (long long)c->ns[i]);
	buf_printf(b, ",\"written_bytes\":%llu,\"resident_bytes\":%llu}\n",
		   (unsigned long long)c->bytes, (unsigned long long)rss);
}

int
cmd_cost(const struct options *o)
{
	int master = -1, slave = -1, result[2], status, r = open_terminal(&master, &slave);
	struct costs c = {0};
	struct rusage use = {0};
	struct buf b = {0};
	struct err e;
	uint64_t rss;
	pid_t pid;

	if (r == 0 && pipe2(result, O_CLOEXEC) < 0)
		r = -errno;
	pid = r == 0 ? fork() : -1;
	if (pid < 0) {
		err_set(&e, r ? r : -errno, "--cost needs a pseudo-terminal and a process: %s",
			strerror(r ? -r : errno));
		return app_fail(EXIT_FAILURE, &e);
	}
	if (pid == 0)
		_exit(child(o, slave, result[1]));
	(void)close(slave);
	(void)close(result[1]);
	watch(master);
	while (wait4(pid, &status, 0, &use) < 0 && errno == EINTR)
		;
	if (!WIFEXITED(status) || WEXITSTATUS(status) != EXIT_SUCCESS)
		return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
	if (read(result[0], &c, sizeof c) != (ssize_t)sizeof c || !c.ticks || !c.cpu_ns) {
		err_set(&e, -ENODATA, "--cost: no ticks were measured; -n says how many");
		return app_fail(EXIT_USAGE, &e);
	}
	rss = (uint64_t)use.ru_maxrss * 1024;
	if (o->output == OUTPUT_JSON)
		put_json(&b, &c, rss);
	else
		put_text(&b, &c, rss);
	r = app_written(app_write(&b));
	buf_release(&b);
	return r;
}
