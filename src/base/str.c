#include "base/str.h"

#include <string.h>

#include "base/mem.h"

static int
lower(char c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

bool
str_same_n(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (lower(a[i]) != lower(b[i]))
			return false;
		if (!a[i])
			break;
	}
	return true;
}

bool
str_same(const char *a, const char *b)
{
	return str_same_n(a, b, SIZE_MAX);
}

unsigned
str_distance(struct span a, const char *b)
{
	unsigned row[32], n = (unsigned)MIN(strlen(b), 31);

	for (unsigned j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 0; i < span_len(a); i++) {
		unsigned diag = row[0];

		row[0] = (unsigned)i + 1;
		for (unsigned j = 1; j <= n; j++) {
			unsigned up = row[j];
			unsigned cost = (a.p[i] | 32) != (b[j - 1] | 32);

			row[j] = MIN(MIN(up, row[j - 1]) + 1, diag + cost);
			diag = up;
		}
	}
	return row[n];
}

struct nearest
nearest_begin(struct span to)
{
	return (struct nearest){to, NULL, (unsigned)MIN(span_len(to) / 2 + 1, (size_t)3)};
}

void
nearest_try(struct nearest *n, const char *candidate)
{
	unsigned d;

	/* What is so much longer is not near: no reason to look at a megabyte of it. */
	if (span_len(n->to) > strlen(candidate) + n->distance)
		return;
	d = str_distance(n->to, candidate);
	if (d < n->distance) {
		n->distance = d;
		n->name = candidate;
	}
}
