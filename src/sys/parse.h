#ifndef SYS_PARSE_H
#define SYS_PARSE_H

/* parse: what the readers of this room share, and their parsers apart from reading, so that any
 * bytes can be tried.
 *
 * The kernel ends every line it writes. A last line without its newline was cut, perhaps in the
 * middle of a number: its last word is not to be believed.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/num.h"
#include "frame/frame.h"
#include "sys/reader.h"

struct lines {
	struct span rest;
	bool cut; /* the last line was */
};

static inline struct lines
lines_of(struct span text)
{
	return (struct lines){.rest = text};
}

static inline bool
lines_next(struct lines *l, struct span *ret_line)
{
	if (!span_line(&l->rest, ret_line))
		return false;
	if (l->rest.p[-1] != '\n') {
		l->cut = true;
		while (ret_line->end > ret_line->p && ret_line->end[-1] != ' ' &&
		       ret_line->end[-1] != '\t')
			ret_line->end--;
	}
	return true;
}

/* One column of blanks and a number. What is no number, or does not fit, is passed over. */
enum column { COLUMN_NONE, COLUMN_BAD, COLUMN_OK };

static inline enum column
column_u64(struct span *line, uint64_t *ret_v)
{
	int r = num_u64(line, ret_v);

	/* Blanks were passed, and digits if there were any. */
	if (span_empty(*line) || *line->p == ' ' || *line->p == '\t')
		return r == 0 ? COLUMN_OK : r == -ERANGE ? COLUMN_BAD : COLUMN_NONE;
	while (!span_empty(*line) && *line->p != ' ' && *line->p != '\t')
		line->p++;
	return COLUMN_BAD;
}

/* Cuts what stands before the first `end` off *line, and `end` itself. */
static inline bool
cut_name(struct span *line, char end, struct span *ret_name)
{
	const char *at = span_empty(*line) ? NULL : memchr(line->p, end, span_len(*line));

	if (!at)
		return false;
	*ret_name = (struct span){line->p, at};
	line->p = at + 1;
	return true;
}

/* Names of lines that are looked for, in the order in which the kernel writes them. */
struct name {
	const char *s;
	uint8_t len, what;
};
#define NAME(literal, what) {literal, sizeof(literal) - 1, what}

/* The `what` of a name, or -1. *hint is where the search begins: behind the last that was found. */
static inline int
name_find(const struct name *names, size_t n, size_t *hint, struct span name)
{
	size_t len = span_len(name), i = *hint;

	for (size_t k = 0; k < n; k++, i++) {
		if (i >= n)
			i = 0;
		if (names[i].len == len && memcmp(names[i].s, name.p, len) == 0) {
			*hint = i + 1;
			return names[i].what;
		}
	}
	return -1;
}

/* Reads the file of a source into c->text: 0 or -errno. */
int source_read(struct sys_context *c, enum source s);
int source_read_net(struct sys_context *c, enum source s); /* of a path "net/..." */
/* Its descriptor, if source_read() has kept one; else -1. */
int source_fd(const struct sys_context *c, enum source s);

/* Clock ticks of the machine as nanoseconds; false when that is no number any more. */
static inline bool
ticks_to_ns(const struct root *r, uint64_t ticks, uint64_t *ret_ns)
{
	uint64_t tick_ns = (uint64_t)(1000000000 / r->clk_tck);

	if (tick_ns * (uint64_t)r->clk_tck == 1000000000)
		return !ckd_mul(ret_ns, ticks, tick_ns);
	*ret_ns = mul_div_u64(ticks, 1000000000, (uint64_t)r->clk_tck);
	return *ret_ns != UINT64_MAX;
}

/* Each fills rows from the text of its file; 0, or -EINVAL when some of it was not understood. */
int cpustat_parse(struct span text, const struct root *r, struct frame *f);
int loadavg_parse(struct span text, struct row system);
int uptime_parse(struct span text, struct row system);
int release_parse(struct span text, struct frame *f, struct row system);
int meminfo_parse(struct span text, struct row memory);
int vmstat_parse(struct span text, struct row vm);
int pressure_parse(struct span text, unsigned resource, struct table *t);
int diskstats_parse(struct span text, struct sys_context *c, struct frame *f);
int netdev_parse(struct span text, struct sys_context *c, struct frame *f);
int sockstat_parse(struct span text, const struct root *r, struct row sockets); /* and sockstat6 */
int snmp_parse(struct span text, struct row sockets);
/* The list of mounts is kept; mounts_fill() makes rows of it. */
int mounts_parse(struct mounts *m, struct span text);
void mounts_fill(struct sys_context *c, struct frame *f);

void cpustat_read(struct sys_context *c, struct frame *f);
void loadavg_read(struct sys_context *c, struct frame *f);
void meminfo_read(struct sys_context *c, struct frame *f);
void vmstat_read(struct sys_context *c, struct frame *f);
void pressure_read(struct sys_context *c, struct frame *f);
void diskstats_read(struct sys_context *c, struct frame *f);
void mounts_read(struct sys_context *c, struct frame *f);
void netdev_read(struct sys_context *c, struct frame *f);
void sockets_read(struct sys_context *c, struct frame *f);

struct mounts *mounts_new(void);
void mounts_free(struct mounts *m);

#endif
