#include "base/passwd.h"

#include <limits.h>
#include <pthread.h>
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

/* What fgetpwent() gives is one for all threads. */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

const char *
passwd_name(uid_t uid)
{
	static _Thread_local char name[LOGIN_NAME_MAX];
	const struct passwd *pw;
	int n = -1;

	pthread_mutex_lock(&lock);
	pw = find(NULL, uid);
	if (pw)
		n = snprintf(name, sizeof name, "%s", pw->pw_name);
	pthread_mutex_unlock(&lock);
	return n < 0 ? NULL : name;
}

bool
passwd_uid(const char *name, uid_t *ret)
{
	const struct passwd *pw;

	pthread_mutex_lock(&lock);
	pw = find(name, 0);
	if (pw)
		*ret = pw->pw_uid;
	pthread_mutex_unlock(&lock);
	return pw != NULL;
}
