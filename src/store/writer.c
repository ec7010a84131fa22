#include "store/writer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/root.h"
#include "store/names.h"
#include "store/prune.h"
#include "store/recording.h"
#include "store/scribe.h"
#include "store/segment.h"

struct writer {
	struct writer_options o;
	char *name; /* of the directory */
	int dir, lock;
	struct scribe scribe;
	struct layout *layout;
	struct packer *packer;
	struct buf bytes;

	int fd; /* the segment that is written to, -1 when there is none */
	char last[NAME_SIZE]; /* of the newest segment */
	uint64_t begin, size;
	struct entry *entry;
	size_t n, cap;
	int64_t synced_ns, begun_ns; /* monotonic */
	int sync_error;              /* of the last fdatasync(), or 0 */
	uint64_t sealed;             /* segments */
};

static int
open_directory(struct writer *w, struct err *e)
{
	const char *dir = w->o.dir;
	struct stat st;

	if (mkdir(dir, 0700) < 0 && errno != EEXIST)
		return err_set(e, -errno, "%.150s: cannot be made: %s", dir, strerror(errno));
	w->dir = open(dir, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (w->dir < 0) {
		int error = errno;
		bool link = lstat(dir, &st) == 0 && S_ISLNK(st.st_mode);

		return err_set(e, -error, "%.150s: expected a directory: %s", dir,
			       link ? "this is a link, and those are not followed"
				    : strerror(error));
	}
	if (fstat(w->dir, &st) < 0)
		return err_set(e, -errno, "%.150s: %s", dir, strerror(errno));
	if ((st.st_mode & 022) || (st.st_uid != geteuid() && st.st_uid != 0))
		return err_set(e, -EPERM,
			       "%.150s: others can write there: expected a directory of our own "
			       "with mode 0700",
			       dir);
	return 0;
}

static int
take_lock(struct writer *w, struct err *e)
{
	w->lock = openat(w->dir, "lock", O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (w->lock < 0)
		return err_set(e, -errno, "%.150s: cannot be written to: %s", w->o.dir,
			       strerror(errno));
	if (flock(w->lock, LOCK_EX | LOCK_NB) < 0) {
		int error = errno;

		(void)close(w->lock);
		w->lock = -1; /* what is there is the other one's */
		return err_set(e, -error, error == EWOULDBLOCK
					? "%.150s: another recorder writes there"
					: "%.150s: cannot be locked",
			       w->o.dir);
	}
	return 0;
}

/* All or nothing: what was written of it is cut off again. */
static int
append(struct writer *w, const void *p, size_t n)
{
	size_t done = 0;

	while (done < n) {
		ssize_t got = pwrite(w->fd, (const char *)p + done, n - done,
				     (off_t)(w->size + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0) {
			int r = got < 0 ? -errno : -EIO;

			/* If not even this works, the next sample is written over it. */
			return ftruncate(w->fd, (off_t)w->size) < 0 ? -errno : r;
		}
		done += (size_t)got;
	}
	w->size += n;
	return 0;
}

/* The footer, and down to the disk. Where it has no room readers walk from record to record. */
static int
seal(struct writer *w)
{
	int r;

	if (w->fd < 0)
		return 0;
	buf_clear(&w->bytes);
	footer_put(w->entry, w->n, w->begin, w->packer, &w->bytes);
	r = append(w, w->bytes.data, w->bytes.len);
	if (fdatasync(w->fd) < 0 && r == 0)
		r = -errno;
	(void)close(w->fd);
	w->fd = -1;
	w->n = 0;
	w->sealed++;
	scribe_begin(&w->scribe);
	return r;
}

/* A segment that a recorder left when it ended otherwise. What is torn at its end goes, and nothing
 * else: all of it when it had only begun. One that could not be read to its end stays as it is. */
static void
seal_left(struct writer *w, const char *name)
{
	struct segment s;
	struct stat st;
	int r = segment_open(&s, w->dir, name, NULL);

	if (r == -ENODATA && name_is_ours(name) &&
	    fstatat(w->dir, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_nlink == 1 &&
	    st.st_uid == geteuid())
		(void)unlinkat(w->dir, name, 0);
	if (r < 0)
		return;
	if (!s.sealed && !s.unsure && fstat(s.fd, &st) == 0 && st.st_nlink == 1 &&
	    st.st_uid == geteuid()) {
		w->fd = openat(w->dir, name, O_WRONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
		w->begin = s.begin;
		w->size = s.seen;
		free(w->entry);
		w->entry = s.entry;
		w->n = s.n;
		w->cap = s.cap;
		s.entry = NULL;
		if (w->fd >= 0 && ftruncate(w->fd, (off_t)w->size) == 0)
			(void)seal(w);
		else if (w->fd >= 0)
			(void)close(w->fd);
		w->fd = -1;
		w->n = 0;
	}
	segment_close(&s);
}

static int
seal_all_left(struct writer *w, struct err *e)
{
	char **name;
	size_t n;
	int r = segments_list(w->dir, &name, &n);

	if (r < 0)
		return err_set(e, r, "%.150s: %s", w->o.dir, strerror(-r));
	for (size_t i = 0; i < n; i++) {
		seal_left(w, name[i]);
		if (name_is_ours(name[i]))
			memcpy(w->last, name[i], NAME_SIZE);
		free(name[i]);
	}
	free(name);
	return 0;
}

int
writer_open(const struct writer_options *o, struct writer **ret, struct err *e)
{
	struct writer *w = xcalloc(1, sizeof *w);
	int r;

	w->o = *o;
	w->o.dir = w->name = xstrdup(o->dir);
	w->dir = w->lock = w->fd = -1;
	w->layout = layout_own();
	w->packer = packer_new();
	scribe_init(&w->scribe);
	r = open_directory(w, e);
	if (r == 0)
		r = take_lock(w, e);
	if (r == 0) {
		rewrite_clean(w->dir);
		r = seal_all_left(w, e);
	}
	if (r < 0) {
		(void)writer_close(w);
		return r;
	}
	/* One that is begun again and again never comes to the end of a segment. */
	prune(w->dir, o->max_bytes, o->max_age_ns);
	*ret = w;
	return 0;
}

int
writer_close(struct writer *w)
{
	int r = seal(w);

	if (w->dir >= 0 && w->lock >= 0)
		rewrite_clean(w->dir);
	if (w->lock >= 0)
		(void)close(w->lock);
	if (w->dir >= 0)
		(void)close(w->dir);
	scribe_release(&w->scribe);
	layout_unref(w->layout);
	packer_free(w->packer);
	buf_release(&w->bytes);
	free(w->entry);
	free(w->name);
	free(w);
	return r;
}

static int
create(struct writer *w, int64_t wall_ns)
{
	int r;

	while ((r = name_next(w->last, wall_ns, w->last)) == 0) {
		w->fd = openat(w->dir, w->last,
			       O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (w->fd >= 0 || errno != EEXIST)
			return w->fd < 0 ? -errno : 0;
	}
	return r;
}

static int
begin_segment(struct writer *w, const struct frame *f)
{
	struct head h = {
		.wall_ns = f->meta.wall_ns,
		.mono_ns = f->meta.mono_ns,
		.foreign = f->meta.foreign,
		.fixture = f->meta.fixture,
		.clk_tck = (uint64_t)sysconf(_SC_CLK_TCK),
		.page_size = (uint64_t)sysconf(_SC_PAGESIZE),
		.version = (char *)SONDE_VERSION,
		.layout = w->layout,
	};
	int r;

	r = create(w, f->meta.wall_ns);
	if (r < 0)
		return r;
	w->size = 0;
	w->n = 0;
	if (!f->meta.foreign && !f->meta.fixture)
		root_boot_id(h.boot_id);
	h.host = (char *)f->meta.host;
	h.release = (char *)cell_str(frame_table(f, TABLE_SYSTEM), 0, SYSTEM_KERNEL);
	buf_clear(&w->bytes);
	head_put(&h, &w->bytes);
	r = append(w, w->bytes.data, w->bytes.len);
	if (r < 0) {
		/* A disk that is full shall not be full of these. */
		(void)unlinkat(w->dir, w->last, 0);
		(void)close(w->fd);
		w->fd = -1;
		return r;
	}
	(void)fsync(w->dir);
	w->begin = w->size;
	w->begun_ns = w->synced_ns = f->meta.mono_ns;
	scribe_begin(&w->scribe);
	return 0;
}

static int
add(struct writer *w, const struct frame *f)
{
	int64_t now = f->meta.mono_ns;
	struct record head;
	int r = 0;

	if (w->fd >= 0 && (now - w->begun_ns >= w->o.segment_ns ||
			   w->size >= w->o.segment_bytes || now < w->begun_ns))
		r = writer_rotate(w);
	if (w->fd < 0)
		r = begin_segment(w, f);
	if (r < 0)
		return r;
	buf_clear(&w->bytes);
	scribe_put(&w->scribe, f, NULL, &w->bytes, &head);
	GROW(w->entry, w->cap, w->n + 1);
	if (w->bytes.len > RECORD_HEAD + RECORD_PAYLOAD_MAX) {
		scribe_begin(&w->scribe);
		return -EMSGSIZE; /* nobody would read it */
	}
	w->entry[w->n] = (struct entry){
		w->size, (uint32_t)w->bytes.len, head.n,
		{head.wall_ns, head.mono_ns, head.cpu, head.memory, head.pressure, head.events},
	};
	r = append(w, w->bytes.data, w->bytes.len);
	if (r < 0) {
		scribe_begin(&w->scribe); /* nothing refers to what is not there */
		if (r == -EFBIG)
			(void)seal(w); /* no file may be larger: another one */
		return r;
	}
	w->n++;
	if (now - w->synced_ns >= w->o.sync_ns) {
		w->synced_ns = now;
		w->sync_error = fdatasync(w->fd) < 0 ? -errno : 0;
	}
	return 0;
}

int
writer_add(struct writer *w, const struct frame *f, struct err *e)
{
	int r = add(w, f);

	return r < 0 ? err_set(e, r, "%.150s: %s", w->o.dir, strerror(-r)) : 0;
}

int
writer_rotate(struct writer *w)
{
	int r = seal(w);

	prune(w->dir, w->o.max_bytes, w->o.max_age_ns);
	return r;
}

int
writer_sync_error(const struct writer *w)
{
	return w->sync_error;
}

uint64_t
writer_sealed(const struct writer *w)
{
	return w->sealed;
}

bool
writer_rewrites(const struct writer *w)
{
	return w->o.thin[0].age_ns || w->o.thin[1].age_ns;
}

int
writer_rewrite(struct writer *w)
{
	return rewrite(w->dir, w->o.thin, clock_ns(CLOCK_REALTIME));
}
