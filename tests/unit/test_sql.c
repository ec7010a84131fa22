/* Questions: SQL says what a loop over frames says; only what is needed is unpacked; and nothing but
 * questions is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "kept_past.h"
#include "recorded.h"
#include "sql/lite.h"
#include "sql/named.h"
#include "sql/sql.h"
#include "sql/times.h"

static struct buf out;

static int
keep(void *arg, const struct buf *b)
{
	(void)arg;
	buf_put(&out, b->data, b->len);
	return 0;
}

static struct sql *
sql_over(struct past *p, uint64_t first, uint64_t end)
{
	struct sql_options o = {.past = p, .first = first, .end = end, .time_limit_ns = 60 * NS_PER_S};
	struct sql *q;
	struct err e;

	if (sql_new(&o, &q, &e) < 0)
		fail_msg("%s", e.text);
	return q;
}

/* What is answered, in the format, is in out. */
static int
ask_as(struct sql *q, enum answer_format format, const char *question, struct err *e)
{
	struct answer *a = answer_new(format, 0, keep, NULL);
	int r;

	buf_clear(&out);
	buf_puts(&out, "");
	e->text[0] = '\0';
	e->at = -1;
	r = sql_ask(q, question, a, e);
	if (r == 0)
		r = answer_end(a);
	answer_free(a);
	return r;
}

static const char *
json(struct sql *q, const char *question)
{
	struct err e;

	if (ask_as(q, ANSWER_AS_JSON, question, &e) < 0)
		fail_msg("%s: %s", question, e.text);
	return out.data;
}

/* Frames a second apart, by hand. */
static struct kept_past *
kept_with(struct reel *reel, size_t n, bool rising)
{
	struct kept_past *k = kept_new();

	reel_init(reel, 12, n);
	for (size_t i = 0; i < n; i++) {
		struct frame *f = (struct frame *)reel->frame[i];

		if (rising)
			f->meta.wall_ns = (INT64_C(1700000000) + (int64_t)i) * NS_PER_S;
		kept_add(k, f);
	}
	return k;
}

static void
test_values(void **state)
{
	struct frame_pool *pool = frame_pool_new();
	struct strpool *strings = strpool_new();
	struct kept_past *k = kept_new();
	struct frame *f = frame_begin(pool, all_fields(), strings);
	struct sql *q;
	struct row r;

	(void)state;
	f->meta.wall_ns = INT64_C(1700000000123456789);
	f->meta.host = "h\"o\x1b";
	r = table_add_row(&f->table[TABLE_PROC], (struct row_key){7, 1});
	row_u64(r, PROC_PID, UINT64_MAX);
	row_u64(r, PROC_RES, INT64_MAX);
	row_u64(r, PROC_KTHREAD, 1);
	row_i64(r, PROC_NICE, -20);
	row_f64(r, PROC_CPU_RATIO, 0.1);
	row_str(r, PROC_NAME, "a,\xff\x1b[2J\xe2\x80\xae");
	r = table_add_row(&f->table[TABLE_PROC], (struct row_key){8, 1});
	row_u64(r, PROC_KTHREAD, 0);
	row_str(r, PROC_NAME, "");
	row_u64(r, PROC_OOM_SCORE, 5);
	r = table_add_row(&f->table[TABLE_SYSTEM], (struct row_key){0});
	row_f64(r, SYSTEM_LOAD1, 1e-9);
	kept_add(k, f);
	q = sql_over(&k->past, 0, 1);
	assert_string_equal(json(q, "select time, time_ns, host, pid, resident_bytes, kernel_thread, "
				    "nice, cpu_ratio, name, user from proc"),
		"{\"time\":\"2023-11-14 22:13:20.123\",\"time_ns\":1700000000123456789,"
		"\"host\":\"h\\\"o\\u001b\",\"pid\":1.8446744073709552e+19,"
		"\"resident_bytes\":9223372036854775807,\"kernel_thread\":1,\"nice\":-20,"
		"\"cpu_ratio\":0.1,\"name\":\"a,\xef\xbf\xbd\\u001b[2J\\u202e\",\"user\":null}\n"
		"{\"time\":\"2023-11-14 22:13:20.123\",\"time_ns\":1700000000123456789,"
		"\"host\":\"h\\\"o\\u001b\",\"pid\":null,\"resident_bytes\":null,"
		"\"kernel_thread\":0,\"nice\":null,\"cpu_ratio\":null,\"name\":\"\",\"user\":null}\n");
	assert_string_equal(json(q, "select typeof(pid) a, typeof(resident_bytes) a, typeof(name) b, "
				    "typeof(cpu_ratio) c, typeof(user) d from proc limit 1"),
		"{\"a\":\"real\",\"a:1\":\"integer\",\"b\":\"text\",\"c\":\"real\",\"d\":\"null\"}\n");
	/* What is dear is there by its name only. */
	assert_string_equal(json(q, "select oom_score from proc where name = ''"), "{\"oom_score\":5}\n");
	assert_null(strstr(json(q, "select * from proc"), "oom_score"));
	assert_non_null(strstr(out.data, "virtual_bytes"));
	/* One column of the name that a table has itself. */
	assert_string_equal(json(q, "select host, load1 from system"),
			    "{\"host\":\"h\\\"o\\u001b\",\"load1\":1e-9}\n");
	sql_free(q);
	past_free(&k->past);
	frame_unref(f);
	strpool_unref(strings);
	frame_pool_free(pool);
}

static void
test_formats(void **state)
{
	static const char sql[] = "values(1,'a,b',null,x'00ff',1.5),(20,'\"',2,'x' || char(27),0.00012)";
	struct reel reel;
	struct kept_past *k = kept_with(&reel, 1, true);
	struct sql *q = sql_over(&k->past, 0, 1);
	struct err e;

	(void)state;
	assert_int_equal(ask_as(q, ANSWER_AS_TABLE, sql, &e), 0);
	assert_string_equal(out.data, "column1 column2 column3 column4 column5\n"
				      "      1 a,b           - 00ff        1.5\n"
				      "     20 \"             2 x?      0.00012\n");
	assert_int_equal(ask_as(q, ANSWER_AS_CSV, sql, &e), 0);
	assert_string_equal(out.data, "column1,column2,column3,column4,column5\n"
				      "1,\"a,b\",,00ff,1.5\n"
				      "20,\"\"\"\",2,x\xe2\x90\x9b,0.00012\n");
	assert_int_equal(ask_as(q, ANSWER_AS_JSON, sql, &e), 0);
	assert_string_equal(out.data,
		"{\"column1\":1,\"column2\":\"a,b\",\"column3\":null,\"column4\":\"00ff\","
		"\"column5\":1.5}\n{\"column1\":20,\"column2\":\"\\\"\",\"column3\":2,"
		"\"column4\":\"x\\u001b\",\"column5\":0.00012}\n");
	/* In pieces: every line is there, and none is narrower than those before. */
	assert_int_equal(ask_as(q, ANSWER_AS_TABLE,
				"with recursive c(x) as (values(1) union all select x + 1 from c "
				"limit 5000) select x, x from c", &e), 0);
	assert_non_null(strstr(out.data, "\n500 500\n"));
	assert_non_null(strstr(out.data, "\n5000 5000\n"));
	sql_free(q);
	past_free(&k->past);
	reel_release(&reel);
}

/* select count(*), then for each field how many there are and their sum, or that of their lengths. */
static void
compare_table(struct sql *q, struct past *p, enum table_id t, uint64_t end)
{
	double rows = 0, n[FIELDS_MAX] = {0}, sum[FIELDS_MAX] = {0}, most[FIELDS_MAX] = {0};
	const struct schema *s = &schema[t];
	struct buf sql = {0};
	const char *at;

	buf_puts(&sql, "select count(*) as n");
	for (unsigned f = 0; f < s->nfields; f++)
		buf_printf(&sql, s->field[f].type == TYPE_STR
					 ? ", count(\"%s\") as n, total(length(\"%s\")) as s"
					 : ", count(\"%s\") as n, total(\"%s\") as s",
			   s->field[f].name, s->field[f].name);
	buf_printf(&sql, " from \"%s\"", s->name);
	for (uint64_t i = 0; i < end; i++) {
		const struct frame *f;

		assert_int_equal(past_frame(p, i, all_fields(), &f), 0);
		for (uint32_t r = 0; r < f->table[t].nrows; r++, rows++) {
			for (unsigned k = 0; k < s->nfields; k++) {
				double v = 0;

				if (!cell_valid(&f->table[t], r, k))
					continue;
				if (t == TABLE_SYSTEM && k == SYSTEM_HOST)
					continue;
				n[k]++;
				if (s->field[k].type != TYPE_STR)
					(void)cell_number(&f->table[t], r, k, &v);
				else if ((unsigned char)*cell_str(&f->table[t], r, k) == 0xff)
					v = 2; /* "\xff\xfe": two, not characters */
				else
					v = (double)strlen(cell_str(&f->table[t], r, k));
				sum[k] += v;
				most[k] = fmax(most[k], fabs(sum[k]));
			}
		}
		frame_unref(f);
	}
	at = json(q, sql.data);
	at = strchr(at, ':');
	assert_true(strtod(at + 1, NULL) == rows);
	for (unsigned k = 0; k < s->nfields; k++) {
		double got_n, got_sum;

		at = strchr(strchr(at, ',') + 1, ',') ? strchr(at, ',') : at;
		at = strstr(at, "\":") + 2;
		got_n = strtod(at, NULL);
		at = strstr(at, "\":") + 2;
		got_sum = strtod(at, NULL);
		if (t == TABLE_SYSTEM && k == SYSTEM_HOST)
			continue; /* it is the frame's */
		if (got_n != n[k] || fabs(got_sum - sum[k]) > 1e-9 * most[k])
			fail_msg("%s.%s: %g %g, expected %g %g", s->name, s->field[k].name, got_n,
				 got_sum, n[k], sum[k]);
	}
	buf_release(&sql);
}

static void
test_same_as_frames(void **state)
{
	enum { N = 140 };
	static const char *const joined[] = {"", "left", "right", "full"};
	struct place_to_write p;
	struct past *past, *other;
	struct reel reel;
	struct writer *w;
	struct sql *q;

	(void)state;
	place_init(&p);
	reel_init(&reel, 3, N);
	w = write_to(&p, usual);
	reel_write(&reel, w, 0, N);
	assert_int_equal(writer_close(w), 0);
	past = read_from(&p, NULL);
	other = read_from(&p, NULL);
	q = sql_over(past, 0, N);
	for (unsigned t = 0; t < TABLE_COUNT; t++)
		compare_table(q, other, (enum table_id)t, N);
	/* Columns that no mask of 64 bits knows, and that only USING names. */
	json(q, "select count(*) n from (select distinct time_ns, storage_bytes_per_second s, "
		"write_calls_total w from proc where s is not null and w is not null)");
	assert_string_not_equal(out.data, "{\"n\":0}\n");
	assert_string_equal(json(q, "select (select count(*) from proc a join proc b using (time_ns, "
				    "pid, write_calls_total)) = (select count(*) from proc a join proc b "
				    "on a.time_ns = b.time_ns and a.pid = b.pid and "
				    "a.write_calls_total = b.write_calls_total) as same"),
			    "{\"same\":1}\n");
	for (size_t i = 0; i < ARRAY_LEN(joined); i++) {
		char sql[640];

		snprintf(sql, sizeof sql,
			 "with grouped as (select a.name, count(*) || ' ' || "
			 "ifnull(max(write_calls_total), 'no') s from proc a %s join proc b "
			 "using (time_ns, pid, write_calls_total) group by a.name), "
			 "sorted as (select a.name, count(*) || ' ' || "
			 "ifnull(max(write_calls_total), 'no') s from proc a %s join proc b "
			 "using (time_ns, pid, write_calls_total) group by +a.name) "
			 "select (select group_concat(s) from grouped) = "
			 "(select group_concat(s) from sorted) as same", joined[i], joined[i]);
		assert_string_equal(json(q, sql), "{\"same\":1}\n");
	}
	for (unsigned i = 0; i < named_count; i++)
		json(q, named_questions[i].sql);
	sql_free(q);
	past_free(past);
	past_free(other);
	reel_release(&reel);
	place_release(&p);
}

static uint64_t
moments(struct sql *q, const char *question)
{
	struct sql_facts facts;

	json(q, question);
	sql_facts(q, &facts);
	return facts.moments;
}

static void
test_pushed_down(void **state)
{
	enum { N = 100 };
	struct reel reel;
	struct kept_past *k = kept_with(&reel, N, true);
	struct sql *q = sql_over(&k->past, 0, N);
	uint64_t n;

	(void)state;
	assert_int_equal(moments(q, "select count(*) from proc"), N);
	assert_int_equal(moments(q, "select 1"), 0);
	assert_int_equal(moments(q, "select count(*) from proc where time = '2023-11-14 22:13:30.000'"), 1);
	assert_int_equal(moments(q, "select count(*) from proc where time_ns = 1700000010000000000"), 1);
	assert_in_range(moments(q, "select count(*) from proc where time between "
				   "'2023-11-14 22:13:30' and '2023-11-14 22:13:39.999'"), 10, 10);
	assert_in_range(moments(q, "select count(*) from proc where time < '2023-11-14 22:13:30'"), 10, 11);
	assert_in_range(moments(q, "select count(*) from proc where time > datetime(1700000090, "
				   "'unixepoch')"), 9, 10);
	assert_int_equal(moments(q, "select count(*) from proc where time > null"), 0);
	assert_int_equal(moments(q, "select count(*) from proc where time > '2030'"), 0);
	assert_in_range(moments(q, "select count(*) from proc where time_ns > 1700000000e9 and "
				   "time_ns < 1700000002e9"), 1, 3);
	/* The first that has a row. */
	n = moments(q, "select max(time) from proc");
	assert_in_range(n, 1, 3);
	assert_in_range(moments(q, "select min(time) from system"), 1, 3);
	assert_in_range(moments(q, "select * from proc order by time desc limit 1"), 1, 3);
	assert_in_range(moments(q, "select count(*) from proc where time = (select max(time) from proc)"),
			1, 4);
	/* Another table at the same moments is among those that are there. */
	assert_int_equal(moments(q, "select count(*) from system s join memory m on m.time_ns = s.time_ns"),
			 N);
	/* What is wanted is asked for, and what that is derived from; nothing else. */
	json(q, "select sum(cpu_ratio) from proc where name = 'x'");
	for (unsigned f = 0; f < PROC_FIELDS; f++)
		assert_int_equal(field_set_has(&k->want[TABLE_PROC], f),
				 f == PROC_CPU_RATIO || f == PROC_CPU || f == PROC_NAME);
	assert_true(field_set_empty(&k->want[TABLE_SYSTEM]));
	sql_free(q);
	/* What is not to be seen is not. */
	q = sql_over(&k->past, 10, 20);
	assert_int_equal(moments(q, "select count(*) from proc"), 10);
	assert_string_equal(json(q, "select count(distinct time) n from system where time < "
				    "'2023-11-14 22:13:30'"), "{\"n\":0}\n");
	sql_free(q);
	past_free(&k->past);
	reel_release(&reel);
}

/* With clocks that go back, conditions that are pushed down say what others say. */
static void
test_no_row_lost(void **state)
{
	enum { N = 150, TRIES = 400 };
	static const char *const ops[] = {"=", "<", "<=", ">", ">="};
	struct reel reel;
	struct kept_past *k = kept_with(&reel, N, false);
	struct sql *q = sql_over(&k->past, 0, N);
	struct machine *m = &reel.machine;

	(void)state;
	for (unsigned i = 0; i < TRIES; i++) {
		int64_t ns = reel.frame[dice(m, N)]->meta.wall_ns + (int64_t)dice(m, 3) - 1;
		const char *op = ops[dice(m, ARRAY_LEN(ops))];
		const char *other = ops[1 + dice(m, 4)];
		char time[TIMES_LEN + 8], sql[512];

		times_put(time, ns);
		if (dice(m, 2))
			time[dice(m, TIMES_LEN + 1)] = '\0';
		else if (!dice(m, 3))
			time[dice(m, TIMES_LEN)] = "T9x-"[dice(m, 4)];
		snprintf(sql, sizeof sql,
			 "select (select count(*) from system where time %s '%s' and time_ns %s %lld) = "
			 "(select count(*) from system where +time %s '%s' and +time_ns %s %lld) as same",
			 op, time, other, (long long)ns, op, time, other, (long long)ns);
		if (strcmp(json(q, sql), "{\"same\":1}\n") != 0)
			fail_msg("%s", sql);
	}
	assert_string_equal(json(q, "select (select group_concat(time_ns) from (select time_ns from system "
				    "order by time_ns)) = (select group_concat(t) from (select +time_ns t "
				    "from system order by 1)) as same"), "{\"same\":1}\n");
	sql_free(q);
	past_free(&k->past);
	reel_release(&reel);
}

static void
test_times(void **state)
{
	static const char *const texts[] = {
		"", "2", "2023", "2023-", "2023-11", "2023-11-14", "2023-11-14 22", "2023-11-14 22:13:20.1",
		"2023-11-14 22:13:20.123Z", "2023-11-14T22:13:20", "2023-02-31", "2023-13-01", "9999", "0001",
		"2023-11-14 24:00", "2023-11-14 22:13:60", "2024-02-29 00:00:00", "x", "2261", "2262", "1677",
	};
	static const int64_t at[] = {INT64_MIN, -1, 0, 999999, 1000000, INT64_C(1700000000123456789),
				     INT64_C(1677628800000000000), INT64_C(1700000000000000000),
				     INT64_C(1709164800000000000), INT64_MAX};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		int64_t low, high;

		times_bounds(texts[i], &low, &high);
		for (size_t k = 0; k < ARRAY_LEN(at); k++) {
			char time[TIMES_LEN + 1];

			times_put(time, at[k]);
			assert_int_equal(strlen(time), TIMES_LEN);
			if (strcmp(time, texts[i]) >= 0)
				assert_true(at[k] >= low);
			if (strcmp(time, texts[i]) <= 0)
				assert_true(at[k] <= high);
		}
	}
}

static void
test_refused(void **state)
{
	static const struct {
		const char *sql, *says;
		int error;
	} bad[] = {
		{"attach '/tmp/x' as y", "ATTACH is not allowed", -EPERM},
		{"detach main", "is not allowed", -EPERM},
		{"pragma journal_mode", "PRAGMA journal_mode is not allowed", -EPERM},
		{"select * from pragma_table_list", "not allowed", -EPERM},
		{"select load_extension('x.so')", "function load_extension is not allowed", -EPERM},
		{"select writefile('/tmp/x', 'y')", "no such function: writefile", -EINVAL},
		{"select fts3_tokenizer('x')", "not allowed", -EPERM},
		{"select sqlite_version()", "function sqlite_version is not allowed", -EPERM},
		{"create table a(b)", "not allowed", -EPERM},
		{"create temp table a(b)", "not allowed", -EPERM},
		{"create virtual table a using proc", "not allowed", -EPERM},
		{"create view a as select 1", "not allowed", -EPERM},
		{"insert into proc(pid) values(1)", "not allowed", -EPERM},
		{"delete from proc", "may not be modified", -EINVAL},
		{"drop table proc", "not allowed", -EPERM},
		{"begin", "not allowed", -EPERM},
		{"vacuum into '/tmp/x.db'", "expected a question that gives columns", -EPERM},
		{"select * from sqlite_master", "table sqlite_master is not allowed", -EPERM},
		{"select sql from sqlite_temp_schema", "not allowed", -EPERM},
		{"", "expected a question", -EINVAL},
		{" ; -- nothing\n /* at all */", "expected a question", -EINVAL},
		{"select 1; select 2", "expected one question", -EINVAL},
		{"select hex(zeroblob(2000000))", "too big", -EINVAL},
		{"select replace(hex(zeroblob(1000)), '0', hex(zeroblob(10000)))", "too big", -EINVAL},
		{"select sum(9223372036854775807) from (values(1),(2))", "integer overflow", -EINVAL},
		{"select rss from proc", "no such column: rss, did you mean resident_bytes?", -EINVAL},
		{"select p.nam from proc p", "did you mean name?", -EINVAL},
		{"select tim from proc", "did you mean time?", -EINVAL},
		{"select * from prcc", "no such table: prcc, did you mean proc?", -EINVAL},
		{"select lenght('a')", "no such function: lenght, did you mean length?", -EINVAL},
		{"select pid,\n  from proc", "at line 2, column 3: near \"from\": syntax error", -EINVAL},
	};
	struct reel reel;
	struct kept_past *k = kept_with(&reel, 3, true);
	struct sql *q = sql_over(&k->past, 0, 3);
	struct err e;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		int r = ask_as(q, ANSWER_AS_JSON, bad[i].sql, &e);

		if (r != bad[i].error || !strstr(e.text, bad[i].says))
			fail_msg("%s: %d %s", bad[i].sql, r, e.text);
	}
	assert_int_equal(ask_as(q, ANSWER_AS_JSON, "select 1, foo from proc", &e), -EINVAL);
	assert_int_equal(e.at, 10);
	/* It is as good as new after all that. */
	assert_string_equal(json(q, "select 1 as a; -- that's it"), "{\"a\":1}\n");
	sql_free(q);
	past_free(&k->past);
	reel_release(&reel);
}

static int
never_ready(void *arg, const struct field_set want[TABLE_COUNT], struct err *e)
{
	assert_true(field_set_has(&want[TABLE_PROC], PROC_PID));
	++*(unsigned *)arg;
	return err_set(e, -EIO, "not today");
}

static void
test_ends(void **state)
{
	static const char for_ever[] =
		"with recursive c(x) as (values(1) union all select x + 1 from c) select max(x) from c";
	volatile sig_atomic_t stop = 0;
	unsigned asked = 0;
	struct reel reel;
	struct kept_past *k = kept_with(&reel, 50, true);
	struct sql_options o = {.past = &k->past, .end = 50, .time_limit_ns = 50 * NS_PER_MS,
				.stop = &stop};
	struct sql *q;
	struct sql_facts facts;
	struct err e;

	(void)state;
	assert_int_equal(sql_new(&o, &q, &e), 0);
	assert_int_equal(ask_as(q, ANSWER_AS_JSON, for_ever, &e), -ETIMEDOUT);
	assert_non_null(strstr(e.text, "longer than 0.05 s"));
	assert_int_equal(ask_as(q, ANSWER_AS_JSON,
				"select count(*) from proc a, proc b, proc c, proc d", &e), -ETIMEDOUT);
	stop = 1;
	assert_int_equal(ask_as(q, ANSWER_AS_JSON, for_ever, &e), -EINTR);
	assert_int_equal(ask_as(q, ANSWER_AS_JSON, "select pid from proc", &e), -EINTR);
	stop = 0;
	/* Damage is passed over, and counted. */
	k->damaged[7] = k->damaged[8] = true;
	assert_non_null(json(q, "select count(distinct time) from system"));
	sql_facts(q, &facts);
	assert_int_equal(facts.unreadable, 2);
	assert_int_equal(facts.moments, 48);
	sql_free(q);
	o.ready = never_ready;
	o.arg = &asked;
	assert_int_equal(sql_new(&o, &q, &e), 0);
	assert_int_equal(ask_as(q, ANSWER_AS_JSON, "select pid from proc", &e), -EIO);
	assert_string_equal(e.text, "not today");
	assert_int_equal(asked, 1);
	sql_free(q);
	past_free(&k->past);
	reel_release(&reel);
}

/* Frames whose values are few, and such that are hard to tell apart; each has texts of its own. */
static struct kept_past *
kept_of_few_values(struct frame_pool *pool, size_t n, unsigned rows)
{
	static const uint64_t u[] = {0, 1, 7, INT64_MAX, UINT64_C(1) << 63, UINT64_MAX - 1, UINT64_MAX};
	static const double f[] = {0.0, -0.0, NAN, 1, -1, 1e300, INFINITY, -INFINITY};
	static const char *const texts[] = {"", "a", "ab", "A", "\xff", "\xc3\xa9", "a b"};
	struct kept_past *k = kept_new();
	struct machine m = {.seed = 9};

	for (size_t i = 0; i < n; i++) {
		struct strpool *strings = strpool_new();
		struct frame *frame = frame_begin(pool, all_fields(), strings);

		frame->meta.wall_ns = (INT64_C(1700000000) + (int64_t)i) * NS_PER_S;
		frame->meta.host = "h";
		row_f64(table_add_row(&frame->table[TABLE_SYSTEM], (struct row_key){0}), SYSTEM_LOAD1,
			(double)(i % 5));
		for (unsigned r = i % 7 == 3 ? 0 : dice(&m, rows); r > 0; r--) {
			struct row row = table_add_row(&frame->table[TABLE_PROC], (struct row_key){r, 1});
			const char *s = texts[dice(&m, ARRAY_LEN(texts))];

			row_str(row, PROC_NAME, strpool_add(strings, s, strlen(s)));
			if (dice(&m, 2))
				row_str(row, PROC_USER, strpool_add(strings, "root", 4));
			if (dice(&m, 5))
				row_u64(row, PROC_PID, u[dice(&m, ARRAY_LEN(u))]);
			row_i64(row, PROC_NICE, (int64_t)dice(&m, 5) - 2);
			if (dice(&m, 3))
				row_u64(row, PROC_KTHREAD, dice(&m, 2));
			if (dice(&m, 5))
				row_cell(row, PROC_CPU_RATIO)->f = f[dice(&m, ARRAY_LEN(f))];
			row_u64(row, PROC_RES, dice(&m, 1000));
		}
		kept_add(k, frame);
		frame_unref(frame);
		strpool_unref(strings);
	}
	return k;
}

/* The first '@' of each word is '+' in the one, which SQLite sorts by, and nothing in the other. */
static void
assert_same_sorted(struct sql *q, const char *question)
{
	struct buf plain = {0}, sorted = {0}, first = {0};

	for (const char *c = question; *c; c++) {
		if (*c != '@')
			buf_putc(&plain, *c);
		buf_putc(&sorted, *c == '@' ? '+' : *c);
	}
	buf_puts(&first, json(q, sorted.data));
	if (strcmp(json(q, plain.data), first.data) != 0)
		fail_msg("%s:\n%s\nexpected\n%s", plain.data, out.data, first.data);
	buf_release(&plain);
	buf_release(&sorted);
	buf_release(&first);
}

static void
test_grouped(void **state)
{
	enum { N = 60 };
	static const char *const columns[] = {"name", "user", "pid", "nice", "kernel_thread",
					      "cpu_ratio", "command"};
	static const char *const where[] = {
		"", "where time_ns >= 1700000010000000000", "where nice > 0", "where +nice > 0",
		"where time between '2023-11-14 22:13:30' and '2023-11-14 22:13:50'", "where 0",
		"where time > null", "where coalesce(user, 'x') = 'root' or pid = 7",
	};
	static const char *const others[] = {
		"select name, count(*) n from proc group by @name order by name desc",
		"select name, count(*) n from proc group by @name order by name limit 2",
		"select name, count(*) n from proc group by @name order by 2, 1",
		"select user, count(*) n from proc group by @user order by user nulls last",
		"select name, user, count(*) n from proc group by @name, @user order by name desc, user",
		"select user, name, count(*) n from proc group by @name, @user order by user, name desc",
		"select lower(name) l, count(*) n from proc group by @name collate nocase order by 1",
		"select distinct user, kernel_thread from proc order by @user, @kernel_thread desc",
		"select count(distinct @name) n, count(distinct @cpu_ratio) m from proc",
		"select name, count(distinct @user) n from proc group by @name",
		"select name, min(time) a, max(time_ns) b, host from proc group by @name",
		"select name, count(*) n from proc group by @name having sum(resident_bytes) > 100",
		"select p.name, count(*) n, sum(s.load1) l from proc p join system s using (time_ns) "
			"group by @p.name",
		"select s.load1, count(*) n, sum(p.nice) l from proc p join system s using (time_ns) "
			"group by @s.load1",
		"select p.name, count(*) n, sum(s.time_ns % 1009) l from proc p right join system s "
			"on s.time_ns = p.time_ns and p.nice > 0 group by @p.name",
		"select p.name, count(*) n from proc p, system s group by @p.name",
		"select a.name, n, m from (select name, count(*) n from proc group by @name) a join "
			"(select name, sum(nice) m from proc group by @name) b using (name) order by 1",
		"select load1, (select group_concat(n) from (select count(*) n from proc p where "
			"p.time_ns >= s.time_ns group by @name)) l from system s where load1 > 2",
		"select name from proc group by @name union all select user from proc group by @user",
		"select name, sum(resident_bytes) over () n from proc group by @name, @resident_bytes",
		"select count(*) n from (select a.name, a.write_calls_total from proc a join proc b "
			"using (time_ns, pid, write_calls_total) group by @a.name)",
		"select name, sum(write_calls_total) n, count(write_bytes_per_second) m, "
			"count(storage_bytes_per_second) o from proc natural join (select distinct "
			"time_ns from proc) group by @name",
	};
	struct frame_pool *pool = frame_pool_new();
	struct kept_past *k = kept_of_few_values(pool, N, 60);
	struct sql *q = sql_over(&k->past, 0, N);
	char sql[512];

	(void)state;
	for (unsigned w = 0; w < ARRAY_LEN(where); w++) {
		for (unsigned a = 0; a < ARRAY_LEN(columns); a++) {
			unsigned b = (a + w + 1) % ARRAY_LEN(columns), c = (b + 2) % ARRAY_LEN(columns);
			static const char what[] = "count(*) n, sum(time_ns %% 1000003) s, sum(nice) i, "
						   "max(typeof(%s)) t, min(%s) m from proc";

			snprintf(sql, sizeof sql, "select count(%s) c, ", columns[a]);
			snprintf(sql + strlen(sql), sizeof sql - strlen(sql), what, columns[a],
				 strcmp(columns[a], "cpu_ratio") == 0 ? "cpu_ratio + 0.0" : columns[a]);
			snprintf(sql + strlen(sql), sizeof sql - strlen(sql), " %s group by @%s",
				 where[w], columns[a]);
			assert_same_sorted(q, sql);
			snprintf(sql + strlen(sql), sizeof sql - strlen(sql), ", @%s", columns[b]);
			assert_same_sorted(q, sql);
			snprintf(sql + strlen(sql), sizeof sql - strlen(sql), ", @%s", columns[c]);
			assert_same_sorted(q, sql);
			snprintf(sql, sizeof sql, "select distinct %s + 0.0 a, %s b from proc %s "
				 "order by @%s + 0.0, @%s", columns[a], columns[4], where[w], columns[a],
				 columns[4]);
			assert_same_sorted(q, sql);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_same_sorted(q, others[i]);
	sql_free(q);
	past_free(&k->past);
	frame_pool_free(pool);
}

/* However little may be held, the answer is the same; when there are more rows than was thought all
 * is looked at twice. */
static void
test_grouped_bound(void **state)
{
	enum { N = 40 };
	static const char one[] = "select name, sum(resident_bytes) s from proc group by name";
	static const char two[] = "values('x', 0) union all select name, sum(resident_bytes) from proc "
				  "group by name";
	struct frame_pool *pool = frame_pool_new();
	struct kept_past *k = kept_of_few_values(pool, N, 2000);
	struct sql_options o = {.past = &k->past, .end = N};
	struct buf expected[2] = {{0}, {0}};
	bool twice = false, no_memory = false;
	struct sql *q;
	struct err e;

	(void)state;
	q = sql_over(&k->past, 0, N);
	buf_puts(&expected[0], json(q, "select name, sum(resident_bytes) s from proc group by +name"));
	buf_puts(&expected[1], json(q, "values('x', 0) union all select name, sum(resident_bytes) from "
				       "proc group by +name"));
	sql_free(q);
	for (o.group_bytes = 1 << 18; o.group_bytes < 1 << 26; o.group_bytes += o.group_bytes / 4) {
		struct sql_facts facts;
		int r;

		assert_int_equal(sql_new(&o, &q, &e), 0);
		assert_string_equal(json(q, one), expected[0].data);
		sql_facts(q, &facts);
		assert_true(facts.moments >= N && facts.moments < 2 * N);
		twice |= facts.moments > N;
		/* A row was given by then. */
		r = ask_as(q, ANSWER_AS_JSON, two, &e);
		assert_true(r == 0 || r == -ENOMEM);
		if (r == 0)
			assert_string_equal(out.data, expected[1].data);
		no_memory |= r != 0;
		sql_free(q);
	}
	assert_int_equal(twice, lite.vtab_distinct != NULL);
	assert_int_equal(no_memory, lite.vtab_distinct != NULL);
	/* The time ends while rows are collected. */
	o.group_bytes = 0;
	o.time_limit_ns = 1;
	assert_int_equal(sql_new(&o, &q, &e), 0);
	assert_int_equal(ask_as(q, ANSWER_AS_JSON, one, &e), -ETIMEDOUT);
	sql_free(q);
	buf_release(&expected[0]);
	buf_release(&expected[1]);
	past_free(&k->past);
	frame_pool_free(pool);
}

static int
done(void **state)
{
	(void)state;
	buf_release(&out);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),         cmocka_unit_test(test_formats),
		cmocka_unit_test(test_same_as_frames), cmocka_unit_test(test_pushed_down),
		cmocka_unit_test(test_no_row_lost),    cmocka_unit_test(test_times),
		cmocka_unit_test(test_refused),        cmocka_unit_test(test_ends),
		cmocka_unit_test(test_grouped),        cmocka_unit_test(test_grouped_bound),
	};

	return cmocka_run_group_tests(tests, NULL, done);
}
