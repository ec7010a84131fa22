/* netdev: reads proc/net/dev, and operstate.h, into the net table.
 *
 * line = name ":" rx_bytes packets errs drop fifo frame compressed multicast
 *                 tx_bytes packets errs drop fifo colls carrier compressed
 *
 * after two lines of headings. Names hold no blank; old kernels allow ':' in them, as in aliases,
 * and write no blank before the first number. There is no index: the key is the name. */
#include <errno.h>

#include "base/mem.h"
#include "sys/devices.h"
#include "sys/operstate.h"
#include "sys/parse.h"

enum { HAS_DEVICE = 1, HAS_NAME = 2 }; /* what is remembered of an interface */

static const uint8_t columns[16] = {
	NET_RX, NET_RX_PACKETS, NET_RX_ERRORS, NET_RX_DROPS,
	NET_FIELDS, NET_FIELDS, NET_FIELDS, NET_FIELDS,
	NET_TX, NET_TX_PACKETS, NET_TX_ERRORS, NET_TX_DROPS,
	NET_FIELDS, NET_FIELDS, NET_FIELDS, NET_FIELDS,
};

/* Told by name: made in software, of others or of nothing. */
static bool
looks_virtual(struct span name)
{
	static const char *const prefixes[] = {
		"bond", "br-", "cali", "cilium", "cni", "docker", "dummy", "erspan", "flannel",
		"geneve", "gre", "ifb", "ip6_vti", "ip6gre", "ip6tnl", "ip_vti", "ipvlan", "kube-",
		"lxc", "lxd", "macsec", "macvlan", "macvtap", "nerdctl", "nlmon", "ovs", "podman",
		"sit", "tailscale", "tap", "team", "teql", "tun", "veth", "virbr", "vlan", "vmnet",
		"vnet", "vxlan", "weave", "wg", "zt",
	};

	if (span_is(name, "lo") || memchr(name.p, '.', span_len(name)) ||
	    memchr(name.p, ':', span_len(name)) ||
	    (span_starts(name, "br") && span_len(name) > 2 && (unsigned)(name.p[2] - '0') < 10))
		return true;
	for (size_t i = 0; i < ARRAY_LEN(prefixes); i++)
		if (span_starts(name, prefixes[i]))
			return true;
	return false;
}

static uint8_t
kind_of(struct sys_context *c, struct span name)
{
	const uint8_t *known = devices_find(c->nets, 0, name);
	uint8_t kind;

	if (known)
		return *known;
	kind = looks_virtual(name) ? 0 : HAS_NAME;
	if (devices_is_physical(c->root, "class/net", name) == 1)
		kind |= HAS_DEVICE;
	devices_add(c->nets, 0, name, kind);
	return kind;
}

static int
net_line(struct span line, struct sys_context *c, struct frame *f, uint8_t *kinds)
{
	const char *colon = memrchr(line.p, ':', span_len(line));
	struct span name;
	struct row row;
	uint64_t v;
	int ret = 0;

	if (!colon)
		return memchr(line.p, '|', span_len(line)) ? 0 : -EINVAL; /* the headings */
	name = (struct span){line.p, colon};
	while (name.p < name.end && *name.p == ' ')
		name.p++;
	if (span_empty(name) || span_len(name) > 255)
		return -EINVAL;
	line.p = colon + 1;
	row = table_add_row(&f->table[TABLE_NET],
			    (struct row_key){hash_bytes(name.p, span_len(name)), 0});
	row_str(row, NET_NAME, strpool_intern(f->strings, name.p, span_len(name)));
	if (row.t->col[NET_PHYSICAL] || row.t->col[NET_LINK]) {
		uint8_t kind = kind_of(c, name);

		*kinds |= kind;
		row_u64(row, NET_PHYSICAL, kind);
		/* A file each: not for the hundreds that containers have. */
		if (kind && row.t->col[NET_LINK]) {
			const char *state;
			int r = operstate_read(c->links, name, &state);

			if (r == 0)
				row_str(row, NET_LINK, state);
			source_note(f, SRC_OPERSTATE, r);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(columns); i++) {
		enum column r = column_u64(&line, &v);

		if (r == COLUMN_OK && columns[i] < NET_FIELDS)
			row_u64(row, columns[i], v);
		else if (r != COLUMN_OK)
			ret = -EINVAL;
		if (r == COLUMN_NONE)
			break;
	}
	return ret;
}

int
netdev_parse(struct span text, struct sys_context *c, struct frame *f)
{
	struct table *t = &f->table[TABLE_NET];
	struct lines lines = lines_of(text);
	struct span line;
	uint8_t kinds = 0, bit;
	int ret = 0;

	devices_begin(c->nets);
	operstate_begin(c->links);
	while (lines_next(&lines, &line))
		if (!span_empty(line) && net_line(line, c, f, &kinds) < 0)
			ret = -EINVAL;
	/* In a container eth0 has no device; where nothing has one the names decide. */
	bit = kinds & HAS_DEVICE ? HAS_DEVICE : HAS_NAME;
	if (t->col[NET_PHYSICAL])
		for (uint32_t i = 0; i < t->nrows; i++)
			row_u64((struct row){t, i}, NET_PHYSICAL,
				(t->col[NET_PHYSICAL][i].u & bit) != 0);
	return span_empty(text) || lines.cut ? -EINVAL : ret;
}

void
netdev_read(struct sys_context *c, struct frame *f)
{
	int r = source_read_net(c, SRC_NETDEV);

	if (r == 0)
		r = netdev_parse(span_of(c->text.data, c->text.len), c, f);
	source_note(f, SRC_NETDEV, r);
}
