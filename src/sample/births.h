#ifndef SAMPLE_BIRTHS_H
#define SAMPLE_BIRTHS_H

/* births: which process numbers may be new since the last tick, without listing all of them.
 *
 * The kernel gives numbers out in rising order, wrapping at pid_max, and loadavg says which was
 * the last one, of our PID namespace. So a birth since the last tick has a number between the
 * last one then and now; most of these are of threads or have gone again, which the CPU clock of
 * a number tells for a fifteenth of what listing costs. Numbers are offered on two ticks,
 * because a number is given out a moment before its process can be found.
 *
 * All are listed when nothing else is known (the first tick, a foreign root, no loadavg of
 * procfs: lxcfs makes its own), when so many numbers were given out that listing is cheaper, and
 * once in RELIST ticks: a process that asked for a number of its choice (checkpoint and restore
 * do) is found then. When such a listing finds a birth that the numbers did not tell of, all are
 * listed for some time.
 */
#include "sys/pidlist.h"

enum { RELIST = 32 };

struct births {
	struct pidlist list; /* result */
	bool whole;          /* list has all processes; else numbers that may be new, rising */
	bool numbered;       /* the last number can be had here */
	int fd;              /* loadavg */
	uint32_t from, last; /* the last number two ticks ago, and one tick ago; 0: not known */
	unsigned age;        /* ticks since all were listed */
	unsigned distrust;   /* ticks yet in which all are listed */
	uint32_t told_from, told_to; /* a whole list: births between these were to be expected */
};

/* numbered: may go by numbers; false lists always. */
void births_init(struct births *b, const struct root *r, bool numbered);
void births_release(struct births *b);
/* 0 or -errno (of listing). nknown: how many processes there are, about. */
int births_read(struct births *b, const struct root *r, size_t nknown);
/* For each number in a whole list that was not known before. */
void births_found(struct births *b, uint32_t pid);

#endif
