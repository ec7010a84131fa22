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

static const struct number {
	const char *group, *name;
	uint8_t field;
	bool pages;
} levels[] = {
	{"sockets", "used", SOCKETS_USED, false},
	{"TCP", "inuse", SOCKETS_TCP, false},
	{"TCP", "orphan", SOCKETS_TCP_ORPHAN, false},
	{"TCP", "tw", SOCKETS_TCP_TIME_WAIT, false},
	{"TCP", "alloc", SOCKETS_TCP_ALLOCATED, false},
	{"TCP", "mem", SOCKETS_TCP_MEMORY, true},
	{"UDP", "inuse", SOCKETS_UDP, false},
	{"UDP", "mem", SOCKETS_UDP_MEMORY, true},
	{"RAW", "inuse", SOCKETS_RAW, false},
	{"FRAG", "inuse", SOCKETS_FRAGMENTS, false},
	{"FRAG", "memory", SOCKETS_FRAGMENTS_MEMORY, false},
	{"TCP6", "inuse", SOCKETS_TCP6, false},
	{"UDP6", "inuse", SOCKETS_UDP6, false},
	{"RAW6", "inuse", SOCKETS_RAW6, false},
	{"FRAG6", "inuse", SOCKETS_FRAGMENTS6, false},
}, counts[] = {
	{"Tcp", "ActiveOpens", SOCKETS_ACTIVE, false},
	{"Tcp", "PassiveOpens", SOCKETS_PASSIVE, false},
	{"Tcp", "AttemptFails", SOCKETS_FAILS, false},
	{"Tcp", "EstabResets", SOCKETS_RESETS, false},
	{"Tcp", "CurrEstab", SOCKETS_ESTABLISHED, false},
	{"Tcp", "InSegs", SOCKETS_IN, false},
	{"Tcp", "OutSegs", SOCKETS_OUT, false},
	{"Tcp", "RetransSegs", SOCKETS_RETRANSMITS, false},
	{"Tcp", "InErrs", SOCKETS_IN_ERRORS, false},
	{"Tcp", "OutRsts", SOCKETS_OUT_RESETS, false},
	{"Udp", "InDatagrams", SOCKETS_UDP_IN, false},
	{"Udp", "NoPorts", SOCKETS_UDP_NO_PORT, false},
	{"Udp", "InErrors", SOCKETS_UDP_IN_ERRORS, false},
	{"Udp", "OutDatagrams", SOCKETS_UDP_OUT, false},
	{"Udp", "RcvbufErrors", SOCKETS_UDP_RECEIVE_ERRORS, false},
	{"Udp", "SndbufErrors", SOCKETS_UDP_SEND_ERRORS, false},
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

static const struct number *
find(const struct number *list, size_t n, struct span group, struct span name)
{
	for (size_t i = 0; i < n; i++)
		if (span_is(name, list[i].name) && span_is(group, list[i].group))
			return &list[i];
	return NULL;
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
		if (!group_of(&line, &group))
			continue;
		while (span_word(&line, &name) && span_word(&line, &word)) {
			const struct number *k = find(levels, ARRAY_LEN(levels), group, name);
			uint64_t v;

			if (!k)
				continue;
			if (!whole_u64(word, &v) ||
			    (k->pages && ckd_mul(&v, v, (uint64_t)r->page_size))) {
				ret = -EINVAL;
				continue;
			}
			row_u64(row, k->field, v);
			found = true;
		}
	}
	return !found || lines.cut ? -EINVAL : ret;
}

/* A line of names and the one of numbers that belongs to it. */
static int
snmp_lines(struct span group, struct span names, struct span numbers, struct row row)
{
	struct span name, word;
	int ret = 0;

	while (span_word(&names, &name)) {
		const struct number *k = find(counts, ARRAY_LEN(counts), group, name);
		uint64_t v;

		if (!span_word(&numbers, &word))
			return -EINVAL;
		if (k && whole_u64(word, &v))
			row_u64(row, k->field, v);
		else if (k)
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
			found |= span_is(group, "Tcp");
			if ((span_is(group, "Tcp") || span_is(group, "Udp")) &&
			    snmp_lines(group, names, line, row) < 0)
				ret = -EINVAL;
			group = (struct span){0};
		} else {
			group = next;
			names = line;
		}
	}
	return !found || lines.cut ? -EINVAL : ret;
}

/* Is any column wanted that comes from there? */
static bool
wanted(const struct table *t, enum source s)
{
	for (unsigned f = 0; f < t->schema->nfields; f++)
		if (t->col[f] && t->schema->field[f].source == s)
			return true;
	return false;
}

void
sockets_read(struct sys_context *c, struct frame *f)
{
	static const enum source files[] = {SRC_SOCKSTAT, SRC_SOCKSTAT6, SRC_SNMP};
	struct row row = {&f->table[TABLE_SOCKETS], 0};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct span text;
		int r;

		if (!wanted(row.t, files[i]))
			continue;
		r = source_read_net(c, files[i]);
		text = span_of(c->text.data, c->text.len);
		if (r == 0)
			r = files[i] == SRC_SNMP ? snmp_parse(text, row)
						 : sockstat_parse(text, c->root, row);
		source_note(f, files[i], r);
	}
}
