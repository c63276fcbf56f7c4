/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/progress.h"

static bool is_about_slots(const struct mim_step *step)
{
	return step->op == MIM_STEP_FILL || step->op == MIM_STEP_CLEAR ||
	       step->op == MIM_STEP_BIND || step->op == MIM_STEP_UNBIND;
}

void mim_progress_init(struct mim_progress *progress,
		       const struct mim_apply_options *options,
		       const struct mim_plan *plan)
{
	*progress = (struct mim_progress){.options = options, .owner = pthread_self()};
	for (size_t i = 0; i < plan->n_steps; i++)
		progress->total += is_about_slots(&plan->steps[i]) ? plan->steps[i].n : 1;
}

static void add(struct mim_progress *progress, bool tell)
{
	uint64_t done = __atomic_add_fetch(&progress->done, 1, __ATOMIC_RELAXED);

	/* What is taken back is counted once more. */
	if (tell && progress->options->progress && done <= progress->total)
		progress->options->progress(progress->options->data, done,
					    progress->total);
}

void mim_progress_step(struct mim_progress *progress, const struct mim_step *step)
{
	if (!is_about_slots(step))
		add(progress, true);
}

void mim_progress_slot(struct mim_progress *progress)
{
	add(progress, pthread_equal(progress->owner, pthread_self()));
}
