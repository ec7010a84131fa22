#include "app/thinner.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/root.h"

static void
lowest_priority(void)
{
	struct sched_param none = {0};

	(void)setpriority(PRIO_PROCESS, 0, 19);
	(void)sched_setscheduler(0, SCHED_IDLE, &none);
	(void)syscall(SYS_ioprio_set, 1 /* a process */, 0, 3 << 13 /* when the disk is idle */);
	root_own_oom_score(0);
}

static void
start(struct thinner *t, struct writer *w)
{
	pid_t recorder = getpid(), pid = fork();

	if (pid) {
		t->pid = pid > 0 ? pid : 0; /* else the next time */
		return;
	}
	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() == recorder) {
		lowest_priority();
		(void)writer_rewrite(w);
	}
	_exit(0);
}

void
thinner_look(struct thinner *t, struct writer *w)
{
	uint64_t sealed = writer_sealed(w);

	if (t->pid && waitpid(t->pid, NULL, WNOHANG) != 0)
		t->pid = 0;
	if (t->pid || t->sealed == sealed)
		return;
	t->sealed = sealed;
	if (writer_rewrites(w))
		start(t, w);
}

void
thinner_stop(struct thinner *t)
{
	if (!t->pid)
		return;
	(void)kill(t->pid, SIGKILL);
	(void)waitpid(t->pid, NULL, 0);
	t->pid = 0;
}
