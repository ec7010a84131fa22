#include "frame/derive.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/num.h"

/* match[i]: the row of the frame before with the same key, or ROW_NONE. Orders seldom change, so
 * the row after the last match is tried before the index. */
static const uint32_t *
match_rows(struct frame *f, const struct table *cur, const struct table *prev)
{
	uint32_t guess = 0, *row;

	GROW(f->match, f->match_cap, cur->nrows);
	row = f->match;

	for (uint32_t i = 0; i < cur->nrows; i++) {
		if (guess >= prev->nrows || !row_key_equal(prev->key[guess], cur->key[i])) {
			/* One that ended in between: look one further before hashing. */
			if (guess + 1 < prev->nrows &&
			    row_key_equal(prev->key[guess + 1], cur->key[i]))
				guess++;
			else
				guess = table_find(prev, cur->key[i]);
		}
		row[i] = guess;
		guess = guess == ROW_NONE ? i : guess + 1;
	}
	return row;
}

static bool
counter_delta(const struct table *cur, uint32_t i, const struct table *prev, uint32_t p,
	      unsigned field, uint64_t *ret_d)
{
	uint64_t a, b;

	return p != ROW_NONE && cell_u64(cur, i, field, &b) && cell_u64(prev, p, field, &a) &&
	       delta_u64(a, b, ret_d);
}

/* Columns are taken out of their tables once, and 64 rows none of which has the cell cost one look:
 * there may be many rows, and much of them is read for a few only. */
static void
fill_rate(struct table *cur, const struct table *prev, const uint32_t *match, unsigned field,
	  int64_t interval_ns)
{
	unsigned of = field_index(cur->schema->field[field].of);
	/* Nanoseconds per nanosecond is a ratio; all else is per second. */
	double unit = cur->schema->field[of].unit == UNIT_NS ? 1.0 : (double)NS_PER_S;
	double per = unit / (double)interval_ns;
	const union value *now = cur->col[of], *then = prev->col[of];
	const uint64_t *now_valid = cur->valid[of], *then_valid = prev->valid[of];
	union value *rate = cur->col[field];
	uint64_t *rate_valid = cur->valid[field], d;

	if (!now || !then)
		return;
	for (uint32_t i = 0; i < cur->nrows; i += 64) {
		uint64_t some = 0;

		for (uint64_t left = now_valid[i / 64]; left; left &= left - 1) {
			uint32_t k = i + (uint32_t)__builtin_ctzll(left), p = match[k];

			if (p == ROW_NONE || !(then_valid[p / 64] >> p % 64 & 1) ||
			    !delta_u64(then[p].u, now[k].u, &d))
				continue;
			rate[k].f = (double)d * per;
			some |= left & -left;
		}
		rate_valid[i / 64] |= some;
	}
}

/* Of a level, its share of one number: as fill_rate() goes through them. */
static void
fill_part(struct table *cur, unsigned field, unsigned of, double per)
{
	bool real = cur->schema->field[of].type == TYPE_F64;
	const union value *now = cur->col[of];
	union value *share = cur->col[field];

	for (uint32_t i = 0; now && i < cur->nrows; i += 64) {
		for (uint64_t left = cur->valid[of][i / 64]; left; left &= left - 1) {
			uint32_t k = i + (uint32_t)__builtin_ctzll(left);

			share[k].f = (real ? now[k].f : (double)now[k].u) / per;
		}
		cur->valid[field][i / 64] |= cur->valid[of][i / 64];
	}
}

/* `per` is of the same row, or of the only one of another table. */
static void
fill_share(struct frame *f, struct table *cur, const struct table *prev, const uint32_t *match,
	   unsigned field)
{
	const struct field *spec = &cur->schema->field[field];
	unsigned of = field_index(spec->of), per = field_index(spec->per);
	const struct table *per_table = &f->table[field_table(spec->per)];
	bool growth = cur->schema->field[of].kind == KIND_COUNTER, same = per_table == cur;
	double a, b = 0;
	uint64_t da, db;

	if (!growth && !same && (!per_table->nrows || !cell_number(per_table, 0, per, &b)))
		return;
	if (!growth && !same && b > 0 && cur->schema->field[of].type != TYPE_I64) {
		fill_part(cur, field, of, b);
		return;
	}
	for (uint32_t i = 0; i < cur->nrows; i++) {
		if (growth) {
			if (!match || !counter_delta(cur, i, prev, match[i], of, &da) ||
			    !counter_delta(cur, i, prev, match[i], per, &db))
				continue;
			a = (double)da;
			b = (double)db;
		} else if (!cell_number(cur, i, of, &a) ||
			   (same && !cell_number(cur, i, per, &b))) {
			continue;
		}
		if (b > 0)
			row_f64((struct row){cur, i}, field, a / b);
	}
}

/* CPU shares are of the time that passed on the row's CPUs: the sum of all growth. The kernel lets
 * iowait and steal go back a little; such a column is left out of the sum and stays absent. */
static void
fill_cpu(struct table *cur, const struct table *prev, const uint32_t *match)
{
	static const struct {
		uint8_t of, ratio;
		bool busy;
	} parts[] = {
		{CPU_USER, CPU_USER_RATIO, true},       {CPU_NICE, CPU_NICE_RATIO, true},
		{CPU_SYSTEM, CPU_SYSTEM_RATIO, true},   {CPU_IDLE, CPU_IDLE_RATIO, false},
		{CPU_IOWAIT, CPU_IOWAIT_RATIO, false},  {CPU_IRQ, CPU_IRQ_RATIO, true},
		{CPU_SOFTIRQ, CPU_SOFTIRQ_RATIO, true}, {CPU_STEAL, CPU_STEAL_RATIO, true},
	};

	for (uint32_t i = 0; i < cur->nrows; i++) {
		struct row r = {cur, i};
		uint64_t d[ARRAY_LEN(parts)] = {0}, total = 0, busy = 0, guest = 0, gnice = 0;
		bool ok[ARRAY_LEN(parts)];

		for (size_t k = 0; k < ARRAY_LEN(parts); k++) {
			ok[k] = counter_delta(cur, i, prev, match[i], parts[k].of, &d[k]);
			if (ok[k]) {
				total += d[k];
				busy += parts[k].busy ? d[k] : 0;
			}
		}
		if (total == 0)
			continue;
		for (size_t k = 0; k < ARRAY_LEN(parts); k++)
			if (ok[k])
				row_f64(r, parts[k].ratio, (double)d[k] / (double)total);
		row_f64(r, CPU_BUSY_RATIO, (double)busy / (double)total);
		if (counter_delta(cur, i, prev, match[i], CPU_GUEST, &guest)) {
			(void)counter_delta(cur, i, prev, match[i], CPU_GUEST_NICE, &gnice);
			row_f64(r, CPU_GUEST_RATIO, (double)(guest + gnice) / (double)total);
		}
	}
}

static void
derive_table(struct frame *f, enum table_id t, const struct frame *prev)
{
	struct table *cur = &f->table[t];
	const struct table *before = prev ? &prev->table[t] : NULL;
	bool usable = prev && f->meta.interval_ns > 0;
	const uint32_t *match = NULL;

	for (unsigned i = 0; i < cur->schema->nfields; i++) {
		const struct field *spec = &cur->schema->field[i];

		if (!cur->col[i] || (spec->kind != KIND_RATE && spec->kind != KIND_SHARE))
			continue;
		if (usable && !match)
			match = match_rows(f, cur, before);
		if (spec->kind == KIND_RATE && usable)
			fill_rate(cur, before, match, i, f->meta.interval_ns);
		else if (spec->kind == KIND_SHARE && spec->per != FIELD_NO)
			fill_share(f, cur, before, match, i);
	}
	if (t == TABLE_CPU && match)
		fill_cpu(cur, before, match);
}

void
frame_derive(struct frame *cur, const struct frame *prev)
{
	for (int t = 0; t < TABLE_COUNT; t++)
		if (cur->table[t].nrows)
			derive_table(cur, t, prev);
}

bool
field_needs_two(const struct field *f)
{
	if (f->kind == KIND_RATE)
		return true;
	return f->kind == KIND_SHARE &&
	       (f->of == FIELD_NO || field_of(f->of)->kind == KIND_COUNTER);
}

void
field_sets_close(struct field_set want[TABLE_COUNT])
{
	for (unsigned t = 0; t < TABLE_COUNT; t++) {
		for (unsigned i = 0; i < schema[t].nfields; i++) {
			const struct field *spec = &schema[t].field[i];

			if (!field_set_has(&want[t], i))
				continue;
			if (spec->of != FIELD_NO)
				field_set_add(&want[field_table(spec->of)], field_index(spec->of));
			if (spec->per != FIELD_NO)
				field_set_add(&want[field_table(spec->per)], field_index(spec->per));
			if (t == TABLE_CPU)
				for (unsigned k = CPU_CPU; k <= CPU_GUEST_NICE; k++)
					field_set_add(&want[t], k);
		}
	}
}
