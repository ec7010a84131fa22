#ifndef TESTS_LONG_H
#define TESTS_LONG_H

/* Tests that go through many of a kind take a sample, the same one every time, and all with
 * SONDE_TESTS_LONG in the environment. */
#include <stdlib.h>

static inline unsigned
how_many(unsigned sample, unsigned all)
{
	return getenv("SONDE_TESTS_LONG") ? all : sample;
}

#endif
