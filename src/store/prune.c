#include "store/prune.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/mem.h"
#include "store/recording.h"

static bool
is_segment(const char *name)
{
	size_t n = strlen(name), suffix = sizeof RECORDING_SUFFIX - 1;

	return n > suffix && *name != '.' && strcmp(name + n - suffix, RECORDING_SUFFIX) == 0;
}

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int
segments_list(int dir, char ***ret_name, size_t *ret_n)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *de;
	char **name = NULL;
	size_t n = 0, cap = 0;

	if (!d) {
		int error = errno;

		if (fd >= 0)
			(void)close(fd);
		return -error;
	}
	while ((de = readdir(d))) {
		if (!is_segment(de->d_name))
			continue;
		GROW(name, cap, n + 1);
		name[n++] = xstrdup(de->d_name);
	}
	(void)closedir(d);
	if (n)
		qsort(name, n, sizeof *name, compare_names);
	*ret_name = name;
	*ret_n = n;
	return 0;
}

/* Age is that of the last write: when the segment was sealed. */
void
prune(int dir, uint64_t max_bytes, int64_t max_age_ns)
{
	int64_t now = clock_ns(CLOCK_REALTIME);
	uint64_t bytes = 0;
	struct stat st;
	char **name;
	size_t n;

	if ((!max_bytes && !max_age_ns) || segments_list(dir, &name, &n) < 0)
		return;
	for (size_t i = n; i-- > 0;) {
		bool ours = fstatat(dir, name[i], &st, AT_SYMLINK_NOFOLLOW) == 0 &&
			    S_ISREG(st.st_mode) && st.st_uid == geteuid();

		if (ours) {
			int64_t age = now - (int64_t)st.st_mtim.tv_sec * NS_PER_S;

			bytes += (uint64_t)st.st_size;
			if (i + 1 < n && ((max_bytes && bytes > max_bytes) ||
					  (max_age_ns && age > max_age_ns)))
				(void)unlinkat(dir, name[i], 0);
		}
		free(name[i]);
	}
	free(name);
}
