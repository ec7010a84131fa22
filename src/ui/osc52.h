#ifndef UI_OSC52_H
#define UI_OSC52_H

/* osc52: the escape sequence that gives a text to the clipboard of the terminal, wherever that is.
 */
#include "base/buf.h"

/* Terminals drop what is longer than about 74 KB in base64. */
enum { OSC52_MAX = 54000 };

void osc52_put(struct buf *out, const char *text); /* at most so many bytes of it */

#endif
