#ifndef UI_COLUMNS_H
#define UI_COLUMNS_H

/* columns: which fields of the process table are shown, where, and how a cell looks. */
#include "base/err.h"
#include "draw/grid.h"
#include "frame/frame.h"
#include "schema/format.h"

enum { COLUMNS_MAX = FIELDS_MAX };

struct columns {
	uint8_t field[COLUMNS_MAX];
	unsigned n;
	bool chosen; /* by the user: then none is left out where it is narrow */
	bool cpu_of_machine; /* CPU use is shown as a share of all CPUs, not of one */
};

struct column_place {
	uint8_t field;
	int x, w;
	double scale; /* of the number that is shown; 0: none */
};

struct column_layout {
	struct column_place col[COLUMNS_MAX];
	unsigned n;
	int width; /* of all of them, with the least the last one wants */
};

void columns_default(struct columns *c);
int columns_find(const struct columns *c, unsigned field); /* where it stands, or -1 */
/* The command takes the rest of the line, so it stays last. One column stays in any case. */
void columns_show(struct columns *c, unsigned field);
void columns_hide(struct columns *c, unsigned field);
/* "+pss,-nice": adds and removes. 0, or -EINVAL and e with the offset. */
int columns_change(struct columns *c, const char *text, struct err *e);
/* What CPU use is multiplied by to be shown. */
double columns_cpu_scale(const struct columns *c, const struct frame *f);
/* Where the columns stand in `width` cells. widest[field] is how wide its texts have been. */
void columns_fit(const struct columns *c, const struct frame *f, int width,
		 const uint8_t widest[PROC_FIELDS], struct column_layout *ret);
/* A number as it stands in a column of w cells. */
void column_format(char out[FORMAT_MAX], const struct frame *f, unsigned field, double v, int w);
/* Draws one cell that is not the last, flexible one. */
void column_draw(struct grid *g, const struct column_place *p, int y, const struct frame *f,
		 uint32_t row, bool dim);
/* Raises widest[] for texts and pids of a row. */
void column_measure(const struct frame *f, uint32_t row, const struct columns *c,
		    uint8_t widest[PROC_FIELDS]);

#endif
