#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>

__attribute__((format(printf, 3, 0))) static void
fill(struct err *e, int at, const char *fmt, va_list ap)
{
	if (!e)
		return;
	e->at = at;
	vsnprintf(e->text, sizeof e->text, fmt, ap);
}

int
err_set(struct err *e, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, -1, fmt, ap);
	va_end(ap);
	return code;
}

int
err_at(struct err *e, int code, int at, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fill(e, at, fmt, ap);
	va_end(ap);
	return code;
}
