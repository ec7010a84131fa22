#ifndef UI_ACTS_H
#define UI_ACTS_H

/* acts: what the screen keeps of things done to processes: the dialog that is open and whom it
 * means, what is waited for, what can be undone, what was done. Dialogs are boxes over the table;
 * each is a struct dialog in the file that owns the matter.
 */
#include "act/cgroup.h"
#include "act/setting.h"
#include "ui/actionlog.h"
#include "ui/preview.h"
#include "ui/targets.h"
#include "ui/undo.h"

struct plan;
struct screen;

struct dialog {
	void (*draw)(struct screen *s, struct grid *g, struct rect over);
	void (*key)(struct screen *s, uint32_t key);
	void (*frame)(struct screen *s); /* another is shown; NULL: it does not matter */
	void (*left)(struct screen *s);  /* also when it is done; NULL: nothing to do */
	bool (*types)(const struct screen *s); /* is a text being typed? NULL: never */
	bool lists; /* has the menu in it: a click points, another one on the same does it */
};

enum { CGROUPS_MAX = 16, COPIES_MAX = 5 };

/* The cgroups that the open dialog means. */
struct cgroups {
	struct held_cgroup {
		struct cgroup cgroup;
		char *path;
	} held[CGROUPS_MAX];
	size_t n;
};

/* One row of the priority dialog. */
struct priority_row {
	struct setting now; /* of the first target; when error is 0 */
	int error;
	bool differ; /* not the same for all */
};

struct acts {
	const struct dialog *dialog; /* NULL: none is open */
	struct row_key *chosen;      /* whom the dialog was opened for */
	size_t nchosen, chosen_cap;
	struct targets targets;
	enum scope scope;
	struct preview preview;
	struct cgroups cgroups;
	bool confirm;      /* "yes" is being typed */
	bool cgroup_first; /* what is done to cgroups is pointed at, until a key says else */

	struct priority_row row[SETTINGS];
	enum setting_kind at;
	bool typing;

	struct targets waiting; /* were sent SIGTERM; none: nobody is waited for */
	int64_t waiting_since_ns, now_ns;
	size_t waiting_ended, waiting_failed;

	char *copy[COPIES_MAX]; /* what the items of the copy menu would copy */
	char *plain;            /* shown alone, to be selected with the mouse; or NULL */

	struct undo_list undo;
	struct actionlog log;
	size_t log_top;
};

/* process.c */
void acts_release(struct screen *s);
void acts_frame(struct screen *s, const struct frame *newest);
void acts_plan(const struct screen *s, struct plan *p);
void dialog_open(struct screen *s, const struct dialog *d);
void dialog_close(struct screen *s);
void dialog_key(struct screen *s, uint32_t key);
void dialog_click(struct screen *s, int x, int y);
bool dialog_types(const struct screen *s);
/* A box in the middle of `over`, of this size at most; gives the room inside. */
struct rect dialog_box(struct screen *s, struct grid *g, struct rect over, int w, int h,
		       const char *title);
void dialog_cursor(struct grid *g, int x, int y); /* where it is on the screen */

/* acts.chosen: the tagged processes, or the selected one, or those of the selected group. False,
 * and says why, when there are none. */
bool process_choose(struct screen *s);
/* Takes hold of those that are chosen; from here on it is these very
 * processes, whatever the rows do. False, and says why, when there are none. */
bool process_take(struct screen *s);
void process_retake(struct screen *s); /* of the same ones, when the scope changed */
bool process_may_act(struct screen *s); /* else it says why not */
bool process_is_action(int action); /* one of those that --readonly takes away */

/* One thing done to one process (or cgroup), for the log. */
void process_did(struct screen *s, const char *what, const char *who, int error,
		 const char *capability);
void process_who(const struct held *h, char out[48]);
/* What it all came to, at the bottom. error: the last; 0: none. */
void process_report(struct screen *s, const char *what, size_t done, size_t of, int error,
		    const char *capability);
void process_set(struct screen *s, const struct setting *v); /* for all that are held */
void process_renice_by(struct screen *s, int step);
void process_undo(struct screen *s);
void process_log(struct screen *s);

/* signals.c: the dialog; cgroup: opened for the cgroup as a whole */
void signals_open(struct screen *s, bool cgroup);
/* wait.c: waits, at the bottom, for those that were sent SIGTERM. Takes the targets. failed: so
 * many more did not get it. */
void wait_begin(struct screen *s, size_t failed);
void wait_end(struct screen *s);
void wait_look(struct screen *s); /* who has ended by now? */
bool wait_key(struct screen *s, uint32_t key); /* true: it was for the wait */
bool wait_draw(const struct screen *s, struct grid *g, int y); /* false: nobody is waited for */
/* cgroups.c: those of whom the dialog means */
enum cgroup_action { CGROUP_FREEZE, CGROUP_THAW, CGROUP_KILL, CGROUP_ACTIONS };
extern const char *const cgroup_action_name[CGROUP_ACTIONS];
int cgroups_take(struct screen *s); /* 0, or why not */
void cgroups_let_go(struct cgroups *c);
void cgroups_act(struct screen *s, enum cgroup_action a);
/* priority.c */
void priority_open(struct screen *s, enum setting_kind at);
/* copy.c */
void copy_open(struct screen *s);

#endif
