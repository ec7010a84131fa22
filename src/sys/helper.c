#include "sys/helper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <pwd.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "sys/pid.h"
#include "sys/pidlinks.h"

/* How long one is given to end before it counts as left behind. */
static const int64_t END_FIRST_NS = 50 * NS_PER_US, END_LAST_NS = 10 * NS_PER_MS;
/* Of a thread, which uses little: smaller than a huge page, or it might be given one. */
static const size_t STACK_BYTES = 256 << 10;

struct helper { /* all of it is in shared memory */
	bool thread;
	_Atomic pid_t id; /* of the thread or process; 0: it does not run, -1: it will */
	int sock;
	/* A thread's own, for it may outlive who started it; it closes them. */
	int its_sock;
	struct root root;    /* has ROOT_PROC only */
	_Atomic bool left;   /* by us: the thread is to end */
	_Atomic bool parted; /* the thread or we need this no more: the other one frees it */
	struct round round;
};

static int
run_user(uid_t uid, char *to, uint32_t max, uint32_t *ret_len)
{
	const struct passwd *pw = getpwuid(uid);

	if (!pw)
		return -ENOENT;
	*ret_len = (uint32_t)strnlen(pw->pw_name, max);
	memcpy(to, pw->pw_name, *ret_len);
	return 0;
}

static int
run_one(const struct round *rd, uint32_t i, const struct root *root, int flags, char *to,
	uint32_t *ret_len)
{
	const struct round_request *rq = &rd->request[i];
	const char *name = rd->names + rq->name;
	struct statvfs vfs;
	ssize_t n;

	*ret_len = 0;
	if (rq->kind == ERRAND_FILE) {
		cleanup_fd int fd = pid_open_flags(root, rq->id, 0, name, flags);

		if (fd < 0)
			return fd;
		n = pid_read_into(fd, to, rq->max);
		*ret_len = n < 0 ? 0 : (uint32_t)n;
		return n < 0 ? (int)n : 0;
	}
	if (rq->kind == ERRAND_DETAIL) {
		n = pid_detail_read(root, rq->id, name, flags, to, rq->max);
		*ret_len = n < 0 ? 0 : (uint32_t)n;
		return n < 0 ? (int)n : 0;
	}
	if (rq->kind == ERRAND_USER)
		return run_user(rq->id, to, rq->max, ret_len);
	if (statvfs(name, &vfs) < 0)
		return -errno;
	memcpy(to, &vfs, sizeof vfs);
	*ret_len = sizeof vfs;
	return 0;
}

void
round_run(struct round *rd, const struct root *root, bool may_block, _Atomic bool *left)
{
	int flags = may_block ? O_RDONLY : O_RDONLY | O_NONBLOCK;
	uint32_t at = 0;

	for (uint32_t i = 0; i < rd->n && rd->request[i].max <= ROUND_TEXT - at; i++) {
		if (left && atomic_load(left))
			return;

		int64_t began_ns = clock_mono_ns();
		struct round_result *res = &rd->result[i];

		atomic_store_explicit(&rd->began_ns, began_ns, memory_order_relaxed);
		res->at = at;
		res->error = run_one(rd, i, root, flags, rd->text + at, &res->len);
		res->took_ns = clock_mono_ns() - began_ns;
		at += res->len;
		atomic_store_explicit(&rd->done, i + 1, memory_order_release);
	}
}

static void
close_between(int first, int last)
{
#ifdef SYS_close_range
	if (syscall(SYS_close_range, (unsigned)first, (unsigned)last, 0u) == 0)
		return;
#endif
	/* Linux before 5.9. */
	last = (int)MIN((long)last, MAX(sysconf(_SC_OPEN_MAX), 1024) - 1);
	for (int fd = first; fd <= last && fd < 65536; fd++)
		(void)close(fd);
}

/* Whoever reads what we write, or waits for our terminal to be closed, must not wait for a helper
 * that is stuck. */
static void
close_all_but(int sock, const struct root *root)
{
	int from = 0;

	for (;;) {
		int next = sock >= from ? sock : INT32_MAX;

		for (int i = 0; i < ROOT_AREAS; i++)
			if (root->dir[i] >= from && root->dir[i] < next)
				next = root->dir[i];
		if (next > from)
			close_between(from, next == INT32_MAX ? INT32_MAX : next - 1);
		if (next == INT32_MAX)
			return;
		from = next + 1;
	}
}

/* Round by round, until nobody is at the other end. */
static void
serve(struct round *rd, int sock, const struct root *root, _Atomic bool *left)
{
	char c;

	while (read(sock, &c, 1) == 1) {
		int64_t cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);

		round_run(rd, root, true, left);
		rd->cpu_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
		if (send(sock, &c, 1, MSG_NOSIGNAL) != 1)
			break;
	}
}

/* Other threads of ours were not copied, and may have held any lock: from here on system calls
 * only. But for getpwuid(), which allocates and loads modules: fork() of the C library sees to the
 * locks of these, and where it did not, it would be one more that hangs. */
static _Noreturn void
run_process(struct round *rd, int sock, const struct root *root)
{
	(void)prctl(PR_SET_NAME, "sonde-errand");
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	(void)setsid(); /* keys that stop or end us are not for it */
	(void)!chdir("/");
	close_all_but(sock, root);
	serve(rd, sock, root, NULL);
	_exit(0);
}

static void
release(struct helper *h)
{
	(void)munmap(h, sizeof *h);
}

static void *
run_thread(void *arg)
{
	struct helper *h = arg;

	(void)prctl(PR_SET_NAME, "sonde-errand");
	h->id = gettid();
	serve(&h->round, h->its_sock, &h->root, &h->left);
	(void)close(h->root.dir[ROOT_PROC]);
	(void)close(h->its_sock);
	if (atomic_exchange(&h->parted, true))
		release(h);
	return NULL;
}

struct helper *
helper_new(void)
{
	void *p = mmap(NULL, sizeof(struct helper), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

struct round *
helper_round(struct helper *h)
{
	return &h->round;
}

bool
helper_runs(const struct helper *h)
{
	return h->id != 0;
}

bool
helper_is_thread(const struct helper *h)
{
	return h->thread;
}

/* It never allocates: that would cost it an arena of its own. */
static int
start_thread(struct helper *h, const struct root *root, int sock)
{
	pthread_attr_t attr;
	pthread_t thread;
	int r;

	h->root = (struct root){.dir = {-1, -1, -1}};
	h->root.dir[ROOT_PROC] = fcntl(root->dir[ROOT_PROC], F_DUPFD_CLOEXEC, 0);
	if (h->root.dir[ROOT_PROC] < 0)
		return -errno;
	h->its_sock = sock;
	h->id = -1; /* until it says */
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	(void)pthread_attr_setstacksize(&attr, STACK_BYTES); /* too small here: as it is */
	r = -pthread_create(&thread, &attr, run_thread, h);
	pthread_attr_destroy(&attr);
	if (r < 0) {
		h->id = 0;
		(void)close(h->root.dir[ROOT_PROC]);
	}
	return r;
}

/* A child that sends no signal when it ends and that wait() for any child does not give: the
 * program may be another's, who knows nothing of it. What fork() does besides, only getpwuid()
 * needs. */
static pid_t
fork_quietly(void)
{
	return (pid_t)syscall(SYS_clone, 0L, 0L, 0L, 0L, 0L);
}

static int
start_process(struct helper *h, const struct root *root, int sock)
{
	pid_t pid = h->round.request[0].kind == ERRAND_USER ? fork() : fork_quietly();

	if (pid == 0)
		run_process(&h->round, sock, root);
	if (pid < 0)
		return -errno;
	h->id = pid;
	return 0;
}

int
helper_start(struct helper *h, const struct root *root, bool thread)
{
	sigset_t all, old;
	int pair[2], r;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
		return -errno;
	h->thread = thread;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	r = thread ? start_thread(h, root, pair[1]) : start_process(h, root, pair[1]);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	if (r < 0 || !thread)
		(void)close(pair[1]);
	if (r < 0)
		(void)close(pair[0]);
	else
		h->sock = pair[0];
	return r;
}

int
helper_send(struct helper *h)
{
	char c = 0;

	atomic_store(&h->round.done, 0);
	atomic_store(&h->round.began_ns, clock_mono_ns());
	return send(h->sock, &c, 1, MSG_NOSIGNAL) == 1 ? 0 : -EPIPE;
}

int
helper_wait(struct helper *h, int64_t until_ns)
{
	struct pollfd p = {.fd = h->sock, .events = POLLIN};
	char c;
	int r;

	do {
		struct timespec left = ns_to_timespec(MAX(until_ns - clock_mono_ns(), 0));

		r = ppoll(&p, 1, &left, NULL);
	} while (r < 0 && errno == EINTR);
	if (r <= 0)
		return r < 0 ? -errno : 0;
	return recv(h->sock, &c, 1, MSG_DONTWAIT) == 1 ? 1 : -EPIPE;
}

bool
helper_works(const struct helper *h)
{
	pid_t id = h->id;

	return id < 0 || root_own_state(id) == 'R';
}

static bool
is_over(struct helper *h)
{
	pid_t r;

	if (!h->id)
		return true;
	if (h->thread)
		return atomic_load(&h->parted);
	do
		r = waitpid(h->id, NULL, WNOHANG | __WALL);
	while (r < 0 && errno == EINTR);
	return r != 0; /* ECHILD: whoever started us wants no news of children */
}

bool
helper_ended(struct helper *h)
{
	if (!is_over(h))
		return false;
	release(h);
	return true;
}

void
helper_forget(struct helper *h)
{
	if (!helper_ended(h) && (!h->thread || atomic_exchange(&h->parted, true)))
		release(h);
}

bool
helper_leave(struct helper *h)
{
	if (!h->id)
		return helper_ended(h);
	atomic_store(&h->left, true);
	(void)close(h->sock);
	if (!h->thread && !is_over(h)) /* another may have its number, when nobody need reap it */
		(void)kill(h->id, SIGKILL);
	for (int64_t ns = END_FIRST_NS; !is_over(h); ns *= 2) {
		struct timespec pause = ns_to_timespec(ns);

		if (ns >= END_LAST_NS * 2)
			return false;
		(void)nanosleep(&pause, NULL);
	}
	h->id = 0;
	return helper_ended(h);
}
