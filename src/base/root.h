#ifndef BASE_ROOT_H
#define BASE_ROOT_H

/* root: the machine that is read: where its procfs, sysfs and cgroupfs are, its clocks and its
 * constants. The only place that knows the strings "/proc" and "/sys".
 *
 * Three kinds: this machine (--root not given); a foreign tree, such as a host's /proc seen from a
 * container; and a fixture, a directory with a MANIFEST, which carries several moments with their
 * own clocks, user names and constants (grammar in tests/fixtures/README.md). On the last two
 * everything that asks the kernel about *this* machine is off: actions, CPU clocks, netlink.
 */
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"

enum root_area { ROOT_PROC, ROOT_SYS, ROOT_CGROUP, ROOT_AREAS };

struct root_paths { /* NULL: the default, or below root when that is given */
	const char *root, *area[ROOT_AREAS];
};

struct root {
	int dir[ROOT_AREAS]; /* O_PATH descriptors; -1 when absent */
	bool foreign;        /* not the machine we run on, or not our PID namespace */
	long clk_tck, page_size;
	struct fixture *fixture; /* NULL unless DIR/MANIFEST was found */
	char host[65];
};

int root_init(struct root *r, const struct root_paths *paths, struct err *e); /* 0 or -errno */
void root_release(struct root *r);

/* A fixture moves on to its next moment, 0, or -ENODATA at the end (the last stays). A live root
 * has endless moments. The first moment is there after root_init(). */
int root_advance(struct root *r);
int64_t root_mono_ns(const struct root *r);
int64_t root_wall_ns(const struct root *r);
/* The user's name, or NULL: a fixture does not know it, or this machine's /etc/passwd does not.
 * Reads that file, so cache. Others who may know are asked by errands (sys/errand.h). */
const char *root_user(const struct root *r, uid_t uid);
bool root_uid(const struct root *r, const char *name, uid_t *ret); /* false: not known either */
const char *root_host(const struct root *r); /* node name; never NULL */
/* State of a process of our own ('R', 'D', ...), whatever root is read; 0 when nobody says. */
char root_own_state(pid_t pid);
const char *root_area_name(enum root_area area); /* "proc": for messages */
/* The inode of the PID namespace we are in; 0 when nobody says. The first one's is always that. */
#define ROOT_INITIAL_PID_NS UINT64_C(0xeffffffc)
uint64_t root_pid_namespace(const struct root *r);

/* How soon the kernel kills us when memory ends: -1000 to 1000; 0 or -errno. */
int root_own_oom_score(int score);
/* Of the boot of the machine we run on; all zero when nobody knows. */
void root_boot_id(uint8_t ret[16]);

/* Reads a whole file below an area, at most 64 MiB. 0 or -errno. */
int root_read(const struct root *r, enum root_area area, const char *path, struct buf *b);
int root_open(const struct root *r, enum root_area area, const char *path, int flags);
/* What a symbolic link says: bytes, at most max, without a NUL; or -errno. */
ssize_t root_readlink(const struct root *r, enum root_area area, const char *path, char *to,
		      size_t max);
int64_t root_size(const struct root *r, enum root_area area, const char *path); /* or -errno */
/* The same for a path that a stranger made and that has no "..": through no link, and not out of
 * the area. */
int root_open_beneath(const struct root *r, enum root_area area, const char *path, int flags);

#endif
