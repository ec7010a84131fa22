#ifndef ACT_SETTING_H
#define ACT_SETTING_H

/* setting: what can be set of a process and read back, so that it can be undone. Each kind has one
 * way to be written by people, which is how it is shown, too: "-5", "best-effort 4", "fifo 10",
 * "0-3,8". As with renice(1) and chrt(1), nice, I/O class, policy and affinity are those of the one
 * thread that has this number: of a process its first.
 */
#include "act/act.h"
#include "act/cpus.h"

enum setting_kind {
	SETTING_NICE,
	SETTING_IO,        /* class and priority within it */
	SETTING_POLICY,    /* scheduling policy and real-time priority */
	SETTING_AFFINITY,  /* CPUs it may run on */
	SETTING_OOM,       /* oom_score_adj */
	SETTING_AUTOGROUP, /* nice value of its session */
	SETTING_SLACK,     /* how late its timers may be, ns */
	SETTINGS
};

struct setting {
	enum setting_kind kind;
	int class;         /* of I/O, or the policy, as the kernel numbers them; else 0 */
	int64_t value;     /* the number, if the class has one */
	unsigned flags;    /* bits of the kernel's that are kept as they are */
	struct cpus *cpus; /* AFFINITY: its own */
};

struct setting_info {
	const char *name;       /* "I/O class" */
	const char *hint;       /* what can be typed */
	const char *capability; /* what may be lacking */
};
extern const struct setting_info setting_info[SETTINGS];

void setting_release(struct setting *v);
void setting_copy(struct setting *to, const struct setting *from); /* to: empty */
bool setting_equal(const struct setting *a, const struct setting *b);

/* What it is now, of the target and of no other: -ESRCH. ret is released by the caller. */
int setting_read(const struct target *t, const struct root *root, enum setting_kind kind,
		 struct setting *ret);
/* -ESTALE when another process had the number just after. */
int setting_apply(const struct target *t, const struct root *root, const struct setting *v);

/* 0, or -EINVAL and what was expected. */
int setting_parse(enum setting_kind kind, const char *text, struct setting *ret, struct err *e);
void setting_print(const struct setting *v, struct buf *out);

#endif
