#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

/* keymap: the actions a person can ask for, and the keys that ask for them. One table
 * (actions.def); help, the footer and the manual's key list are made from it.
 */
#include <stdint.h>

#include "base/buf.h"

enum action {
	ACTION_NONE,
#define ACTION(id, group, name, keys, doc) ACTION_##id,
#include "ui/actions.def"
#undef ACTION
	ACTION_COUNT
};

enum action_group {
	GROUP_GENERAL,
	GROUP_TIME,
	GROUP_MOVE,
	GROUP_SHOW,
	GROUP_SORT,
	GROUP_FIND,
	GROUP_PROCESS,
	GROUP_COUNT
};

struct action_info {
	const char *name, *keys, *doc;
	enum action_group group;
};

extern const struct action_info action_info[ACTION_COUNT];
extern const char *const action_group_name[GROUP_COUNT];

enum action keymap_action(uint32_t key); /* ACTION_NONE for an unbound key */
/* The key of a name as it stands in the table ("F9", "^Z", "Space", "k"); 0 when it is no key. */
uint32_t key_by_name(const char *name, size_t n);
/* The first key of an action, as shown: "F9". */
void keymap_first(enum action a, char ret[12]);
/* The key section of the manual page, as mdoc list items. */
void keymap_mdoc(struct buf *out);

#endif
