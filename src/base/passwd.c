#include "base/passwd.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>

/* By name, or NULL: by number. */
static const struct passwd *
find(const char *name, uid_t uid)
{
	FILE *f = fopen("/etc/passwd", "re");
	const struct passwd *pw = NULL;

	while (f && (pw = fgetpwent(f)))
		if (name ? strcmp(pw->pw_name, name) == 0 : pw->pw_uid == uid)
			break;
	if (f)
		(void)fclose(f);
	return pw;
}

const char *
passwd_name(uid_t uid)
{
	const struct passwd *pw = find(NULL, uid);

	return pw ? pw->pw_name : NULL;
}

bool
passwd_uid(const char *name, uid_t *ret)
{
	const struct passwd *pw = find(name, 0);

	if (pw)
		*ret = pw->pw_uid;
	return pw != NULL;
}
