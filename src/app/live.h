#ifndef APP_LIVE_H
#define APP_LIVE_H

/* live: the live monitor, for the commands that show or measure it. */
#include "app/options.h"
#include "ui/screen.h"

/* The live monitor on this terminal, for so many frames (0: for ever); the exit status. Adds what
 * it cost, once it has warmed up. */
int live_run(const struct options *o, uint64_t count, struct costs *ret_costs);

/* Borrows from o and root; user is room for a name. 0, or -EINVAL and e. */
int live_screen_options(const struct options *o, const struct root *root, struct screen_options *so,
			char user[64], struct err *e);

/* A screen over a recording instead: it begins at --at, or at the newest moment. 0, or -errno and
 * e; so->newest is the caller's to let go. */
int replay_begin(const struct options *o, struct past *p, struct screen_options *so,
		 struct err *e);

#endif
