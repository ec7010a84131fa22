#include "sys/pidmaps.h"

#include <string.h>

#include "base/mem.h"
#include "sys/parse.h"

void
pid_maps_release(struct pid_maps *m)
{
	free(m->map);
	buf_release(&m->names);
	index_release(&m->ix);
	*m = (struct pid_maps){0};
}

/* foo.so, foo.so.6, foo.so.6 (deleted) */
static bool
is_library(struct span path)
{
	const char *at = path.p;

	while ((at = memmem(at, (size_t)(path.end - at), ".so", 3))) {
		at += 3;
		if (at == path.end || *at == '.' || *at == ' ')
			return true;
	}
	return false;
}

static bool
is_same(struct span a, struct span b)
{
	return span_len(a) == span_len(b) && span_len(a) && memcmp(a.p, b.p, span_len(a)) == 0;
}

/* The kind of a mapping; of those that all look alike *name becomes empty. */
static const char *
kind_of(struct span perms, struct span *name, struct span exe)
{
	static const struct {
		const char *prefix, *kind;
		bool named;
	} kinds[] = {
		{"[heap]", "heap", false},      {"[stack", "stack", false},
		{"[rollup]", "total", false},   {"[vdso", "kernel", true},
		{"[vvar", "kernel", true},      {"[vsyscall]", "kernel", true},
		{"[uprobes]", "kernel", true},  {"[anon_shmem:", "shared", true},
		{"[", "anonymous", true},       {"/memfd:", "shared", true},
		{"/dev/shm/", "shared", true},  {"/SYSV", "shared", true},
		{"/dev/zero", "shared", true},  {"/dev/", "device", true},
		{"anon_inode:", "device", true},
	};
	bool shared = span_len(perms) >= 4 && perms.p[3] == 's';

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!span_starts(*name, kinds[i].prefix))
			continue;
		if (!kinds[i].named)
			name->end = name->p;
		return kinds[i].kind;
	}
	if (span_empty(*name))
		return shared ? "shared" : "anonymous";
	return is_same(*name, exe) ? "program" : is_library(*name) ? "library" : "file";
}

static struct pid_map *
add_map(struct pid_maps *m, const char *kind, struct span name)
{
	uint64_t hash = hash_bytes(name.p, span_len(name)) + (uintptr_t)kind, pos = hash;
	struct pid_map *to;
	uint32_t i;

	while ((i = index_probe(&m->ix, &pos)) != UINT32_MAX)
		if (m->map[i].kind == kind && m->map[i].name_len == span_len(name) &&
		    (!span_len(name) ||
		     memcmp(m->names.data + m->map[i].name, name.p, span_len(name)) == 0))
			return &m->map[i];
	if (m->n == PID_MAPS_MAX - 1) {
		/* The last place is that of all others. */
		kind = "file";
		name = span_str("(others)");
	} else if (m->n == PID_MAPS_MAX) {
		return &m->map[m->n - 1];
	}
	GROW(m->map, m->cap, m->n + 1);
	to = &m->map[m->n];
	*to = (struct pid_map){.kind = kind, .name = (uint32_t)m->names.len};
	to->name_len = (uint32_t)span_len(name);
	buf_put(&m->names, name.p, span_len(name));
	index_add(&m->ix, hash, (uint32_t)m->n++);
	return to;
}

/* "55d0c0de0000-55d0c0e0b000 r-xp 00001000 fd:01 1234   /usr/bin/foo" */
static bool
is_header(struct span line, struct span *ret_perms, struct span *ret_name)
{
	struct span range, word;
	uint64_t from, to;

	if (!span_word(&line, &range) || num_hex(&range, &from) < 0 || span_empty(range) ||
	    *range.p++ != '-' || num_hex(&range, &to) < 0 || !span_empty(range) ||
	    !span_word(&line, ret_perms))
		return false;
	for (int i = 0; i < 3; i++) /* offset, device, inode */
		if (!span_word(&line, &word))
			return false;
	while (!span_empty(line) && *line.p == ' ')
		line.p++;
	*ret_name = line;
	return true;
}

static void
take_number(struct pid_map *to, struct span line)
{
	static const struct name names[] = {
		NAME("Size", MAP_SIZE),         NAME("Rss", MAP_RSS),
		NAME("Pss", MAP_PSS),           NAME("Private_Clean", MAP_OWN),
		NAME("Private_Dirty", MAP_OWN), NAME("Swap", MAP_SWAPPED),
	};
	size_t hint = 0;
	struct span name;
	uint64_t v, sum;
	int what;

	if (!cut_name(&line, ':', &name))
		return;
	what = name_find(names, ARRAY_LEN(names), &hint, name);
	if (what < 0 || column_u64(&line, &v) != COLUMN_OK || ckd_mul(&v, v, 1024) ||
	    ckd_add(&sum, to->bytes[what], v))
		return;
	to->bytes[what] = sum;
	to->have |= (uint8_t)(1 << what);
}

void
pid_maps_parse(struct pid_maps *m, struct span text, struct span exe)
{
	struct lines lines = lines_of(text);
	struct span line, perms, name;
	struct pid_map *to = NULL;

	m->n = 0;
	buf_clear(&m->names);
	index_reset(&m->ix, PID_MAPS_MAX);
	while (lines_next(&lines, &line)) {
		if (lines.cut)
			return; /* in the middle of who knows what */
		if (is_header(line, &perms, &name)) {
			to = add_map(m, kind_of(perms, &name, exe), name);
			to->count++;
		} else if (to) {
			take_number(to, line);
		}
	}
}
