#ifndef SYS_PIDSOCKETS_H
#define SYS_PIDSOCKETS_H

/* pidsockets: what PID/net/tcp and its like say of some sockets. First those that are looked for,
 * by inode; then the text of each file; then what was found. The files may be long: lines of other
 * sockets are passed over.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/hash.h"
#include "base/num.h"

enum pid_net_file {
	PID_NET_TCP,
	PID_NET_TCP6,
	PID_NET_UDP,
	PID_NET_UDP6,
	PID_NET_UNIX,
	PID_NET_RAW,
	PID_NET_RAW6,
	PID_NET_NETLINK,
	PID_NET_PACKET,
	PID_NET_FILES
};
extern const char *const pid_net_name[PID_NET_FILES]; /* "tcp" */

struct pid_socket {
	uint64_t inode;
	bool found, has_queues;
	enum pid_net_file file;
	const char *state; /* a literal; NULL: has none */
	char local[110], remote[56]; /* "" for none; a path may hold any bytes but NUL */
	uint64_t receive, send;
};

struct pid_sockets { /* zeroed: empty */
	struct pid_socket *socket;
	size_t n, cap;
	struct index ix;
};

enum { PID_SOCKETS_MAX = 4096 };

void pid_sockets_release(struct pid_sockets *s);
void pid_sockets_begin(struct pid_sockets *s);
/* Those beyond PID_SOCKETS_MAX are passed over. */
void pid_sockets_look_for(struct pid_sockets *s, uint64_t inode);
void pid_sockets_parse(struct pid_sockets *s, enum pid_net_file file, struct span text);
/* NULL: not looked for, or not in any of the files. */
const struct pid_socket *pid_sockets_find(const struct pid_sockets *s, uint64_t inode);

#endif
