#include "sample/due.h"

#include "sample/files.h"

static enum proc_file
file_of(enum source s)
{
	int k = 0;

	while (k < PROC_FILES && proc_file_source[k] != s)
		k++;
	return (enum proc_file)k;
}

void
procs_plan(struct procs *ps, const struct plan *plan)
{
	const struct field_set *want = &plan->want[TABLE_PROC];
	uint8_t moving = 0;

	ps->want = ps->want_all = ps->by_others = 0;
	ps->stat_all = !ps->clocks;
	ps->size_all = false;
	ps->threads = plan->threads;
	ps->patient = plan->patient;
	ps->anew = plan->anew;
	for (unsigned f = 0; f < PROC_FIELDS; f++) {
		const struct field *spec = &schema[TABLE_PROC].field[f];
		enum proc_file k = file_of(spec->source);
		bool others = !(spec->flags & FIELD_ON_CPU);
		bool all = field_set_has(&plan->all, f);
		uint8_t bit = (uint8_t)(1 << k);

		if (k == PROC_FILES || !field_set_has(want, f))
			continue;
		if (k == FILE_STAT) { /* is read in any case */
			others &= all && !plan->patient;
			ps->size_all |= others && (f == PROC_RES || f == PROC_VIRT);
			ps->stat_all |= others && f != PROC_RES && f != PROC_VIRT;
			continue;
		}
		ps->want |= bit;
		ps->by_others |= others ? bit : 0;
		ps->want_all |= all ? bit : 0;
		moving |= spec->kind != KIND_LABEL ? bit : 0;
	}
	if (ps->size_all && (ps->stat_all || ps->want & 1 << FILE_STATM)) {
		ps->stat_all = true;
		ps->size_all = false;
	}
	ps->named = ps->want & (uint8_t)~moving;
	ps->cgroup_names = false;
	for (unsigned f = PROC_CONTAINER; f <= PROC_SLICE; f++)
		ps->cgroup_names |= field_set_has(want, f);
	dear_plan(&ps->dear, plan);
	ps->all_now = ps->stat_all || ps->size_all || (ps->want_all && !plan->patient);
}

bool
procs_is_due(const struct procs *ps, const struct slot *s, enum proc_file k, enum activity act,
	     uint32_t cgroups)
{
	const struct proc *p = s->p;
	uint8_t bit = (uint8_t)(1 << k);
	bool all = ps->want_all & bit;
	/* Errands are asked for together: all on the same tick. */
	uint32_t turn = k == FILE_CMDLINE ? ps->tick : s->pid + ps->tick;
	bool look = turn % (ps->patient ? ROLL : LOOK) == 0 || ps->anew;
	bool ahead = k < FILES_MOVING || k == FILE_SCHED;

	if (!(ps->want & bit) || (p->denied & bit))
		return false;
	if (proc_is_thread(p) && (k == FILE_CMDLINE || k == FILE_CGROUP))
		return false; /* a thread's are its process's */
	if (!(p->have & bit) && (s->near || s->visible || all || act == BUSY))
		return true;
	if (!s->visible && !all && !(ahead && act != REST && (s->near || act == BUSY)))
		return false;
	if (k == FILE_IO)
		return act != REST;
	if (k == FILE_CGROUP && cgroups)
		return cgroups != p->cgroups;
	if (ps->named & bit)
		return look && (!(p->fresh & bit) || (ps->by_others & bit));
	return act != REST || ((ps->by_others & bit) && (look || (all && !ps->patient)));
}
