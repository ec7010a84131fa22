#ifndef APP_RECORDINGS_H
#define APP_RECORDINGS_H

/* recordings: where they are, and moments of them as they are typed. */
#include "app/options.h"
#include "feed/past.h"

/* Where sonde records when nobody says: /var/log/sonde for root, $XDG_STATE_HOME/sonde or
 * ~/.local/state/sonde for others. Makes what is above it, not the directory itself. 0, or -errno
 * and e. */
int recordings_dir(struct buf *ret, struct err *e);

/* Opens it; NULL is the usual one. 0, or -errno and e. */
int recordings_open(const char *path, struct past **ret, struct err *e);
struct recording;
int recordings_open_itself(const char *path, struct recording **ret, struct err *e);

/* What was passed over in it because it is damaged, as a sentence; false when nothing was. */
bool recordings_damage(struct past *p, char ret[160]);

/* The moment that the text speaks of: "-10m" counts from the newest one that is kept, "14:05" is
 * the latest before that. 0; -EINVAL for a text that is no time, and -ENOENT for one outside, with
 * e. */
int recordings_when(struct past *p, const char *text, uint64_t *ret_n, struct err *e);
/* The moments from one time to another, [*ret_first, *ret_end); NULL is where it begins and ends.
 * 0; or as above, -ENOENT when there are none in between. */
int recordings_window(struct past *p, const char *from, const char *to, uint64_t *ret_first,
		      uint64_t *ret_end, struct err *e);

#endif
