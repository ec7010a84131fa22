#include "base/mem.h"

#include <stdint.h>
#include <string.h>
#include <unistd.h>

#define EXIT_NO_MEMORY 71 /* EX_OSERR */

static _Noreturn void
out_of_memory(void)
{
	static const char msg[] = "sonde: out of memory\n";

	(void)!write(STDERR_FILENO, msg, sizeof msg - 1);
	exit(EXIT_NO_MEMORY);
}

void *
xmalloc(size_t size)
{
	void *p = malloc(size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *
xcalloc(size_t n, size_t size)
{
	void *p = calloc(n ? n : 1, size ? size : 1);

	if (!p)
		out_of_memory();
	return p;
}

void *
xreallocarray(void *p, size_t n, size_t size)
{
	size_t bytes;

	if (__builtin_mul_overflow(n, size, &bytes))
		out_of_memory();
	p = realloc(p, bytes ? bytes : 1);
	if (!p)
		out_of_memory();
	return p;
}

char *
xstrdup(const char *s)
{
	size_t n = strlen(s) + 1;

	return memcpy(xmalloc(n), s, n);
}

void
grow_array(void *p, size_t *cap, size_t need, size_t size)
{
	void *array;
	size_t n = *cap ? *cap : 8;

	if (need <= *cap)
		return;
	while (n < need) {
		if (n > SIZE_MAX / 2)
			out_of_memory();
		n *= 2;
	}
	memcpy(&array, p, sizeof array);
	array = xreallocarray(array, n, size);
	memset((char *)array + *cap * size, 0, (n - *cap) * size);
	memcpy(p, &array, sizeof array);
	*cap = n;
}

void
cleanup_free_fn(void *p)
{
	void *q;

	memcpy(&q, p, sizeof q);
	free(q);
}
