/* saved: the configuration as the program writes it. The new text goes into a file beside the old
 * one, which takes its place when it is complete: whoever reads sees the one or the other. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "app/config.h"
#include "base/conf.h"
#include "base/fd.h"
#include "base/mem.h"

/* What is saved of options. Each puts the value as it stands in the file; nothing: leave it out. */
static void
put_delay(const struct options *o, struct buf *b)
{
	buf_printf(b, "%g", (double)(o->delay_ns ? o->delay_ns : NS_PER_S) / (double)NS_PER_S);
}

static void
put_sort(const struct options *o, struct buf *b)
{
	for (unsigned i = 0; i < o->nsort; i++) {
		const struct field *f = &schema[TABLE_PROC].field[o->sort[i].field];
		bool natural = f->flags & FIELD_SORT_DESC;

		buf_printf(b, "%s%s%s", i ? "," : "",
			   o->sort[i].descending == natural ? "" : natural ? "+" : "-", f->name);
	}
}

static void
put_columns(const struct options *o, struct buf *b)
{
	for (unsigned i = 0; i < o->ncolumns; i++)
		buf_printf(b, "%s%s", i ? "," : "", schema[TABLE_PROC].field[o->column[i]].name);
}

static void
put_kernel(const struct options *o, struct buf *b)
{
	buf_puts(b, o->kernel_threads == 0 ? "no" : "yes");
}

static const struct {
	enum option option;
	void (*put)(const struct options *o, struct buf *b);
	size_t flag; /* where put is NULL */
} saved[] = {
	{OPTION_DELAY, put_delay, 0},
	{OPTION_SORT, put_sort, 0},
	{OPTION_COLUMNS, put_columns, 0},
	{OPTION_KERNEL, put_kernel, 0},
	{OPTION_THREADS, NULL, offsetof(struct options, threads)},
	{OPTION_TREE, NULL, offsetof(struct options, tree)},
	{OPTION_PER_CPU, NULL, offsetof(struct options, per_cpu)},
	{OPTION_NO_HEADER, NULL, offsetof(struct options, no_header)},
	{OPTION_NAMES, NULL, offsetof(struct options, names)},
	{OPTION_NO_PATHS, NULL, offsetof(struct options, no_paths)},
	{OPTION_DIM_OTHERS, NULL, offsetof(struct options, dim_others)},
	{OPTION_CPU_OF_MACHINE, NULL, offsetof(struct options, cpu_of_machine)},
	{OPTION_NO_COLOR, NULL, offsetof(struct options, no_color)},
	{OPTION_ASCII, NULL, offsetof(struct options, ascii)},
	{OPTION_NO_MOUSE, NULL, offsetof(struct options, no_mouse)},
};

static void
put_value(const struct options *o, size_t i, struct buf *b)
{
	buf_clear(b);
	buf_puts(b, "");
	if (saved[i].put)
		saved[i].put(o, b);
	else
		buf_puts(b, *(const bool *)((const char *)o + saved[i].flag) ? "yes" : "no");
}

/* Options that would begin as the screen is now. */
static void
set_options(struct options *o, const struct screen_settings *now)
{
	o->delay_ns = now->delay_ns;
	o->nsort = now->nsort;
	for (unsigned i = 0; i < now->nsort; i++)
		o->sort[i] = now->sort[i];
	o->ncolumns = now->columns ? now->ncolumns : 0;
	for (unsigned i = 0; i < o->ncolumns; i++)
		o->column[i] = now->columns[i];
	o->kernel_threads = !now->no_kthreads;
	o->threads = now->threads;
	o->tree = now->tree;
	o->per_cpu = now->cpu_bars;
	o->no_header = now->no_header;
	o->names = now->names_only;
	o->no_paths = now->no_paths;
	o->dim_others = now->dim_others;
	o->cpu_of_machine = now->cpu_of_machine;
}

static bool
has_filter(const struct config *c, const struct named_filter *f)
{
	for (size_t i = 0; i < c->nfilters; i++)
		if (strcmp(c->filter[i].name, f->name) == 0)
			return strcmp(c->filter[i].query, f->query) == 0;
	return false;
}

/* Puts into the text what it and the system's file do not say. base: what they say. */
static void
change(struct buf *text, const struct options *base, const struct options *o,
       const struct screen_settings *now)
{
	struct buf was = {0}, is = {0}, name = {0};

	for (size_t i = 0; i < ARRAY_LEN(saved); i++) {
		put_value(base, i, &was);
		put_value(o, i, &is);
		if (is.len && strcmp(was.data, is.data) != 0)
			conf_set(text, option_specs[saved[i].option].name, is.data);
	}
	for (size_t i = 0; i < now->nfilters; i++) {
		if (has_filter(base->config, &now->filter[i]))
			continue;
		buf_clear(&name);
		buf_printf(&name, "filter %s", now->filter[i].name);
		conf_set(text, name.data, now->filter[i].query);
	}
	buf_release(&was);
	buf_release(&is);
	buf_release(&name);
}

/* Directories that are missing before the file's name. */
static int
make_directories(const char *path)
{
	char *dir = xstrdup(path);
	int r = 0;

	for (char *p = dir + 1; r == 0 && (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (mkdir(dir, 0700) < 0 && errno != EEXIST)
			r = -errno;
		*p = '/';
	}
	free(dir);
	return r;
}

/* Of a file that is not there yet. */
static int
resolve_new(const char *path, char ret_path[PATH_MAX])
{
	const char *name = strrchr(path, '/');
	char *dir = name ? xstrdup(path) : xstrdup("./");
	char real[PATH_MAX];
	int r = make_directories(path);

	name = name ? name + 1 : path;
	strrchr(dir, '/')[1] = '\0';
	if (r == 0 && !realpath(dir, real))
		r = -errno;
	if (r == 0 && (size_t)snprintf(ret_path, PATH_MAX, "%s/%s", real, name) >= PATH_MAX)
		r = -ENAMETOOLONG;
	free(dir);
	return r;
}

/* Where the file really is, which a link may say; -EPERM and why when it is not to be written. */
static int
resolve(const char *path, char ret_path[PATH_MAX], mode_t *ret_mode, const char **ret_why)
{
	struct stat st;

	*ret_mode = 0;
	*ret_why = NULL;
	if (realpath(path, ret_path)) {
		if (stat(ret_path, &st) < 0)
			return -errno;
		*ret_mode = st.st_mode & 07777;
		if (!S_ISREG(st.st_mode))
			*ret_why = "it is no regular file";
		else if (st.st_uid != geteuid())
			*ret_why = "it belongs to another user";
	} else if (errno != ENOENT) {
		return -errno;
	} else if (lstat(path, &st) == 0) {
		*ret_why = "it is a link to nothing";
	} else {
		return resolve_new(path, ret_path);
	}
	return *ret_why ? -EPERM : 0;
}

/* Others could put a link where the new file goes. */
static const char *
distrust_directory(const char *path)
{
	char *dir = xstrdup(path);
	const char *why = NULL;
	struct stat st;

	*(strrchr(dir, '/') + (strrchr(dir, '/') == dir)) = '\0';
	if (stat(dir, &st) < 0)
		why = strerror(errno);
	else if (st.st_uid != geteuid() && st.st_uid != 0)
		why = "its directory belongs to another user";
	else if (st.st_mode & S_IWOTH && !(st.st_mode & S_ISVTX))
		why = "everyone may write its directory";
	free(dir);
	return why;
}

static int
replace(const char *path, mode_t mode, const struct buf *text)
{
	char temp[PATH_MAX];
	int fd, r;

	if ((size_t)snprintf(temp, sizeof temp, "%s.XXXXXX", path) >= sizeof temp)
		return -ENAMETOOLONG;
	fd = mkostemp(temp, O_CLOEXEC);
	if (fd < 0)
		return -errno;
	r = fd_write_all(fd, text->data, text->len);
	if (r == 0 && mode && fchmod(fd, mode) < 0) /* a new one is nobody else's */
		r = -errno;
	if (r == 0 && fsync(fd) < 0)
		r = -errno;
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temp, path) < 0)
		r = -errno;
	if (r < 0)
		(void)unlink(temp);
	return r;
}

static int
write_text(const char *path, const struct options *base, const struct options *o,
	   const struct screen_settings *now, struct err *said)
{
	char real[PATH_MAX];
	const char *why;
	struct buf text = {0}, before = {0};
	mode_t mode;
	int r = resolve(path, real, &mode, &why);

	if (r == 0 && (why = distrust_directory(real)))
		r = -EPERM;
	if (r == 0 && mode)
		r = fd_read_file(AT_FDCWD, real, CONF_MAX_BYTES, &text);
	if (r < 0)
		return err_set(said, r, "not saved: %.150s: %s", path, why ? why : strerror(-r));
	buf_put(&before, text.data ? text.data : "", text.len);
	if (!text.len)
		buf_puts(&text, "# sonde.conf(5) says what may stand here.\n");
	change(&text, base, o, now);
	if (before.len == text.len && memcmp(before.data, text.data, text.len) == 0)
		err_set(said, 0, "nothing to save: %.200s says it already", path);
	else if ((r = replace(real, mode, &text)) == 0)
		err_set(said, 0, "saved in %.200s", path);
	else
		err_set(said, r, "not saved: %.150s: %s", path, strerror(-r));
	buf_release(&before);
	buf_release(&text);
	return r;
}

int
config_save(const struct options *o, const struct screen_settings *now, struct err *said)
{
	/* A start without options gives what the files say now; others may have changed them. */
	static char program[] = "sonde", option[] = "--config", replay[] = "replay";
	const struct config *c = o->config;
	char *argv[] = {program, replay, option, (char *)o->config_file, NULL};
	struct options base, this = *o;
	int r;

	if (!c || !c->path)
		return err_set(said, -ENOENT,
			       "not saved: sonde was started without a configuration");
	r = options_parse(&base, o->config_file ? 4 : 2, argv, said);
	if (r == 0 && base.config->refused)
		r = err_set(said, -EPERM,
			    "not saved: %.200s is not to be trusted; sonde doctor says why",
			    c->path);
	if (r == 0) {
		set_options(&this, now);
		if (!base.nsort) {
			base.sort[0].field = PROC_CPU_RATIO;
			base.sort[0].descending = true;
			base.nsort = 1;
		}
		r = write_text(c->path, &base, &this, now, said);
	}
	options_release(&base);
	return r;
}
