#include "sys/piddetail.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"

/* The value of "Key:\tvalue". */
static bool
find_key(struct span text, const char *key, struct span *ret)
{
	size_t n = strlen(key);
	struct span line;

	while (span_line(&text, &line)) {
		if (span_len(line) <= n || memcmp(line.p, key, n) != 0 || line.p[n] != ':')
			continue;
		*ret = (struct span){line.p + n + 1, line.end};
		return true;
	}
	return false;
}

static bool
cut_prefix(struct span *s, const char *prefix)
{
	if (!span_starts(*s, prefix))
		return false;
	s->p += strlen(prefix);
	return true;
}

/* The number of "[20001]" and no more. */
static bool
bracketed(struct span s, uint64_t *ret)
{
	if (span_len(s) < 3 || *s.p != '[' || s.end[-1] != ']' || s.p[1] < '0' || s.p[1] > '9')
		return false;
	s.p++;
	s.end--;
	return num_u64(&s, ret) == 0 && span_empty(s);
}

void
pid_fdinfo_parse(struct span text, struct pid_fdinfo *ret)
{
	struct span value;
	uint64_t v;

	*ret = (struct pid_fdinfo){0};
	ret->has_position = find_key(text, "pos", &value) && num_u64(&value, &ret->position) == 0;
	if (!find_key(text, "flags", &value))
		return;
	while (!span_empty(value) && (*value.p == '\t' || *value.p == ' '))
		value.p++;
	v = 0;
	for (; !span_empty(value) && *value.p >= '0' && *value.p <= '7' && v <= UINT32_MAX;
	     value.p++) {
		v = v << 3 | (unsigned)(*value.p - '0');
		ret->has_flags = true;
	}
	ret->has_flags = ret->has_flags && span_empty(value) && v <= UINT32_MAX;
	ret->flags = ret->has_flags ? (uint32_t)v : 0;
}

void
pid_fd_kind(struct span target, char ret[24])
{
	static const struct {
		const char *prefix, *kind;
	} kinds[] = {
		{"socket:[", "socket"},  {"pipe:[", "pipe"},       {"/memfd:", "memfd"},
		{"/dmabuf:", "dmabuf"},  {"/dev/shm/", "file"},    {"/dev/", "device"},
		{"/", "file"},           {"mnt:[", "namespace"},   {"net:[", "namespace"},
		{"pid:[", "namespace"},  {"user:[", "namespace"},  {"uts:[", "namespace"},
		{"ipc:[", "namespace"},  {"cgroup:[", "namespace"}, {"time:[", "namespace"},
	};
	const char *kind = "other";
	size_t n;

	if (cut_prefix(&target, "anon_inode:")) {
		(void)cut_prefix(&target, "[");
		n = MIN(span_len(target), (size_t)23);
		if (n && target.p[n - 1] == ']')
			n--;
		memcpy(ret, n ? target.p : "other", n ? n : 5);
		ret[n ? n : 5] = '\0';
		return;
	}
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (!span_starts(target, kinds[i].prefix))
			continue;
		kind = kinds[i].kind;
		break;
	}
	snprintf(ret, 24, "%s", kind);
}

bool
pid_fd_deleted(struct span target)
{
	static const char mark[] = " (deleted)";
	size_t n = sizeof mark - 1;

	/* A memfd never had a name. */
	return span_len(target) > n && *target.p == '/' && !span_starts(target, "/memfd:") &&
	       memcmp(target.end - n, mark, n) == 0;
}

bool
pid_fd_socket(struct span target, uint64_t *ret_inode)
{
	return cut_prefix(&target, "socket:") && bracketed(target, ret_inode);
}

const char *
pid_fd_mode(uint32_t flags)
{
	static const char *const modes[] = {"r", "w", "rw", ""};

	return modes[flags & O_ACCMODE];
}

void
pid_fd_flags(uint32_t flags, char ret[64])
{
	static const struct {
		uint32_t bits;
		const char *name;
	} names[] = {
		{O_APPEND, "append"}, {O_NONBLOCK, "nonblock"}, {O_DIRECT, "direct"},
		{O_SYNC, "sync"},     {O_DIRECTORY, "dir"},     {O_PATH, "path"},
		{O_CLOEXEC, "cloexec"},
	};
	size_t len = 0;

	*ret = '\0';
	for (size_t i = 0; i < ARRAY_LEN(names); i++)
		if ((flags & names[i].bits) == names[i].bits)
			len += (size_t)snprintf(ret + len, 64 - len, "%s%s", len ? "," : "",
						names[i].name);
}

static bool
limit_number(struct span *line, bool *ret_unlimited, uint64_t *ret)
{
	struct span word;

	*ret = 0;
	if (!span_word(line, &word))
		return false;
	*ret_unlimited = span_is(word, "unlimited");
	return *ret_unlimited || (num_u64(&word, ret) == 0 && span_empty(word));
}

bool
pid_limits_next(struct span *text, struct pid_limit *ret)
{
	enum { NAME_WIDTH = 26 };
	struct span line;

	while (span_line(text, &line)) {
		struct span name = {line.p, line.p + MIN(span_len(line), (size_t)NAME_WIDTH)};

		if (!cut_prefix(&name, "Max "))
			continue; /* the heading */
		line.p = name.end;
		while (!span_empty(name) && name.end[-1] == ' ')
			name.end--;
		if (span_empty(name) || !limit_number(&line, &ret->soft_unlimited, &ret->soft) ||
		    !limit_number(&line, &ret->hard_unlimited, &ret->hard))
			continue;
		ret->name = name;
		if (!span_word(&line, &ret->unit))
			ret->unit = (struct span){line.end, line.end};
		return true;
	}
	return false;
}

bool
pid_environ_next(struct span *text, struct pid_variable *ret)
{
	while (!span_empty(*text)) {
		const char *nul = memchr(text->p, '\0', span_len(*text)), *equals;
		struct span all = {text->p, nul ? nul : text->end};

		text->p = nul ? nul + 1 : text->end;
		if (span_empty(all))
			continue;
		equals = memchr(all.p, '=', span_len(all));
		ret->name = (struct span){all.p, equals ? equals : all.end};
		ret->value = equals ? (struct span){equals + 1, all.end} : (struct span){0};
		return true;
	}
	return false;
}

bool
pid_stack_next(struct span *text, struct span *ret_function)
{
	struct span line, word;

	while (span_line(text, &line)) {
		/* "[<0>] ep_poll+0x2f/0x40"; at the end once "[<ffffffffffffffff>] 0xffff..." */
		if (!span_starts(line, "[<") || !span_word(&line, &word) ||
		    !span_word(&line, ret_function) || span_starts(*ret_function, "0x"))
			continue;
		return true;
	}
	return false;
}

bool
pid_status_number(struct span text, const char *key, uint64_t *ret)
{
	struct span value, unit;
	uint64_t v;

	if (!find_key(text, key, &value) || num_u64(&value, &v) < 0)
		return false;
	if (span_word(&value, &unit) && span_is(unit, "kB"))
		return !ckd_mul(ret, v, 1024);
	*ret = v;
	return true;
}

bool
pid_cgroup2_parse(struct span text, struct span *ret_path)
{
	struct span line;

	while (span_line(&text, &line)) {
		if (!cut_prefix(&line, "0::") || span_empty(line) || *line.p != '/')
			continue;
		*ret_path = line;
		return true;
	}
	return false;
}
