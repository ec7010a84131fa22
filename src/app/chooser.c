#include "app/chooser.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "app/app.h"
#include "base/fd.h"

/* The descriptor that was, or -1 when it is a terminal already. */
static int
replace(int fd, int tty)
{
	int was;

	if (isatty(fd))
		return -1;
	was = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
	(void)dup2(tty, fd);
	return was;
}

int
chooser_begin(struct chooser *c, struct err *e)
{
	cleanup_fd int tty = -1;

	c->in = c->out = -1;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		return 0;
	tty = open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (tty < 0)
		return err_set(e, -errno, "--pick: /dev/tty: %s", strerror(errno));
	c->in = replace(STDIN_FILENO, tty);
	c->out = replace(STDOUT_FILENO, tty);
	return 0;
}

static void
put_back(int *was, int fd)
{
	if (*was < 0)
		return;
	(void)dup2(*was, fd);
	(void)close(*was);
	*was = -1;
}

void
chooser_end(struct chooser *c)
{
	put_back(&c->in, STDIN_FILENO);
	put_back(&c->out, STDOUT_FILENO);
}

int
chooser_print(const struct chooser *c)
{
	return c->picked.len ? app_written(app_write(&c->picked)) : EXIT_FAILURE;
}
