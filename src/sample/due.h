#ifndef SAMPLE_DUE_H
#define SAMPLE_DUE_H

/* due: which file of a process is to be read again on a tick, as procs.h says; and procs_plan(),
 * what that hangs on. */
#include "sample/procs.h"

/* What a process did since it was last asked. */
enum activity { REST, RAN, BUSY };

/* cgroups: sweep_cgroups(), 0 when it is not known. */
bool procs_is_due(const struct procs *ps, const struct slot *s, enum proc_file k,
		  enum activity act, uint32_t cgroups);

#endif
