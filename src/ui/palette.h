#ifndef UI_PALETTE_H
#define UI_PALETTE_H

/* palette: everything that can be asked for by its name: actions, filters that have a name, fields
 * to sort by. What is typed narrows it, the best first; what cannot be done now says why.
 */
#include "draw/grid.h"

enum palette_kind { PALETTE_ACTION, PALETTE_FILTER, PALETTE_SORT };

struct palette_item {
	uint8_t kind; /* enum palette_kind */
	uint8_t index; /* of it */
	int16_t score;
};

struct palette {
	struct palette_item *item;
	size_t n, cap, at, top;
	struct rect drawn; /* the lines of items */
};

/* How well a text matches words that were typed, more being better; 0: not at all. doc counts
 * least. */
int palette_score(const char *name, const char *doc, const char *typed);

#endif
