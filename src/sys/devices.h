#ifndef SYS_DEVICES_H
#define SYS_DEVICES_H

/* devices: remembers one answer per device from tick to tick, so that sysfs is asked once about
 * each and not on every tick. Devices that are not asked for during a tick are forgotten.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/num.h"
#include "base/root.h"

struct devices;

struct devices *devices_new(void);
void devices_free(struct devices *d); /* NULL is fine */
void devices_begin(struct devices *d);

/* The answer for a device, or NULL when it has to be found out and told by devices_add(). Devices
 * are best asked for in the same order every time. */
const uint8_t *devices_find(struct devices *d, uint64_t number, struct span name);
void devices_add(struct devices *d, uint64_t number, struct span name, uint8_t answer);

/* Is there CLASS/NAME/device in sysfs, as physical devices have it, or does CLASS/NAME lead to one
 * that is not below devices/virtual? 1 or 0; -ENOENT when sysfs has no such class, or NAME is not
 * a name that it can have. */
int devices_is_physical(const struct root *r, const char *class, struct span name);

#endif
