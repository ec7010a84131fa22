#ifndef BASE_ERR_H
#define BASE_ERR_H

/* err: a sentence for a person: what was expected, and where. Library rooms fill it and never
 * print; app/ prints it once as "sonde: <text>". */
#include <stddef.h>

struct err {
	char text[256];
	int at; /* column of the mistake in what the user typed, from 0; -1 when there is none */
};

/* Fills e (NULL is fine) and returns code, so that `return err_set(e, -EINVAL, ...)` reads well. */
int err_set(struct err *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
int err_at(struct err *e, int code, int at, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
