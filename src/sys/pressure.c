/* pressure: reads proc/pressure/{cpu,memory,io,irq} into the pressure table.
 *
 * file = { kind "avg10=" percent "avg60=" percent "avg300=" percent "total=" microseconds "\n" }
 * kind = "some" | "full"      cpu has full since 5.13; irq, since 6.1, has only full
 *
 * Where PSI is off at boot the files are there but cannot be read (EOPNOTSUPP). */
#include <errno.h>

#include "base/mem.h"
#include "sys/parse.h"

static const char *const resources[] = {"cpu", "memory", "io", "irq"};

struct pressure_kind {
	const char *name;
	uint8_t avg[3], total;
};

/* "avg10=12.34" is 0.1234 */
static bool
take_average(struct span word, const char *name, double *ret_ratio)
{
	int64_t v;

	if (!span_starts(word, name))
		return false;
	word.p += strlen(name);
	if (num_fixed(&word, 2, &v) < 0 || !span_empty(word) || v < 0 || v > 10000)
		return false;
	*ret_ratio = (double)v / 10000;
	return true;
}

static int
kind_line(struct span line, const struct pressure_kind *kind, struct row row)
{
	static const char *const avgs[] = {"avg10=", "avg60=", "avg300="};
	struct span word;
	double ratio;
	uint64_t us, ns;

	for (int i = 0; i < 3; i++) {
		if (!span_word(&line, &word) || !take_average(word, avgs[i], &ratio))
			return -EINVAL;
		row_f64(row, kind->avg[i], ratio);
	}
	if (!span_word(&line, &word) || !span_starts(word, "total="))
		return -EINVAL;
	word.p += strlen("total=");
	if (num_u64(&word, &us) < 0 || !span_empty(word) || ckd_mul(&ns, us, 1000u))
		return -EINVAL;
	row_u64(row, kind->total, ns);
	return 0;
}

int
pressure_parse(struct span text, unsigned resource, struct table *t)
{
	static const struct pressure_kind kinds[] = {
		{"some", {PRESSURE_SOME10, PRESSURE_SOME60, PRESSURE_SOME300}, PRESSURE_SOME},
		{"full", {PRESSURE_FULL10, PRESSURE_FULL60, PRESSURE_FULL300}, PRESSURE_FULL},
	};
	struct lines lines = lines_of(text);
	struct span line, word;
	struct row row = {0};
	int ret = 0;

	while (lines_next(&lines, &line)) {
		if (!span_word(&line, &word))
			continue;
		for (size_t k = 0; k < ARRAY_LEN(kinds); k++) {
			if (!span_is(word, kinds[k].name))
				continue;
			if (!row.t) {
				row = table_add_row(t, (struct row_key){resource, 0});
				row_str(row, PRESSURE_RESOURCE, resources[resource]);
			}
			if (kind_line(line, &kinds[k], row) < 0)
				ret = -EINVAL;
		}
	}
	return !row.t || lines.cut ? -EINVAL : ret;
}

void
pressure_read(struct sys_context *c, struct frame *f)
{
	static const enum source sources[] = {SRC_PSI_CPU, SRC_PSI_MEMORY, SRC_PSI_IO, SRC_PSI_IRQ};

	for (unsigned i = 0; i < ARRAY_LEN(sources); i++) {
		int r = source_read(c, sources[i]);

		if (r == 0)
			r = pressure_parse(span_of(c->text.data, c->text.len), i,
					   &f->table[TABLE_PRESSURE]);
		source_note(f, sources[i], r);
	}
}
