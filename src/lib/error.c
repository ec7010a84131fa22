/* error: codes and sentences. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "base/str.h"
#include "lib/lib.h"

const char *
sonde_version(void)
{
	return SONDE_VERSION;
}

const char *
sonde_code_name(int code)
{
	static const char *const names[] = {
		[-SONDE_OK] = "SONDE_OK",
		[-SONDE_END] = "SONDE_END",
		[-SONDE_E_ARGUMENT] = "SONDE_E_ARGUMENT",
		[-SONDE_E_FIELD] = "SONDE_E_FIELD",
		[-SONDE_E_FILTER] = "SONDE_E_FILTER",
		[-SONDE_E_OPEN] = "SONDE_E_OPEN",
		[-SONDE_E_SAMPLER] = "SONDE_E_SAMPLER",
		[-SONDE_E_SEEK] = "SONDE_E_SEEK",
		[-SONDE_E_READ] = "SONDE_E_READ",
	};

	return code <= 0 && code > -(int)ARRAY_LEN(names) ? names[-code] : "?";
}

int
lib_fail(struct sonde_error *e, enum sonde_code code, const struct err *why)
{
	size_t n;

	if (!e)
		return code;
	e->code = code;
	e->at = why->at;
	n = strnlen(why->text, sizeof e->message - 1);
	memset(e->message, 0, sizeof e->message);
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)why->text[i];

		e->message[i] = c < 0x20 || c == 0x7f ? '?' : (char)c;
	}
	return code;
}

int
lib_failf(struct sonde_error *e, enum sonde_code code, const char *fmt, ...)
{
	struct err why = {.at = -1};
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why.text, sizeof why.text, fmt, ap);
	va_end(ap);
	return lib_fail(e, code, &why);
}

int
lib_null(struct sonde_error *e, const char *what)
{
	return lib_failf(e, SONDE_E_ARGUMENT, "%s: NULL", what);
}

int
lib_table(const char *name, struct sonde_error *e)
{
	struct span s = span_of(name, strlen(name));
	int t = table_by_name(s);
	struct nearest near = nearest_begin(s);

	if (t >= 0)
		return t;
	for (int i = 0; i < TABLE_COUNT; i++)
		nearest_try(&near, schema[i].name);
	return lib_failf(e, SONDE_E_FIELD, "table \"%.40s\": unknown%s%s%s", name,
			 near.name ? ", did you mean " : "", near.name ? near.name : "",
			 near.name ? "?" : "");
}
