/* Cells that could not be read in time: absent, marked "~" for people, nothing for programs; gone
 * with the frame. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "draw/print.h"
#include "frame/derive.h"
#include "sink/csv.h"
#include "sink/json.h"
#include "sink_frame.h"
#include "ui/screen.h"

static void
test_cells(void **state)
{
	struct field_set want[TABLE_COUNT] = {0};
	struct frame *f;
	struct table *t;

	(void)state;
	for (unsigned i = FS_MOUNT; i <= FS_USED_RATIO; i++)
		if (i != FS_FILES)
			field_set_add(&want[TABLE_FS], i);
	for (int round = 0; round < 3; round++) {
		f = frame_begin(pool, want, strings);
		t = &f->table[TABLE_FS];
		for (uint32_t i = 0; i < 300; i++) { /* grows while it has late cells */
			struct row r = table_add_row(t, (struct row_key){i, 0});

			for (unsigned k = 0; k < FS_FIELDS; k++)
				assert_false(cell_late(t, i, k));
			if (i % 3 == 0)
				row_late(r, FS_SIZE);
			if (i % 7 == 0) {
				row_late(r, FS_USED);
				row_late(r, FS_FILES); /* nobody wants it */
			}
			if (i % 2)
				row_u64(r, FS_SIZE, 5);
			if (i % 21)
				row_u64(r, FS_USED, 1);
		}
		frame_derive(f, NULL);
		for (uint32_t i = 0; i < 300; i++) {
			bool size = i % 3 == 0 && i % 2 == 0, used = i % 21 == 0;

			assert_int_equal(cell_valid(t, i, FS_SIZE), i % 2);
			assert_int_equal(cell_late(t, i, FS_SIZE), size);
			assert_int_equal(cell_late(t, i, FS_USED), used);
			assert_false(cell_late(t, i, FS_AVAILABLE));
			assert_false(cell_late(t, i, FS_FILES));
			/* What is derived from a late one is late, unless it is there. */
			assert_int_equal(cell_valid(t, i, FS_USED_RATIO), i % 2 && i % 21);
			assert_int_equal(cell_late(t, i, FS_USED_RATIO),
					 !(i % 2 && i % 21) && (i % 3 == 0 || i % 7 == 0));
		}
		frame_unref(f);
	}
	/* Nothing is left of it, in a table that shrank either; nor when the column goes. */
	for (int round = 0; round < 3; round++) {
		f = frame_begin(pool, want, strings);
		t = &f->table[TABLE_FS];
		for (uint32_t i = 0; i < 4; i++) {
			(void)table_add_row(t, (struct row_key){i, 0});
			assert_false(cell_late(t, i, FS_SIZE));
			assert_false(cell_late(t, i, FS_USED_RATIO));
		}
		frame_unref(f);
		want[TABLE_FS] = (struct field_set){0};
	}
}

static void
test_sinks(void **state)
{
	static const uint8_t fields[] = {PROC_PID, PROC_RES, PROC_MEM_SHARE, PROC_COMMAND};
	struct frame *f = proc_frame(2);
	uint32_t rows[] = {0, 1};
	struct sink_select sel = {TABLE_PROC, fields, ARRAY_LEN(fields), rows, 2};
	struct buf b = {0};

	(void)state;
	row_late(proc_row(f, 0), PROC_RES);
	row_late(proc_row(f, 0), PROC_COMMAND);
	row_late(proc_row(f, 1), PROC_COMMAND);
	row_str(proc_row(f, 1), PROC_COMMAND, "came after all");
	csv_frame(&b, f, &sel, false);
	assert_string_equal(b.data, "1,,,\n2,,,came after all\n");
	buf_clear(&b);
	json_frame(&b, f, &sel, 1);
	assert_non_null(strstr(b.data, "{\"pid\":1,\"resident_bytes\":null,\"memory_ratio\":null,"
				       "\"command\":null}"));
	buf_release(&b);
	frame_unref(f);
}

/* The line of the screen that has this in it. */
static char *
line_with(struct buf *text, const char *what)
{
	char *at = strstr(text->data, what), *end;

	assert_non_null(at);
	while (at > text->data && at[-1] != '\n')
		at--;
	end = strchr(at, '\n');
	assert_non_null(end);
	*end = '\0';
	return at;
}

static void
test_screen(void **state)
{
	static const struct {
		const char *name, *command;
		bool late_res, late_command;
		const char *ends;
	} cases[] = {
		{"there", "/bin/there --is", false, false, " 8.0K     - - /bin/there --is"},
		{"late", NULL, true, true, "    ~     - - ~ late"},
		{"none", NULL, false, false, " 8.0K     - - none"},
		{"before", "known-from-before", true, true, "    ~     - - known-from-before"},
	};
	static const uint8_t columns[] = {PROC_PID, PROC_RES, PROC_SHR, PROC_STATE, PROC_COMMAND};
	struct screen *s = screen_new(&(struct screen_options){
		.columns = columns, .ncolumns = ARRAY_LEN(columns), .delay_ns = 1000000000});
	struct frame *f = proc_frame(ARRAY_LEN(cases));
	struct grid g = {0};
	struct buf text = {0};

	(void)state;
	for (uint32_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct row r = proc_row(f, i);

		row_str(r, PROC_NAME, cases[i].name);
		row_str(r, PROC_COMMAND, cases[i].command);
		if (cases[i].late_res)
			row_late(r, PROC_RES);
		else
			row_u64(r, PROC_RES, 8192);
		if (cases[i].late_command)
			row_late(r, PROC_COMMAND);
	}
	frame_derive(f, NULL);
	screen_frame(s, f);
	grid_resize(&g, 80, 24);
	screen_render(s, &g);
	print_text(&text, &g);
	for (uint32_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf copy = {0};
		const char *line;
		size_t n;

		buf_put(&copy, text.data, text.len);
		line = line_with(&copy, cases[i].command ? cases[i].command : cases[i].name);
		n = strlen(line);
		if (n < strlen(cases[i].ends) ||
		    strcmp(line + n - strlen(cases[i].ends), cases[i].ends) != 0)
			fail_msg("'%s' does not end with '%s'", line, cases[i].ends);
		buf_release(&copy);
	}
	buf_release(&text);
	grid_release(&g);
	screen_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_sinks),
		cmocka_unit_test(test_screen),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
