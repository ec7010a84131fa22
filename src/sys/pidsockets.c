#include "sys/pidsockets.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "sys/parse.h"

const char *const pid_net_name[PID_NET_FILES] = {
	[PID_NET_TCP] = "tcp",   [PID_NET_TCP6] = "tcp6", [PID_NET_UDP] = "udp",
	[PID_NET_UDP6] = "udp6", [PID_NET_UNIX] = "unix", [PID_NET_RAW] = "raw",
	[PID_NET_RAW6] = "raw6", [PID_NET_NETLINK] = "netlink", [PID_NET_PACKET] = "packet",
};

enum { WORDS_MAX = 10 };

void
pid_sockets_release(struct pid_sockets *s)
{
	free(s->socket);
	index_release(&s->ix);
	*s = (struct pid_sockets){0};
}

void
pid_sockets_begin(struct pid_sockets *s)
{
	s->n = 0;
	index_reset(&s->ix, PID_SOCKETS_MAX);
}

static struct pid_socket *
find(const struct pid_sockets *s, uint64_t inode)
{
	uint64_t pos = hash_u64(inode);
	uint32_t i;

	while (s->n && (i = index_probe(&s->ix, &pos)) != UINT32_MAX)
		if (s->socket[i].inode == inode)
			return &s->socket[i];
	return NULL;
}

void
pid_sockets_look_for(struct pid_sockets *s, uint64_t inode)
{
	if (s->n == PID_SOCKETS_MAX || find(s, inode))
		return;
	GROW(s->socket, s->cap, s->n + 1);
	s->socket[s->n] = (struct pid_socket){.inode = inode};
	index_add(&s->ix, hash_u64(inode), (uint32_t)s->n++);
}

const struct pid_socket *
pid_sockets_find(const struct pid_sockets *s, uint64_t inode)
{
	const struct pid_socket *found = find(s, inode);

	return found && found->found ? found : NULL;
}

static bool
word_u64(struct span word, uint64_t *ret)
{
	return num_u64(&word, ret) == 0 && span_empty(word);
}

static bool
word_hex(struct span word, uint64_t *ret)
{
	return num_hex(&word, ret) == 0 && span_empty(word);
}

/* 32 bits each, as the machine has them in memory: "0100007F" is 127.0.0.1 on most. */
static bool
address_words(struct span *s, uint32_t *to, int n)
{
	for (int i = 0; i < n; i++) {
		struct span part = {s->p, s->p + 8};
		uint64_t v;

		if (span_len(*s) < 8 || !word_hex(part, &v))
			return false;
		to[i] = (uint32_t)v;
		s->p += 8;
	}
	return true;
}

/* "0100007F:1F90" as "127.0.0.1:8080"; any address and no port is none. */
static void
put_address(struct span s, char *to, size_t size)
{
	char text[INET6_ADDRSTRLEN];
	uint32_t word[4] = {0};
	struct span at = s;
	uint64_t port;
	bool six = span_len(s) > 32;

	*to = '\0';
	if (!address_words(&at, word, six ? 4 : 1) || span_empty(at) || *at.p++ != ':' ||
	    !word_hex(at, &port) || port > UINT16_MAX)
		return;
	if (!(word[0] | word[1] | word[2] | word[3])) {
		if (port)
			snprintf(to, size, "*:%u", (unsigned)port);
		return;
	}
	if (inet_ntop(six ? AF_INET6 : AF_INET, word, text, sizeof text))
		snprintf(to, size, six ? "[%s]:%u" : "%s:%u", text, (unsigned)port);
}

static const char *
inet_state(enum pid_net_file file, uint64_t st)
{
	static const char *const tcp[] = {
		NULL,        "established", "syn-sent",  "syn-recv", "fin-wait-1",
		"fin-wait-2", "time-wait",  "closed",    "close-wait", "last-ack",
		"listen",    "closing",     "syn-recv",
	};

	if (st >= ARRAY_LEN(tcp))
		return NULL;
	if (file == PID_NET_TCP || file == PID_NET_TCP6)
		return tcp[st];
	return st == 1 ? "connected" : "unconnected";
}

/* sl local remote st tx:rx tr:when retransmits uid timeout inode */
static void
take_inet(struct pid_socket *to, enum pid_net_file file, const struct span *word)
{
	struct span queues = word[4];
	uint64_t st;

	put_address(word[1], to->local, sizeof to->local);
	put_address(word[2], to->remote, sizeof to->remote);
	if (word_hex(word[3], &st))
		to->state = inet_state(file, st);
	to->has_queues = num_hex(&queues, &to->send) == 0 && !span_empty(queues) &&
			 *queues.p++ == ':' && word_hex(queues, &to->receive);
}

/* address references protocol flags type state inode path */
static void
take_unix(struct pid_socket *to, const struct span *word, struct span path)
{
	static const char *const states[] = {NULL, "unconnected", "connecting", "connected",
					     "disconnecting"};
	enum { ACCEPTS = 1 << 16 };
	uint64_t flags = 0, st;

	if (word_hex(word[3], &flags) && flags & ACCEPTS)
		to->state = "listen";
	else if (word_hex(word[5], &st) && st < ARRAY_LEN(states))
		to->state = states[st];
	while (!span_empty(path) && *path.p == ' ')
		path.p++;
	snprintf(to->local, sizeof to->local, "%.*s", (int)MIN(span_len(path), (size_t)109),
		 path.p);
}

void
pid_sockets_parse(struct pid_sockets *s, enum pid_net_file file, struct span text)
{
	static const uint8_t inode_word[PID_NET_FILES] = {
		[PID_NET_TCP] = 9,  [PID_NET_TCP6] = 9, [PID_NET_UDP] = 9,
		[PID_NET_UDP6] = 9, [PID_NET_RAW] = 9,  [PID_NET_RAW6] = 9,
		[PID_NET_UNIX] = 6, [PID_NET_NETLINK] = 9, [PID_NET_PACKET] = 8,
	};
	struct lines lines = lines_of(text);
	struct span line, word[WORDS_MAX];

	while (lines_next(&lines, &line) && !lines.cut) {
		struct pid_socket *to;
		uint64_t inode;
		int n = 0;

		while (n <= inode_word[file] && span_word(&line, &word[n]))
			n++;
		if (n <= inode_word[file] || !word_u64(word[inode_word[file]], &inode) || !inode)
			continue;
		to = find(s, inode);
		if (!to)
			continue;
		*to = (struct pid_socket){.inode = inode, .found = true, .file = file};
		if (file == PID_NET_UNIX)
			take_unix(to, word, line);
		else if (file != PID_NET_NETLINK && file != PID_NET_PACKET)
			take_inet(to, file, word);
	}
}
