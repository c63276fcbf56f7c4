/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/descriptors.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>
#include "apply/run.h"

uint32_t mim_descriptors_raise(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return 256;
	if (limit.rlim_cur != limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		setrlimit(RLIMIT_NOFILE, &limit);
		getrlimit(RLIMIT_NOFILE, &limit);
	}
	return limit.rlim_cur > 1U << 20 ? 1U << 20 : (uint32_t)limit.rlim_cur;
}

static bool is_about_slots(const struct mim_step *step)
{
	return step->op == MIM_STEP_CLEAR || step->op == MIM_STEP_BIND ||
	       step->op == MIM_STEP_UNBIND;
}

/* What a run has open besides maps of its plan. */
#define FEW_DESCRIPTORS 64

uint64_t mim_descriptors_needed(const struct mim_plan *plan)
{
	uint64_t n = 0;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct mim_step *step = &plan->steps[i];

		n += step->op == MIM_STEP_CREATE || step->op == MIM_STEP_COPY ||
		     step->op == MIM_STEP_REFILL || step->op == MIM_STEP_PIN ||
		     step->op == MIM_STEP_UNPIN;
		if (is_about_slots(step))
			n += 2 * (uint64_t)step->n;
	}
	return n;
}

void mim_descriptors_grow(const struct mim_run *run, uint64_t needed, uint32_t limit)
{
	uint32_t in_a_round = 0;
	int last;

	for (size_t i = 0; i < run->plan->n_steps; i++)
		if (run->plan->steps[i].op == MIM_STEP_FILL &&
		    run->plan->steps[i].n > in_a_round)
			in_a_round = run->plan->steps[i].n;
	if (in_a_round > run->hold.room.workers * run->hold.room.piece)
		in_a_round = run->hold.room.workers * run->hold.room.piece;
	if (run->hold.by_id && needed > run->hold.most)
		needed = run->hold.most;
	needed += FEW_DESCRIPTORS + in_a_round;
	last = fcntl(run->site.root, F_DUPFD_CLOEXEC,
		     (int)(needed < limit ? needed : limit - 1));
	if (last >= 0)
		close(last);
}
