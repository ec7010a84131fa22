#ifndef APP_CHOOSER_H
#define APP_CHOOSER_H

/* chooser: --pick: the screen on the terminal though standard output is a pipe, as in
 * kill $(sonde --pick), and the chosen numbers to standard output when it has been given back.
 */
#include "base/buf.h"
#include "base/err.h"

struct chooser {
	int in, out;       /* what standard input and output were; -1: still are */
	struct buf picked; /* a number a line */
};

/* Has /dev/tty stand for standard input and output where they are no terminal. 0 or -errno. */
int chooser_begin(struct chooser *c, struct err *e);
void chooser_end(struct chooser *c);         /* puts them back */
int chooser_print(const struct chooser *c);  /* the exit status: 1 when nothing was chosen */

#endif
