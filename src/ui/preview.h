#ifndef UI_PREVIEW_H
#define UI_PREVIEW_H

/* preview: what one should know before something is done to processes: who they are, what hangs on
 * them, and what would hurt. Made of a frame when the dialog opens.
 */
#include "draw/grid.h"
#include "ui/targets.h"

enum { PREVIEW_LINES = 12 };

struct preview {
	struct preview_line {
		enum style style;
		char text[160];
	} line[PREVIEW_LINES];
	size_t n;
	bool partial; /* the frame does not say yet which unit it is of */
	bool danger; /* ask twice: process 1, sonde, or what sonde runs in is among them */
};

/* self: sonde's own number; 0: not known. root: to look for listeners; NULL: not looked for. */
void preview_make(struct preview *p, const struct targets *ts, const struct frame *f,
		  const struct root *root, pid_t self);
void preview_say(struct preview *p, enum style style, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
void preview_draw(const struct preview *p, struct grid *g, struct rect r);

#endif
