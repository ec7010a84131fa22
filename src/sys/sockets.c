/* sockets: reads proc/net/sockstat, sockstat6 and snmp into the sockets table.
 *
 * sockstat = { group ": " name " " number { " " name " " number } "\n" }
 * snmp     = { group ": " name { " " name } "\n" group ": " number { " " number } "\n" }
 *
 * Memory is in pages, of fragments in bytes. Newer kernels add names at the end of a line; what a
 * number in snmp is only the line above it says. Some of them are negative: none that matter. */
#include <errno.h>

#include "base/mem.h"
#include "sys/parse.h"

/* In the kernel's order. */
static const struct name sockets[] = {NAME("used", SOCKETS_USED)};
static const struct name tcp[] = {
	NAME("inuse", SOCKETS_TCP), NAME("orphan", SOCKETS_TCP_ORPHAN),
	NAME("tw", SOCKETS_TCP_TIME_WAIT), NAME("alloc", SOCKETS_TCP_ALLOCATED),
	NAME("mem", SOCKETS_TCP_MEMORY),
};
static const struct name udp[] = {NAME("inuse", SOCKETS_UDP), NAME("mem", SOCKETS_UDP_MEMORY)};
static const struct name raw[] = {NAME("inuse", SOCKETS_RAW)};
static const struct name frag[] = {
	NAME("inuse", SOCKETS_FRAGMENTS), NAME("memory", SOCKETS_FRAGMENTS_MEMORY),
};
static const struct name tcp6[] = {NAME("inuse", SOCKETS_TCP6)};
static const struct name udp6[] = {NAME("inuse", SOCKETS_UDP6)};
static const struct name raw6[] = {NAME("inuse", SOCKETS_RAW6)};
static const struct name frag6[] = {NAME("inuse", SOCKETS_FRAGMENTS6)};
static const struct name tcp_counts[] = {
	NAME("ActiveOpens", SOCKETS_ACTIVE), NAME("PassiveOpens", SOCKETS_PASSIVE),
	NAME("AttemptFails", SOCKETS_FAILS), NAME("EstabResets", SOCKETS_RESETS),
	NAME("CurrEstab", SOCKETS_ESTABLISHED), NAME("InSegs", SOCKETS_IN),
	NAME("OutSegs", SOCKETS_OUT), NAME("RetransSegs", SOCKETS_RETRANSMITS),
	NAME("InErrs", SOCKETS_IN_ERRORS), NAME("OutRsts", SOCKETS_OUT_RESETS),
};
static const struct name udp_counts[] = {
	NAME("InDatagrams", SOCKETS_UDP_IN), NAME("NoPorts", SOCKETS_UDP_NO_PORT),
	NAME("InErrors", SOCKETS_UDP_IN_ERRORS), NAME("OutDatagrams", SOCKETS_UDP_OUT),
	NAME("RcvbufErrors", SOCKETS_UDP_RECEIVE_ERRORS),
	NAME("SndbufErrors", SOCKETS_UDP_SEND_ERRORS),
};

static const struct group {
	const char *name;
	const struct name *names;
	size_t n;
} levels[] = {
#define GROUP(name, names) {name, names, ARRAY_LEN(names)}
	GROUP("sockets", sockets), GROUP("TCP", tcp), GROUP("UDP", udp), GROUP("RAW", raw),
	GROUP("FRAG", frag), GROUP("TCP6", tcp6), GROUP("UDP6", udp6), GROUP("RAW6", raw6),
	GROUP("FRAG6", frag6), {NULL},
}, counts[] = {
	GROUP("Tcp", tcp_counts), GROUP("Udp", udp_counts), {NULL},
#undef GROUP
};

/* "TCP: " is taken off the line. */
static bool
group_of(struct span *line, struct span *ret_group)
{
	if (!span_word(line, ret_group) || span_len(*ret_group) < 2 || ret_group->end[-1] != ':')
		return false;
	ret_group->end--;
	return true;
}

static const struct group *
find(const struct group *list, struct span name)
{
	while (list->name && !span_is(name, list->name))
		list++;
	return list->name ? list : NULL;
}

static bool
whole_u64(struct span word, uint64_t *ret_v)
{
	return num_u64(&word, ret_v) == 0 && span_empty(word);
}

int
sockstat_parse(struct span text, const struct root *r, struct row row)
{
	struct lines lines = lines_of(text);
	struct span line, group, name, word;
	bool found = false;
	int ret = 0;

	while (lines_next(&lines, &line)) {
		const struct group *g = group_of(&line, &group) ? find(levels, group) : NULL;
		size_t hint = 0;

		while (g && span_word(&line, &name) && span_word(&line, &word)) {
			int what = name_find(g->names, g->n, &hint, name);
			bool pages = what == SOCKETS_TCP_MEMORY || what == SOCKETS_UDP_MEMORY;
			uint64_t v;

			if (what < 0)
				continue;
			if (!whole_u64(word, &v) ||
			    (pages && ckd_mul(&v, v, (uint64_t)r->page_size))) {
				ret = -EINVAL;
				continue;
			}
			row_u64(row, (unsigned)what, v);
			found = true;
		}
	}
	return !found || lines.cut ? -EINVAL : ret;
}

/* A line of names and the one of numbers that belongs to it. */
static int
snmp_lines(const struct group *g, struct span names, struct span numbers, struct row row)
{
	struct span name, word;
	size_t hint = 0;
	int ret = 0;

	while (span_word(&names, &name)) {
		int what = name_find(g->names, g->n, &hint, name);
		uint64_t v;

		if (!span_word(&numbers, &word))
			return -EINVAL;
		if (what >= 0 && whole_u64(word, &v))
			row_u64(row, (unsigned)what, v);
		else if (what >= 0)
			ret = -EINVAL;
	}
	return ret;
}

int
snmp_parse(struct span text, struct row row)
{
	struct lines lines = lines_of(text);
	struct span line, group = {0}, names = {0}, next;
	bool found = false;
	int ret = 0;

	while (lines_next(&lines, &line)) {
		if (!group_of(&line, &next)) {
			group = (struct span){0};
		} else if (span_len(next) == span_len(group) &&
			   memcmp(next.p, group.p, span_len(next)) == 0) {
			const struct group *g = find(counts, group);

			found |= g && g->names == tcp_counts;
			if (g && snmp_lines(g, names, line, row) < 0)
				ret = -EINVAL;
			group = (struct span){0};
		} else {
			group = next;
			names = line;
		}
	}
	return !found || lines.cut ? -EINVAL : ret;
}

void
sockets_read(struct sys_context *c, struct frame *f)
{
	static const enum source files[] = {SRC_SOCKSTAT, SRC_SOCKSTAT6, SRC_SNMP};
	struct row row = {&f->table[TABLE_SOCKETS], 0};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct span text;
		int r;

		if (!c->wanted[files[i]])
			continue;
		r = source_read_net(c, files[i]);
		text = span_of(c->text.data, c->text.len);
		if (r == 0)
			r = files[i] == SRC_SNMP ? snmp_parse(text, row)
						 : sockstat_parse(text, c->root, row);
		source_note(f, files[i], r);
	}
}
