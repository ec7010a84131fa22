/* Runs a fuzz target without a fuzzer: every file of the directories given, the beginnings of each,
 * and some damaged copies, the same ones every time. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../long.h"
#include "base/hash.h"

enum { INPUT_MAX = 1 << 16, BEGINNINGS = 300 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* In memory of its own size, so that a sanitizer sees what is read behind the end. */
static void
run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);

	if (!copy)
		exit(1);
	memcpy(copy, data, size);
	(void)LLVMFuzzerTestOneInput(copy, size);
	free(copy);
}

static void
run_damaged(const uint8_t *data, size_t size, uint64_t seed)
{
	static uint8_t copy[INPUT_MAX];
	uint64_t r = hash_u64(seed);
	size_t n = size, at;

	memcpy(copy, data, size);
	for (unsigned i = 0; i < 1 + r % 4 && n > 1; i++) {
		r = hash_u64(r);
		at = r % n;
		switch (r >> 32 & 3) {
		case 0:
			copy[at] = (uint8_t)(r >> 40);
			break;
		case 1:
			copy[at] ^= (uint8_t)(1 << (r >> 40 & 7));
			break;
		case 2: /* a piece goes */
			memmove(copy + at, copy + at + (n - at) / 2, n - at - (n - at) / 2);
			n -= (n - at) / 2;
			break;
		case 3: /* a piece comes twice */
			at = n - (n - at) / 2;
			if (n + (n - at) <= INPUT_MAX) {
				memmove(copy + n, copy + at, n - at);
				n += n - at;
			}
			break;
		}
	}
	run(copy, n);
}

static unsigned
run_file(const char *path)
{
	static uint8_t data[INPUT_MAX];
	FILE *f = fopen(path, "rb");
	size_t n;

	if (!f)
		return 0;
	n = fread(data, 1, sizeof data, f);
	fclose(f);
	run(data, n);
	for (size_t i = 0; i < n && i < BEGINNINGS; i++)
		run(data, i);
	for (uint64_t i = 0; i < how_many(300, 2000); i++)
		run_damaged(data, n, i);
	return 1;
}

int
main(int argc, char **argv)
{
	unsigned files = 0;

	for (int i = 1; i < argc; i++) {
		DIR *d = opendir(argv[i]);

		for (struct dirent *e; d && (e = readdir(d));) {
			char path[4096];

			snprintf(path, sizeof path, "%s/%s", argv[i], e->d_name);
			if (e->d_name[0] != '.')
				files += run_file(path);
		}
		if (d)
			closedir(d);
	}
	printf("%u files\n", files);
	return files ? 0 : 1;
}
