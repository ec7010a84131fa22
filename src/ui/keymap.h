#ifndef UI_KEYMAP_H
#define UI_KEYMAP_H

/* keymap: the actions a person can ask for (actions.def), and the keys that ask for them: those of
 * a preset (presets.def), changed by bindings of the configuration. A key asks for one action.
 * Help, the footer, the palette and the manual's key list are made from here.
 *
 * Esc and ^C are fixed: whatever is bound, one can go back and quit.
 */
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/num.h"
#include "ui/input.h"

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
	const char *name, *keys, *doc; /* keys: of the preset mixed */
	enum action_group group;
};

extern const struct action_info action_info[ACTION_COUNT];
extern const char *const action_group_name[GROUP_COUNT];

enum action action_by_name(struct span name); /* ACTION_NONE: no action's */

enum preset { PRESET_MIXED, PRESET_HTOP, PRESET_TOP, PRESET_VI, PRESETS };

extern const char *const preset_name[PRESETS];

enum { KEYMAP_EACH = 12, KEYMAP_DIRECT = 128 + (KEYS_LIMIT - KEYS_BASE) };
enum { KEY_NAME_MAX = 16, KEY_NAMES_MAX = 64 };

struct keymap {
	uint32_t key[ACTION_COUNT][KEYMAP_EACH]; /* 0 ends them; the first is the one shown */
	uint8_t direct[KEYMAP_DIRECT];           /* enum action of ASCII and of named keys */
};

void keymap_init(struct keymap *k, enum preset p);
/* Binds the action to these keys (names with blanks between them; none: to no key) and to no
 * others. Each is taken from the action that had it. 0; or -EINVAL, nothing changed, and e with the
 * offset. */
int keymap_bind(struct keymap *k, enum action a, struct span keys, struct err *e);
enum action keymap_action(const struct keymap *k, uint32_t key); /* ACTION_NONE: unbound */

/* The key of a name as it stands in the tables ("F9", "^Z", "Space", "S-F3", "M-x", "k"); 0 when it
 * is no key. */
uint32_t key_by_name(const char *name, size_t n);
void key_name(uint32_t key, char ret[KEY_NAME_MAX]); /* the other way round */
/* The first key of an action, "F9", and all of them, "F9 k" (cut where there are too many); ""
 * when it has none. */
void keymap_first(const struct keymap *k, enum action a, char ret[KEY_NAME_MAX]);
void keymap_keys(const struct keymap *k, enum action a, char ret[KEY_NAMES_MAX]);

/* Sections of the manual pages, as mdoc: what the keys do, and what each preset binds otherwise. */
void keymap_mdoc(struct buf *out);
void keymap_mdoc_presets(struct buf *out);

/* By how many rows an action moves in a view of so many; 0: it does not. */
int action_rows(enum action a, int page);

#endif
