/* What paths of cgroups say: a table of those that are met, and of hostile ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#include "base/mem.h"
#include "sys/cgroupname.h"

#define ID   "9f2c4d1be07a83655c1f0e4b7d9a26c8f31b5e7a90d4c6281e3f7b5a9c0d2e14"
#define ID12 "9f2c4d1be07a"
#define POD  "kubepods-besteffort-pod0b61ac3a_11e1_4a6f_b5ec_0c9b1a2d3e4f.slice"

static const struct {
	const char *path, *unit, *slice, *container, *engine;
} cases[] = {
	{"/", "", "", "", NULL},
	{"", "", "", "", NULL},
	{"/init.scope", "init.scope", "", "", NULL},
	{"/system.slice/nginx.service", "nginx.service", "system.slice", "", NULL},
	{"/system.slice/system-postgresql.slice/postgresql@15-main.service",
	 "postgresql@15-main.service", "system-postgresql.slice", "", NULL},
	{"/user.slice/user-1000.slice/session-3.scope", "session-3.scope", "user-1000.slice", "", NULL},
	{"/user.slice/user-1000.slice/user@1000.service/init.scope", "user@1000.service",
	 "user-1000.slice", "", NULL},
	{"/user.slice/user-1000.slice/user@1000.service/app.slice/app-foo.service", "app-foo.service",
	 "app.slice", "", NULL},
	/* docker */
	{"/system.slice/docker-" ID ".scope", "docker-" ID ".scope", "system.slice", ID12, "docker"},
	{"/docker/" ID, "", "", ID12, "docker"},
	{"/docker/" ID "/docker/0123456789ab" ID, "", "", "0123456789ab", "docker"},
	{"/docker/" ID "/system.slice/nginx.service", "nginx.service", "system.slice", ID12, "docker"},
	{"/system.slice/docker.service", "docker.service", "system.slice", "", NULL},
	{"/docker/buildkit", "", "", "", NULL},
	/* podman */
	{"/machine.slice/libpod-" ID ".scope/container", "libpod-" ID ".scope", "machine.slice", ID12,
	 "podman"},
	{"/machine.slice/libpod-conmon-" ID ".scope", "libpod-conmon-" ID ".scope", "machine.slice", "",
	 NULL},
	{"/libpod_parent/libpod-" ID, "", "", ID12, "podman"},
	{"/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-" ID ".scope",
	 "libpod-" ID ".scope", "user.slice", ID12, "podman"},
	/* kubernetes */
	{"/kubepods.slice/kubepods-besteffort.slice/" POD "/cri-containerd-" ID ".scope",
	 "cri-containerd-" ID ".scope", POD, ID12, "containerd"},
	{"/kubepods.slice/" POD "/crio-" ID ".scope", "crio-" ID ".scope", POD, ID12, "cri-o"},
	{"/kubepods.slice/" POD "/crio-conmon-" ID ".scope", "crio-conmon-" ID ".scope", POD, "", NULL},
	{"/kubepods/besteffort/pod0b61ac3a-11e1/" ID, "", "", ID12, "kubernetes"},
	{"/pod0b61ac3a-11e1/" ID, "", "", "", NULL},
	{"/system.slice/nerdctl-" ID ".scope", "nerdctl-" ID ".scope", "system.slice", ID12,
	 "containerd"},
	{"/ecs/0f1e2d3c/" ID, "", "", ID12, "ecs"},
	/* machines */
	{"/lxc/web", "", "", "web", "lxc"},
	{"/lxc.payload/web/system.slice/cron.service", "cron.service", "system.slice", "web", "lxc"},
	{"/lxc.payload.web/init.scope", "", "", "web", "lxc"},
	{"/lxc.monitor.web", "", "", "", NULL},
	{"/machine.slice/systemd-nspawn@deb.service/payload", "systemd-nspawn@deb.service",
	 "machine.slice", "deb", "nspawn"},
	{"/machine.slice/machine-my\\x2ddeb.scope", "machine-my\\x2ddeb.scope", "machine.slice",
	 "my-deb", "nspawn"},
	{"/machine.slice/machine-qemu\\x2d3\\x2dvm\\x2d02.scope/libvirt/emulator",
	 "machine-qemu\\x2d3\\x2dvm\\x2d02.scope", "machine.slice", "vm-02", "qemu"},
	{"/machine.slice/machine-lxc\\x2d12\\x2dbox.scope", "machine-lxc\\x2d12\\x2dbox.scope",
	 "machine.slice", "box", "lxc"},
	/* hostile, or nearly something */
	{"/docker-.scope/docker-/docker", "docker-.scope", "", "", NULL},
	{"/docker-9f2c.scope", "docker-9f2c.scope", "", "", NULL},
	{"/docker-" ID "x.scope", "docker-" ID "x.scope", "", "", NULL},
	{"/docker/9F2C4D1BE07A", "", "", "", NULL},
	{"/.slice/.service/.scope", "", "", "", NULL},
	{"//////a.slice//////", "", "a.slice", "", NULL},
	{"/machine-.scope", "machine-.scope", "", "", NULL},
	{"/machine-\\x00\\xzz\\x2.scope", "machine-\\x00\\xzz\\x2.scope", "", "\\x00\\xzz\\x2",
	 "nspawn"},
	{"/machine-qemu\\x2d.scope", "machine-qemu\\x2d.scope", "", "qemu-", "nspawn"},
	{"/lxc/a\033[31mb\nc", "", "", "a\033[31mb\nc", "lxc"},
	{"/lxc/0123456789012345678901234567890123456789012345678901234567890123456789", "", "",
	 "0123456789012345678901234567890123456789012345678901234567890123", "lxc"},
};

static void
expect_span(const char *path, struct span got, const char *want)
{
	if (!span_is(got, want))
		fail_msg("%s: \"%.*s\", not \"%s\"", path, (int)span_len(got), got.p, want);
}

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *path = cases[i].path, *engine = cases[i].engine ? cases[i].engine : "";
		size_t n = strlen(path);
		char *copy = xmalloc(n + 1); /* with nothing behind it that belongs to us */
		struct cgroupname c;

		memcpy(copy, path, n);
		copy = xreallocarray(copy, n ? n : 1, 1);
		cgroupname_parse(span_of(copy, n), &c);
		expect_span(path, c.unit, cases[i].unit);
		expect_span(path, c.slice, cases[i].slice);
		if (strcmp(c.container, cases[i].container) != 0)
			fail_msg("%s: container \"%s\"", path, c.container);
		if (strcmp(c.engine ? c.engine : "", engine) != 0)
			fail_msg("%s: engine \"%s\"", path, c.engine ? c.engine : "");
		free(copy);
	}
}

/* Every path that begins as one of these: what is found lies inside, and no name without an engine. */
static void
test_prefixes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t n = 0; n <= strlen(cases[i].path); n++) {
			struct span path = span_of(cases[i].path, n);
			struct cgroupname c;

			cgroupname_parse(path, &c);
			assert_true(c.unit.p >= path.p && c.unit.p <= c.unit.end && c.unit.end <= path.end);
			assert_true(c.slice.p >= path.p && c.slice.p <= c.slice.end &&
				    c.slice.end <= path.end);
			assert_true((c.engine != NULL) == (*c.container != '\0'));
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_prefixes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
