#ifndef APP_LIVE_H
#define APP_LIVE_H

/* live: options of the command line as options of the screen. */
#include "app/options.h"
#include "ui/screen.h"

/* Borrows from o and root; user is room for a name. 0, or -EINVAL and e. */
int live_screen_options(const struct options *o, const struct root *root, struct screen_options *so,
			char user[64], struct err *e);

#endif
