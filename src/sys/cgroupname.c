#include "sys/cgroupname.h"

#include <string.h>

#include "base/mem.h"

enum { ID_LEAST = 12, ID_SHOWN = 12 };

static bool
ends(struct span s, const char *end)
{
	size_t n = strlen(end);

	return span_len(s) > n && memcmp(s.end - n, end, n) == 0;
}

/* Cuts it off the front, unless nothing would be left. */
static bool
cut_front(struct span *s, const char *front)
{
	if (!span_starts(*s, front) || span_len(*s) == strlen(front))
		return false;
	s->p += strlen(front);
	return true;
}

static bool
cut_end(struct span *s, const char *end)
{
	if (!ends(*s, end))
		return false;
	s->end -= strlen(end);
	return true;
}

static int
hex_digit(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool
is_id(struct span s)
{
	for (const char *p = s.p; p < s.end; p++)
		if (hex_digit(*p) < 0)
			return false;
	return span_len(s) >= ID_LEAST;
}

static void
take(struct cgroupname *c, const char *engine, struct span name)
{
	size_t n = MIN(span_len(name), (size_t)CGROUPNAME_MAX);

	memcpy(c->container, name.p, n);
	c->container[n] = '\0';
	c->engine = engine;
}

static bool
take_id(struct cgroupname *c, const char *engine, struct span id)
{
	if (!is_id(id))
		return false;
	id.end = id.p + ID_SHOWN;
	take(c, engine, id);
	return true;
}

/* "docker-ID", what is in front of ".scope" or not. */
static bool
take_prefixed(struct cgroupname *c, struct span s)
{
	static const struct {
		const char *front, *engine;
	} known[] = {
		{"docker-", "docker"},      {"libpod-", "podman"},
		{"nerdctl-", "containerd"}, {"cri-containerd-", "containerd"},
		{"crio-", "cri-o"},
	};

	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		struct span id = s;

		if (cut_front(&id, known[i].front))
			return take_id(c, known[i].engine, id);
	}
	return false;
}

/* systemd writes what may not stand in a name of a unit as \xHH. */
static size_t
unescape(struct span s, char to[CGROUPNAME_MAX])
{
	size_t n = 0;

	for (const char *p = s.p; p < s.end && n < CGROUPNAME_MAX; n++) {
		int hi, lo;

		if (s.end - p >= 4 && p[0] == '\\' && p[1] == 'x' && (hi = hex_digit(p[2])) >= 0 &&
		    (lo = hex_digit(p[3])) >= 0 && (hi || lo)) {
			to[n] = (char)(hi << 4 | lo);
			p += 4;
		} else {
			to[n] = *p++;
		}
	}
	return n;
}

/* NAME of systemd-machined; libvirt's begin with the driver and a number: "qemu-3-web". */
static void
take_machine(struct cgroupname *c, struct span escaped)
{
	static const char *const drivers[] = {"qemu", "lxc"};
	char text[CGROUPNAME_MAX];
	struct span name = span_of(text, unescape(escaped, text));

	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		struct span s = name;

		if (!cut_front(&s, drivers[i]) || !cut_front(&s, "-"))
			continue;
		while (!span_empty(s) && hex_digit(*s.p) >= 0 && hex_digit(*s.p) < 10)
			s.p++;
		if (cut_front(&s, "-"))
			name = s;
		take(c, drivers[i], name);
		return;
	}
	take(c, "nspawn", name);
}

/* One name of the path: before is the one it stands in; pods: there was a kubepods further up. */
static void
look(struct cgroupname *c, struct span s, struct span before, bool pods)
{
	struct span name = s;
	bool scope = cut_end(&name, ".scope");

	if (take_prefixed(c, name))
		return;
	if (scope && cut_front(&name, "machine-")) {
		take_machine(c, name);
		return;
	}
	name = s;
	if (cut_end(&name, ".service") && cut_front(&name, "systemd-nspawn@")) {
		take_machine(c, name);
		return;
	}
	name = s;
	if (cut_front(&name, "lxc.payload.") || span_is(before, "lxc") ||
	    span_is(before, "lxc.payload"))
		take(c, "lxc", name);
	else if (span_is(before, "docker"))
		(void)take_id(c, "docker", s);
	else if (pods && span_starts(before, "pod"))
		(void)take_id(c, "kubernetes", s);
}

static bool
is_unit(struct span s)
{
	/* Every user manager is in one of these itself; the unit is what that is in. */
	return ends(s, ".service") || (ends(s, ".scope") && !span_is(s, "init.scope"));
}

void
cgroupname_parse(struct span path, struct cgroupname *ret)
{
	struct span before = {path.p, path.p}, root = before, over = before;
	bool pods = false;

	*ret = (struct cgroupname){.unit = before, .slice = before};
	for (const char *p = path.p; p < path.end;) {
		const char *slash = memchr(p, '/', (size_t)(path.end - p));
		struct span s = {p, slash ? slash : path.end};

		p = s.end + 1;
		if (span_empty(s))
			continue;
		if (span_empty(root))
			root = s;
		if (ends(s, ".slice"))
			ret->slice = s;
		else if (is_unit(s))
			ret->unit = s;
		look(ret, s, before, pods);
		if (span_is(over, "ecs"))
			(void)take_id(ret, "ecs", s);
		pods |= span_starts(s, "kubepods");
		over = before;
		before = s;
	}
	/* The first process of the machine is in a unit of its own. */
	if (span_empty(ret->unit) && span_is(root, "init.scope"))
		ret->unit = root;
}
