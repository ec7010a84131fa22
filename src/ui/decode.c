#include "ui/decode.h"

#include <string.h>

#include "act/act.h"
#include "base/mem.h"
#include "base/num.h"

/* By number, as linux/capability.h has them. */
static const char *const capabilities[] = {
	"chown",           "dac_override",     "dac_read_search", "fowner",
	"fsetid",          "kill",             "setgid",          "setuid",
	"setpcap",         "linux_immutable",  "net_bind_service", "net_broadcast",
	"net_admin",       "net_raw",          "ipc_lock",        "ipc_owner",
	"sys_module",      "sys_rawio",        "sys_chroot",      "sys_ptrace",
	"sys_pacct",       "sys_admin",        "sys_boot",        "sys_nice",
	"sys_resource",    "sys_time",         "sys_tty_config",  "mknod",
	"lease",           "audit_write",      "audit_control",   "setfcap",
	"mac_override",    "mac_admin",        "syslog",          "wake_alarm",
	"block_suspend",   "audit_read",       "perfmon",         "bpf",
	"checkpoint_restore",
};
enum { FIRST_KERNELS_HAD = 37 }; /* capabilities, in Linux 4.18: 0 to 37 */

static bool
parse(const char *hex, uint64_t *ret)
{
	struct span s = span_of(hex, strlen(hex));

	return num_hex(&s, ret) == 0 && span_empty(s);
}

static void
put_set(uint64_t set, struct buf *b)
{
	bool first = true;

	for (unsigned i = 0; i < 64; i++) {
		if (!(set >> i & 1))
			continue;
		if (!first)
			buf_putc(b, ' ');
		first = false;
		if (i < ARRAY_LEN(capabilities))
			buf_puts(b, capabilities[i]);
		else
			buf_printf(b, "%u", i);
	}
}

bool
decode_capabilities(const char *hex, struct buf *b)
{
	unsigned highest = 0;
	uint64_t set, all, missing;

	if (!parse(hex, &set))
		return false;
	for (unsigned i = 0; i < 64; i++)
		if (set >> i & 1)
			highest = i;
	all = highest == 63 ? UINT64_MAX : (UINT64_C(1) << (highest + 1)) - 1;
	missing = all & ~set;
	if (!set) {
		buf_puts(b, "none");
	} else if (highest < FIRST_KERNELS_HAD || __builtin_popcountll(missing) > 8) {
		put_set(set, b);
	} else {
		buf_puts(b, missing ? "all but " : "all");
		put_set(missing, b);
	}
	return true;
}

bool
decode_signals(const char *hex, struct buf *b)
{
	struct signal_name names[80];
	int n = signal_list(names, ARRAY_LEN(names));
	bool first = true;
	uint64_t set;

	if (!parse(hex, &set))
		return false;
	for (int signo = 1; signo <= 64; signo++) {
		const char *name = NULL;

		if (!(set >> (signo - 1) & 1))
			continue;
		for (int i = 0; i < n; i++)
			if (names[i].signo == signo)
				name = names[i].name;
		if (!first)
			buf_putc(b, ' ');
		first = false;
		if (name)
			buf_puts(b, strncmp(name, "SIG", 3) == 0 ? name + 3 : name);
		else
			buf_printf(b, "%d", signo); /* of the C library's own */
	}
	if (first)
		buf_puts(b, "none");
	return true;
}
