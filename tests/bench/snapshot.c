/* snapshot: what a snapshot costs a C program: CPU, memory, disks, network and all processes, by
 * libsonde, read to the last cell.
 *
 *     bench-snapshot SAMPLER FLAGS
 *
 * Takes one for each line that comes in, and answers with the CPU time it took, in nanoseconds, and
 * the number of processes. At the end of its input it says what the cells added up to.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "sonde/sonde.h"

/* As the script beside it has them. */
static const char *const wanted[][2] = {
	{"cpu", "cpu,user_ns_total,nice_ns_total,system_ns_total,idle_ns_total,iowait_ns_total,"
		"irq_ns_total,softirq_ns_total,steal_ns_total,guest_ns_total,guest_nice_ns_total"},
	{"memory", "total_bytes,available_bytes,used_ratio,used_bytes,free_bytes,active_bytes,"
		   "inactive_bytes,buffers_bytes,cached_bytes,shmem_bytes,slab_reclaimable_bytes"},
	{"disk", "name,reads_total,writes_total,read_bytes_total,write_bytes_total,"
		 "read_time_ns_total,write_time_ns_total,busy_ns_total"},
	{"net", "name,transmit_bytes_total,receive_bytes_total,transmit_packets_total,"
		"receive_packets_total,receive_errors_total,transmit_errors_total,"
		"receive_drops_total,transmit_drops_total"},
	{"proc", "pid,name,user_ns_total,system_ns_total,resident_bytes,virtual_bytes"},
};

static int64_t
cpu_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

static uint64_t
sum_column(const struct sonde_column *c, size_t rows)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rows; i++) {
		if (!sonde_valid(c, i))
			continue;
		if (c->field->type == SONDE_STRING)
			sum += (unsigned char)*sonde_string(c, i);
		else if (c->field->type == SONDE_F64)
			sum += (uint64_t)sonde_f64(c, i);
		else
			sum += sonde_u64(c, i);
	}
	return sum;
}

int
main(int argc, char **argv)
{
	struct sonde_options o = {.size = sizeof o};
	struct sonde_error e;
	struct sonde *s = NULL;
	uint64_t sum = 0;
	int r, c;

	if (argc != 3)
		return 2;
	o.sampler = atoi(argv[1]);
	o.flags = (uint32_t)atoi(argv[2]);
	r = sonde_open(&o, &s, &e);
	for (size_t i = 0; r == 0 && i < sizeof wanted / sizeof *wanted; i++)
		r = sonde_want(s, wanted[i][0], wanted[i][1], &e);
	while (r == 0 && (c = getchar()) != EOF) {
		int64_t begun = cpu_ns();
		const struct sonde_snapshot *shot;
		struct sonde_frame *f;

		r = sonde_next(s, &f, &e);
		if (r < 0)
			break;
		shot = sonde_frame_snapshot(f);
		for (size_t t = 0; t < shot->ntables; t++)
			for (size_t k = 0; k < shot->tables[t].ncolumns; k++)
				sum += sum_column(&shot->tables[t].columns[k], shot->tables[t].rows);
		printf("%" PRId64 " %zu\n", cpu_ns() - begun, shot->tables[shot->ntables - 1].rows);
		fflush(stdout);
		sonde_frame_unref(f);
	}
	if (r < 0) {
		fprintf(stderr, "%s: %s\n", sonde_code_name(r), e.message);
		return 1;
	}
	printf("sum %" PRIu64 "\n", sum);
	sonde_close(s);
	return 0;
}
