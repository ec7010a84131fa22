/* tty: everything that a handler of a fatal signal needs is in one static struct, and is ready
 * before the terminal is touched. */
#include "ui/tty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"

static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};

static struct {
	volatile sig_atomic_t taken;
	bool at_exit, catching;
	pid_t pid; /* a forked child leaves the terminal alone */
	size_t leave_len;
	char leave[256];
	struct termios saved;
	struct sigaction old[ARRAY_LEN(fatal)];
	int out; /* standard output, or the same terminal opened for us alone, which never blocks */
	struct buf queue; /* what the terminal did not take yet, from queue_at */
	size_t queue_at;
} tty = {.out = STDOUT_FILENO};

int
tty_remember(void)
{
	/* O_NONBLOCK on our own standard output would be the shell's, too. After su this may be
	 * forbidden: then writing waits for the terminal. */
	if (tty.out == STDOUT_FILENO) {
		int fd = open("/dev/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);

		tty.out = fd < 0 ? STDOUT_FILENO : fd;
	}
	return tcgetattr(STDIN_FILENO, &tty.saved) < 0 ? -errno : 0;
}

void
tty_set_leave(const char *bytes)
{
	tty.leave_len = MIN(strlen(bytes), sizeof tty.leave);
	memcpy(tty.leave, bytes, tty.leave_len);
}

bool
tty_taken(void)
{
	return tty.taken;
}

void
tty_give_back(void)
{
	int saved_errno = errno;

	if (!tty.taken || tty.pid != getpid())
		return;
	tty.taken = 0;
	tty.queue.len = tty.queue_at = 0;
	for (size_t at = 0; at < tty.leave_len;) {
		ssize_t n = write(tty.out, tty.leave + at, tty.leave_len - at);
		if (n > 0) {
			at += (size_t)n;
		} else if (n < 0 && errno == EAGAIN) {
			struct pollfd p = {.fd = tty.out, .events = POLLOUT};
			if (poll(&p, 1, 2000) != 1)
				break;
		} else if (!(n < 0 && errno == EINTR)) {
			break;
		}
	}
	/* What was typed or clicked meanwhile was meant for us, not for the shell. Not TCSAFLUSH:
	 * it would wait for a terminal that takes nothing any more. */
	(void)tcflush(STDIN_FILENO, TCIFLUSH);
	(void)tcsetattr(STDIN_FILENO, TCSANOW, &tty.saved);
	errno = saved_errno;
}

static void
on_fatal(int sig)
{
	tty_give_back();
	(void)raise(sig); /* SA_RESETHAND: with the default action, as soon as we return */
}

static void
catch_fatal(void)
{
	/* A stack of its own: the overflow of a stack is fatal, too. */
	static char stack[16384];
	stack_t alt = {.ss_sp = stack, .ss_size = sizeof stack};
	struct sigaction sa = {.sa_handler = on_fatal, .sa_flags = (int)SA_RESETHAND | SA_ONSTACK};

	if (tty.catching)
		return;
	(void)sigaltstack(&alt, NULL);
	sigfillset(&sa.sa_mask);
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		(void)sigaction(fatal[i], &sa, &tty.old[i]);
	tty.catching = true;
}

int
tty_take(void)
{
	struct termios raw = tty.saved;

	raw.c_iflag &= ~(tcflag_t)(BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
	raw.c_oflag &= ~(tcflag_t)OPOST;
	raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
	raw.c_cc[VMIN] = 1;
	raw.c_cc[VTIME] = 0;
	tty.pid = getpid();
	tty.taken = 1;
	if (!tty.at_exit)
		tty.at_exit = atexit(tty_give_back) == 0;
	catch_fatal();
	return tcsetattr(STDIN_FILENO, TCSANOW, &raw) < 0 ? -errno : 0;
}

void
tty_release(void)
{
	tty_give_back();
	buf_release(&tty.queue);
	if (tty.out != STDOUT_FILENO)
		(void)close(tty.out);
	tty.out = STDOUT_FILENO;
	if (!tty.catching)
		return;
	for (size_t i = 0; i < ARRAY_LEN(fatal); i++)
		(void)sigaction(fatal[i], &tty.old[i], NULL);
	tty.catching = false;
}

/* How much of it the terminal takes now; -EIO when it has gone. */
static ssize_t
send_some(const char *p, size_t n)
{
	size_t at = 0;

	while (at < n) {
		ssize_t k = write(tty.out, p + at, n - at);

		if (k > 0)
			at += (size_t)k;
		else if (k < 0 && errno == EAGAIN)
			break;
		else if (!(k < 0 && errno == EINTR))
			return -EIO;
	}
	return (ssize_t)at;
}

int
tty_write(const char *p, size_t n)
{
	ssize_t k = tty_waits() ? 0 : send_some(p, n);

	if (k < 0)
		return (int)k;
	if ((size_t)k < n)
		buf_put(&tty.queue, p + k, n - (size_t)k);
	return 0;
}

int
tty_flush(void)
{
	ssize_t k = send_some(tty.queue.data + tty.queue_at, tty.queue.len - tty.queue_at);

	if (k < 0)
		return (int)k;
	tty.queue_at += (size_t)k;
	if (tty.queue_at == tty.queue.len) {
		buf_clear(&tty.queue);
		tty.queue_at = 0;
	}
	return 0;
}

bool
tty_waits(void)
{
	return tty.queue.len > 0;
}

int
tty_out(void)
{
	return tty.out;
}

void
tty_size(int *ret_w, int *ret_h)
{
	struct winsize ws = {0};

	(void)ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws);
	*ret_w = ws.ws_col;
	*ret_h = ws.ws_row;
}
