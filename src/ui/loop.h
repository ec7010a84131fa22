#ifndef UI_LOOP_H
#define UI_LOOP_H

/* loop: the live program: terminal, feed thread and screen brought together. */
#include "feed/thread.h"
#include "ui/screen.h"
#include "ui/term.h"

/* So many first frames are of getting started; what they cost says nothing of later ones. */
enum { LOOP_WARM = 3 };

/* feed: NULL for a recording (o->newest). Runs until the user quits, the terminal goes away, a
 * signal says so, or count frames were shown
 * (0: for ever). o->glyphs is taken from the terminal. Adds what it cost to *ret_costs, once it has
 * warmed up. 0 or -errno (with e); the terminal is given back in any case. */
int loop_run(struct feed_thread *feed, struct screen_options *o, const struct term_options *to,
	     uint64_t count, struct costs *ret_costs, struct err *e);

#endif
