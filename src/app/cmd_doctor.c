/* doctor: what can be read here, what not, why, and what would help. Two samples of everything are
 * taken; of each source the fuller one counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "app/app.h"
#include "app/config.h"
#include "base/clock.h"
#include "base/fd.h"
#include "base/mem.h"
#include "base/passwd.h"
#include "sample/sampler.h"
#include "sink/clean.h"
#include "sink/columns.h"
#include "sink/json.h"
#include "sys/errand.h"

static const int64_t PAUSE_NS = 200 * NS_PER_MS;

struct doctor {
	const struct options *o;
	struct root root;
	struct source_state source[SRC_COUNT];
	unsigned cpus;
	char kernel[128], host[128], uid[16], user[64];
	const char *sampler;
	struct buf out, why; /* why: of the sampler */
};

static void
keep(struct doctor *d, const struct frame *f)
{
	const struct table *cpu = frame_table(f, TABLE_CPU), *sys = frame_table(f, TABLE_SYSTEM);
	unsigned cpus = 0;

	for (int i = 0; i < SRC_COUNT; i++) {
		const struct source_state *s = &f->source[i];

		if (s->read + s->failed > d->source[i].read + d->source[i].failed)
			d->source[i] = *s;
	}
	for (uint32_t i = 0; i < cpu->nrows; i++)
		cpus += cell_valid(cpu, i, CPU_CPU) && cpu->col[CPU_CPU][i].i >= 0;
	d->cpus = MAX(d->cpus, cpus);
	if (sys->nrows)
		snprintf(d->kernel, sizeof d->kernel, "%s", cell_str(sys, 0, SYSTEM_KERNEL));
	snprintf(d->host, sizeof d->host, "%s", f->meta.host);
	d->sampler = f->meta.sampler;
}

static int
sample(struct doctor *d, struct err *e)
{
	struct feed *feed = sampler_new(&d->root, d->o->sampler, e);
	struct plan plan = {0};
	const struct frame *f;
	int r = 0;

	if (!feed)
		return -EINVAL;
	for (int t = 0; t < TABLE_COUNT; t++)
		plan_want_table(&plan, (enum table_id)t);
	for (unsigned i = 0; i < PROC_FIELDS; i++)
		plan_want_everywhere(&plan, i);
	feed_plan(feed, &plan);
	for (int i = 0; i < 2 && r == 0; i++) {
		if (i && !d->root.fixture) {
			struct timespec ts = ns_to_timespec(PAUSE_NS);

			(void)nanosleep(&ts, NULL);
		}
		r = feed_next(feed, &f);
		if (r < 0)
			break;
		keep(d, f);
		frame_unref(f);
	}
	sampler_reason(feed, &d->why);
	plan_release(&plan);
	feed_free(feed);
	if (r < 0 && r != -ENODATA)
		return err_set(e, r, "the machine cannot be read: %s", strerror(-r));
	return 0;
}

static const char *
pid_namespace(const struct doctor *d)
{
	uint64_t ns = root_pid_namespace(&d->root);

	if (d->root.foreign)
		return "of another root";
	return !ns ? "unknown" : ns == ROOT_INITIAL_PID_NS ? "initial" : "a container's";
}

static const char *
state_name(const struct source_state *s)
{
	if (s->read)
		return s->failed ? "partly" : "ok";
	if (!s->failed)
		return "unused";
	switch (-s->error) {
	case ENOENT:
	case ENOTDIR:
		return "missing";
	case EACCES:
	case EPERM:
		return "denied";
	default:
		return "failed";
	}
}

/* NULL: none. */
static const char *
reason(const struct source_state *s)
{
	if (s->error == -EINVAL) /* how parsers say it */
		return "not understood";
	if (s->error == -ETIMEDOUT || s->error == -EAGAIN) /* as errand_is_late() has it */
		return "timed out";
	return s->error ? strerror(-s->error) : NULL;
}

/* Name and value of everything but the sources. */
struct fact {
	const char *name, *key, *value; /* value NULL: not known, or not set */
};

static const char *
env(const char *name)
{
	const char *v = getenv(name);

	return v && *v ? v : NULL;
}

enum { FACTS = 13 };

/* Of the user we run as. Whoever looks here may do so because something hangs. */
static void
own_name(struct doctor *d)
{
	uid_t uid = geteuid();
	struct errands *e = errands_new(&d->root);
	const char *known = passwd_name(uid);
	char *name;
	size_t n;

	if (!known) {
		uint32_t i = errand_user(e, uid);

		errands_run(e, clock_mono_ns());
		known = errand_text(e, i, &name, &n) == 0 ? name : NULL;
	}
	snprintf(d->uid, sizeof d->uid, "%u", (unsigned)uid);
	snprintf(d->user, sizeof d->user, "%s", known ? known : d->uid);
	errands_free(e);
}

static void
facts(struct doctor *d, struct fact ret[FACTS])
{
	const char *where = d->root.fixture   ? "a fixture"
			    : d->root.foreign ? "another root"
					      : "this machine";

	const struct config *c = d->o->config;

	own_name(d);
	memcpy(ret,
	       (struct fact[FACTS]){
		       {"sonde", "version", SONDE_VERSION},
		       {"host", "host", d->host},
		       {"kernel", "kernel", *d->kernel ? d->kernel : NULL},
		       {"reads", "root", where},
		       {"sampler", "sampler", d->sampler},
		       {"because", "sampler_reason", d->why.data},
		       {"user", "user", d->user},
		       {"PID namespace", "pid_namespace", pid_namespace(d)},
		       {"characters", "charset", nl_langinfo(CODESET)},
		       {"TERM", "term", env("TERM")},
		       {"COLORTERM", "colorterm", env("COLORTERM")},
		       {"NO_COLOR", "no_color", env("NO_COLOR")},
		       {"configuration", "config", c && c->is_read ? c->path : NULL},
	       },
	       sizeof(struct fact[FACTS]));
}

/* Mistakes of the configuration that are kept; the rest is too many to read. */
static size_t
mistakes(const struct doctor *d)
{
	return d->o->config ? MIN(d->o->config->nmistakes, (size_t)CONFIG_MISTAKES) : 0;
}

static void
put_mistakes(struct doctor *d)
{
	size_t n = mistakes(d);

	for (size_t i = 0; i < n; i++) {
		const char *text = d->o->config->mistake[i];

		(void)clean_text(&d->out, text, strlen(text), INT_MAX);
		buf_putc(&d->out, '\n');
	}
	if (n)
		buf_putc(&d->out, '\n');
}

static void
put_text(struct doctor *d, const struct fact *fact)
{
	struct columns c = {0};
	char number[16];

	columns_add(&c, fact[0].name, true);
	columns_add(&c, fact[0].value, true);
	for (int i = 1; i < FACTS; i++) {
		columns_cell(&c, fact[i].name);
		columns_cell(&c, fact[i].value ? fact[i].value : "-");
	}
	snprintf(number, sizeof number, "%u", d->cpus);
	columns_cell(&c, "CPUs");
	columns_cell(&c, number);
	columns_put(&c, &d->out, 0);
	buf_putc(&d->out, '\n');
	put_mistakes(d);
	columns_add(&c, "SOURCE", true);
	columns_add(&c, "STATE", true);
	columns_add(&c, "READ", false);
	columns_add(&c, "OF", false);
	columns_add(&c, "REASON", true);
	columns_add(&c, "GIVES", true);
	for (int i = SRC_NONE + 1; i < SRC_COUNT; i++) {
		const struct source_state *s = &d->source[i];
		char name[64];

		source_path(name, (enum source)i);
		columns_cell(&c, name);
		columns_cell(&c, state_name(s));
		snprintf(number, sizeof number, "%u", s->read);
		columns_cell(&c, number);
		snprintf(number, sizeof number, "%u", s->read + s->failed);
		columns_cell(&c, number);
		columns_cell(&c, reason(s) ? reason(s) : "-");
		columns_cell(&c, source_info[i].doc);
	}
	columns_put(&c, &d->out, 0);
	columns_release(&c);
}

static void
put_json(struct doctor *d, const struct fact *fact)
{
	buf_putc(&d->out, '{');
	for (int i = 0; i < FACTS; i++) {
		json_key(&d->out, fact[i].key);
		json_text(&d->out, fact[i].value);
	}
	buf_puts(&d->out, ",\"config_mistakes\":[");
	for (size_t i = 0; i < mistakes(d); i++) {
		buf_puts(&d->out, i ? "," : "");
		json_text(&d->out, d->o->config->mistake[i]);
	}
	buf_printf(&d->out, "],\"uid\":%s,\"cpus\":%u,\"sources\":[", d->uid, d->cpus);
	for (int i = SRC_NONE + 1; i < SRC_COUNT; i++) {
		const struct source_state *s = &d->source[i];
		char name[64];

		source_path(name, (enum source)i);
		buf_puts(&d->out, i > SRC_NONE + 1 ? ",\n{" : "\n{");
		json_key(&d->out, "source");
		json_text(&d->out, name);
		json_key(&d->out, "state");
		json_text(&d->out, state_name(s));
		buf_printf(&d->out, ",\"read\":%u,\"failed\":%u,\"reason\":", s->read, s->failed);
		json_text(&d->out, reason(s));
		json_key(&d->out, "gives");
		json_text(&d->out, source_info[i].doc);
		buf_putc(&d->out, '}');
	}
	buf_puts(&d->out, "]}\n");
}

int
cmd_doctor(const struct options *o)
{
	struct doctor d = {.o = o};
	struct fact fact[FACTS];
	struct err e;
	int r, status;

	if (o->cost)
		return cmd_cost(o);
	if (root_init(&d.root, &o->root, &e) < 0)
		return app_fail(EXIT_USAGE, &e);
	r = sample(&d, &e);
	if (r < 0) {
		status = app_fail(r == -EINVAL ? EXIT_USAGE : EXIT_FAILURE, &e);
	} else {
		facts(&d, fact);
		if (o->output == OUTPUT_JSON)
			put_json(&d, fact);
		else
			put_text(&d, fact);
		status = app_written(app_write(&d.out));
	}
	buf_release(&d.out);
	buf_release(&d.why);
	root_release(&d.root);
	return status;
}
