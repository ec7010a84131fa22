#ifndef SAMPLE_FILES_H
#define SAMPLE_FILES_H

/* files: the files of one process, read into what is known about it. */
#include "sample/procs.h"

extern const enum source proc_file_source[PROC_FILES];

/* 0, or -errno: -ESRCH when it is gone, -ESTALE when another process has its number now. */
int files_read_stat(struct procs *ps, struct proc *p, struct frame *f, bool keep);
/* Its sizes only, from statm; the same, or 1 when they changed. */
int files_read_size(struct procs *ps, struct proc *p, struct frame *f, bool keep);
/* What stat says, however it came to be known. 0 or -ESTALE. */
int files_take_stat(struct procs *ps, struct proc *p, const struct pid_stat *st);
struct proc_more *files_more(struct proc *p); /* room for what other files say */
void files_take_status(struct procs *ps, struct proc *p); /* the user, after more->status */
/* Any other one (cmdline: at files_end()); what went wrong is noted in the frame. */
void files_read(struct procs *ps, struct proc *p, enum proc_file k, struct frame *f, bool keep);
/* cmdline is only noted down by files_read(): these begin the batch of a tick, ask for all that is
 * in it, as the first of the tick's errands, and take the answers. */
void files_begin(struct procs *ps);
void files_ask(struct procs *ps);
void files_end(struct procs *ps, struct frame *f);
/* Arguments that came to be known otherwise, joined; they are not asked for then. */
void files_take_command(struct procs *ps, struct proc *p, const char *text, size_t n);
void files_unask(struct procs *ps, const struct proc *p); /* it is not to be asked */
/* Closes what was kept open for it. */
void files_close(struct procs *ps, struct proc *p);
/* A text of a process's own in the pool: the one before is let go of, unless it is the same. */
void files_set_string(struct procs *ps, const char **slot, const char *s, size_t n);
/* Its own texts to another pool; letting go of them; of what is known of it apart (may be NULL). */
void files_move(struct proc *p, struct strpool *to);
void files_forget_all(struct procs *ps, struct proc *p);
void files_free_more(struct proc_more *m);
/* Lets go of a string of the pool. */
void files_forget(struct procs *ps, const char **s);

#endif
