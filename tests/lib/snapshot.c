/* snapshot: an example of libsonde: all of a frame with one call.
 *
 *     snapshot [--root DIR | --recording PATH] [FILTER]
 *
 * Waits for the second frame of a machine (rates need two) and prints its memory, and the processes
 * that match.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sonde/sonde.h>

static int
fail(const struct sonde_error *e)
{
	fprintf(stderr, "snapshot: %s: %s\n", sonde_code_name(e->code), e->message);
	return 1;
}

static void
print_cell(const struct sonde_column *c, size_t row)
{
	printf(" %s=", c->field->name);
	if (!sonde_valid(c, row)) {
		printf("-");
		return;
	}
	switch (c->field->type) {
	case SONDE_STRING:
		printf("%s", sonde_string(c, row));
		break;
	case SONDE_F64:
		printf("%.3f", sonde_f64(c, row));
		break;
	case SONDE_I64:
		printf("%" PRId64, sonde_i64(c, row));
		break;
	default: /* SONDE_U64, SONDE_BOOL */
		printf("%" PRIu64, sonde_u64(c, row));
	}
}

static void
print_row(const struct sonde_table *t, size_t row)
{
	printf("%s", t->schema->name);
	for (size_t c = 0; c < t->ncolumns; c++)
		print_cell(&t->columns[c], row);
	putchar('\n');
}

/* One call, and everything is there. */
static int
print_frame(const struct sonde_frame *f, struct sonde_filter *filter, struct sonde_error *e)
{
	const struct sonde_snapshot *shot = sonde_frame_snapshot(f);

	printf("%s at %" PRId64 "\n", shot->host, shot->wall_ns / 1000000000);
	for (size_t i = 0; i < shot->ntables; i++) {
		const struct sonde_table *t = &shot->tables[i];
		const uint32_t *rows;
		int64_t n;

		if (strcmp(t->schema->name, "proc") != 0) {
			for (size_t row = 0; row < t->rows; row++)
				print_row(t, row);
			continue;
		}
		n = sonde_filter_rows(filter, f, &rows, e);
		if (n < 0)
			return -1;
		for (int64_t k = 0; k < n; k++)
			print_row(t, rows[k]);
	}
	return 0;
}

int
main(int argc, char **argv)
{
	struct sonde_options o = {sizeof o, NULL, NULL, NULL, NULL, NULL, 0, 0};
	struct sonde_filter *filter = NULL;
	const char *text = "cpu>1";
	struct sonde_frame *f = NULL;
	struct sonde *s = NULL;
	struct sonde_error e;
	int r;

	for (int i = 1; i < argc; i++) {
		if (strcmp(argv[i], "--root") == 0 && i + 1 < argc)
			o.root = argv[++i];
		else if (strcmp(argv[i], "--recording") == 0 && i + 1 < argc)
			o.recording = argv[++i];
		else
			text = argv[i];
	}
	r = sonde_open(&o, &s, &e);
	if (r == 0)
		r = sonde_want(s, "memory", "total_bytes,used_bytes,used_ratio", &e);
	if (r == 0)
		r = sonde_want(s, "proc", "pid,name,user,cpu_ratio,resident_bytes", &e);
	if (r == 0)
		r = sonde_filter_new("proc", text, &filter, &e);
	for (int i = 0; r == 0 && i < 2; i++) {
		if (i && !o.root && !o.recording)
			usleep(200000);
		sonde_frame_unref(f);
		f = NULL;
		r = sonde_next(s, &f, &e);
	}
	if (r == 0)
		r = print_frame(f, filter, &e);
	if (r < 0)
		r = fail(&e);
	sonde_filter_free(filter);
	sonde_frame_unref(f);
	sonde_close(s);
	return r;
}
