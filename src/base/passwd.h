#ifndef BASE_PASSWD_H
#define BASE_PASSWD_H

/* passwd: the users of this machine's /etc/passwd, and no others. Nearly all are there, and it is
 * asked first anyway. getpwuid() and getpwnam() ask the others too: that loads modules (two thirds
 * of a MiB), may go over the network, and may take as long.
 */
#include <stdbool.h>
#include <sys/types.h>

const char *passwd_name(uid_t uid); /* NULL: not there; else until this thread calls it again */
bool passwd_uid(const char *name, uid_t *ret);

#endif
