#ifndef ACT_LISTEN_H
#define ACT_LISTEN_H

/* listen: the TCP ports a process listens on, looked up once for a person who is about to end it:
 * so many descriptors and the beginning of the socket table, where the kernel puts listeners.
 */
#include "act/act.h"

/* "tcp 22, 8080": how many ports, 0 when there are none or nobody says. */
int listen_ports(const struct target *t, const struct root *root, char *out, size_t size);

#endif
