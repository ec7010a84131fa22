#ifndef UI_TTY_H
#define UI_TTY_H

/* tty: the terminal as a device, without any idea of what kind it is: its line settings, writing to
 * it, and giving it back whatever happens. There is one to a process: stdin and stdout.
 */
#include <stdbool.h>
#include <stddef.h>

/* Remembers the settings as they are, and the bytes that undo what the screen does. 0 or -errno. */
int tty_remember(void);
void tty_set_leave(const char *bytes);

/* Takes the terminal: single keys, no echo, no signals from keys. From now on it is given back at
 * exit() and on fatal signals. 0 or -errno. */
int tty_take(void);
bool tty_taken(void);
/* Writes the bytes to leave and puts the settings back; nothing when it is not taken.
 * Async-signal-safe. */
void tty_give_back(void);
/* Gives it back for good: fatal signals are as they were. */
void tty_release(void);

/* Writes what the terminal takes at once and keeps the rest, to be written first by tty_flush()
 * when tty_out() can be written to. 0, or -EIO when the terminal has gone. */
int tty_write(const char *p, size_t n);
int tty_flush(void);
bool tty_waits(void); /* is there a rest? */
int tty_out(void);    /* the descriptor that is written to */
/* Columns and rows as the kernel knows them; 0 when it does not. */
void tty_size(int *ret_w, int *ret_h);

#endif
