#ifndef BASE_STR_H
#define BASE_STR_H

/* str: texts that people type, compared with names of ours. */
#include <stdbool.h>

#include "base/num.h"

/* Is upper and lower case of ASCII all that differs? Locales have other ideas: in Turkish I is no
 * i. n: the first n bytes only. */
bool str_same(const char *a, const char *b);
bool str_same_n(const char *a, const char *b, size_t n);

/* How many letters differ, are missing or too many, whatever their case. Only the first 31 of b
 * count. */
unsigned str_distance(struct span a, const char *b);

/* Remembers the nearest of several candidates; the first of equals stays. Begin with
 * nearest_begin(); name is NULL when nothing is near. */
struct nearest {
	struct span to;
	const char *name;
	unsigned distance;
};
struct nearest nearest_begin(struct span to);
void nearest_try(struct nearest *n, const char *candidate);

#endif
