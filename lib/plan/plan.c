/* SPDX-License-Identifier: BSD-2-Clause */
#include "plan/plan.h"

#include <errno.h>
#include <string.h>
#include "plan/diff.h"

/* The one bpffs that may be mounted without asking: where everybody expects it. */
#define WELL_KNOWN_BPFFS "/sys/fs/bpf"

void mim_plan_free(struct mim_plan *plan)
{
	if (!plan)
		return;
	free(plan->changes);
	free(plan->writes);
	free(plan->steps);
	free(plan->refills);
	free(plan->edits);
	mim_holders_release(&plan->stays);
	mim_arena_release(&plan->arena);
	free(plan);
}

static int check_mount(const struct mim_topology *want, const struct mim_topology *live,
		       struct mim_diags *diags)
{
	const char *bpffs = want->scope.bpffs;

	if (live->scope.mounted || want->n_maps == 0 ||
	    strcmp(bpffs, WELL_KNOWN_BPFFS) == 0)
		return 0;
	mim_error(diags, MIM_NOWHERE, MIM_CODE_BPFFS, -ENODEV,
		  "no bpffs is mounted at %s", bpffs);
	mim_hint(diags, "mkdir -p %s && mount -t bpf bpf %s", bpffs, bpffs);
	return -ENODEV;
}

int mim_plan_judge(struct mim_plan *plan, const struct mim_plan_options *options,
		   struct mim_diags *diags)
{
	int r;

	plan->summary.entries_lost = 0;
	plan->slots_unread = plan->refused = false;
	mim_holders_release(&plan->stays);
	r = mim_freed_compute(plan);
	if (r == 0)
		r = mim_freed_contents(plan);
	if (r == 0)
		r = mim_stay_compute(plan);
	if (r < 0)
		return mim_out_of_memory(diags);
	mim_guard_check(plan, options, diags);
	/* What speaks against the plan could not be said. */
	return diags->out_of_memory ? -ENOMEM : 0;
}

int mim_plan_compute(const struct mim_topology *want, const struct mim_topology *live,
		     const struct mim_plan_options *options, struct mim_diags *diags,
		     struct mim_plan **ret_plan)
{
	mim_cleanup(mim_match_release) struct mim_match match = {0};
	mim_auto_plan struct mim_plan *plan = calloc(1, sizeof(*plan));
	int r;

	if (!plan)
		return mim_out_of_memory(diags);
	plan->want = want;
	plan->live = live;
	plan->adopt = options->adopt;
	r = check_mount(want, live, diags);
	if (r < 0)
		return r;
	r = mim_match_compute(&match, plan);
	if (r == 0)
		r = mim_refill_compute(plan);
	if (r == 0)
		r = mim_diff_compute(&match, plan);
	if (r == 0)
		r = mim_order_compute(plan, options);
	if (r < 0)
		return mim_out_of_memory(diags);
	r = mim_plan_judge(plan, options, diags);
	if (r == 0)
		*ret_plan = TAKE_PTR(plan);
	return r;
}
