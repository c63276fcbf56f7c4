/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "apply/run.h"
#include "apply/verify.h"

/* What this run itself still has in the state folder, and the scope, go after this. */
static bool comes_later(enum mim_step_op op)
{
	return op == MIM_STEP_SWEEP || op == MIM_STEP_FINISH ||
	       op == MIM_STEP_REMOVE_FOLDER || op == MIM_STEP_REMOVE_SCOPE;
}

static uint32_t count_steps(const struct mim_plan *plan)
{
	uint32_t n = 0;

	for (size_t i = 0; i < plan->n_steps; i++)
		n += !comes_later(plan->steps[i].op);
	return n;
}

static const char *first_error(const struct mim_diags *diags)
{
	for (size_t i = 0; i < diags->n; i++)
		if (diags->items[i].severity == MIM_ERROR)
			return diags->items[i].message;
	return mim_errno_text(ENOMEM);
}

int mim_verify(struct mim_run *run)
{
	/* Of many that were replaced this list would be the longest of all. */
	const struct mim_without without = {run->plan->live, run->plan->freed};
	mim_auto_topology struct mim_topology *live = NULL;
	mim_auto_plan struct mim_plan *left = NULL;
	struct mim_diags unheard = {0};
	const struct mim_summary *s;
	int r;

	r = mim_plan_live_without(run->kernel, run->plan->want, &run->options->plan,
				  &without, &unheard, &live, &left);
	if (r == -ENOMEM)
		mim_out_of_memory(run->diags);
	else if (r < 0 && unheard.n)
		mim_error(run->diags, MIM_NOWHERE, MIM_CODE_VERIFY, r,
			  "cannot read back what was applied: %s", first_error(&unheard));
	else if (r == 0 && left->refused)
		r = mim_error(run->diags, MIM_NOWHERE, MIM_CODE_VERIFY, -EUCLEAN,
			      "what was read back is not what was applied: %s",
			      first_error(&unheard));
	mim_diags_release(&unheard);
	if (r < 0 || count_steps(left) == 0)
		return r;
	s = &left->summary;
	return mim_error(
		run->diags, MIM_NOWHERE, MIM_CODE_VERIFY, -EUCLEAN,
		"what was read back is not what was applied: %u maps, %u slots and "
		"%u pins differ",
		s->outer_create + s->outer_change + s->outer_replace + s->outer_remove +
			s->inner_create + s->inner_change + s->inner_replace +
			s->inner_remove,
		s->slot_create + s->slot_change + s->slot_remove,
		s->pin_create + s->pin_change + s->pin_remove);
}
