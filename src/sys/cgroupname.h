#ifndef SYS_CGROUPNAME_H
#define SYS_CGROUPNAME_H

/* cgroupname: what the path of a cgroup says about who made it: systemd's unit and slice, and the
 * container or virtual machine, by the conventions of what runs those:
 *
 *     docker-ID.scope  /docker/ID                       docker
 *     libpod-ID.scope  /libpod_parent/libpod-ID         podman
 *     cri-containerd-ID.scope  nerdctl-ID.scope         containerd
 *     crio-ID.scope                                     cri-o
 *     /kubepods/.../podUID/ID                           kubernetes
 *     /ecs/TASK/ID                                      ecs
 *     /lxc/NAME  /lxc.payload/NAME  /lxc.payload.NAME   lxc
 *     machine-NAME.scope  systemd-nspawn@NAME.service   nspawn
 *     machine-qemu\x2dN\x2dNAME.scope  machine-lxc...   qemu, lxc (by libvirt)
 *
 * Where there are several, one in the other, the innermost counts. Of an ID, at least 12
 * hexadecimal digits, the first 12 are the name, as those programs show it. Processes that look
 * after a container from outside (conmon, lxc.monitor) are not in it.
 *
 * A path is any bytes: whoever may make cgroups chooses them, so this is what they say, no proof.
 */
#include "base/num.h"

enum { CGROUPNAME_MAX = 64 }; /* of a container's; longer ones are cut */

struct cgroupname {
	struct span unit, slice; /* in the path; empty: none */
	char container[CGROUPNAME_MAX + 1]; /* "": none */
	const char *engine;      /* a literal; NULL: no container */
};

void cgroupname_parse(struct span path, struct cgroupname *ret);

#endif
