#ifndef SYS_OPERSTATE_H
#define SYS_OPERSTATE_H

/* operstate: is an interface up? From sys/class/net/IFACE/operstate. Looking up its path is most of
 * the cost, so on this machine the files of the first few stay open.
 *
 * An open one is that of a device, whatever its name is by now. Interfaces come in the same order
 * on every tick; what comes in another order is opened again, so that two that swapped their names
 * are told apart.
 */
#include "base/num.h"
#include "base/root.h"

struct operstate;

struct operstate *operstate_new(const struct root *root); /* borrowed */
void operstate_free(struct operstate *o);                 /* NULL is fine */
void operstate_begin(struct operstate *o);                /* a tick */

/* 0 and "up", "down" and so on, a constant; -errno as reading gives it, -EINVAL when it says
 * something else. */
int operstate_read(struct operstate *o, struct span name, const char **ret_state);

#endif
