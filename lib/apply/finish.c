/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include "apply/pending.h"
#include "apply/run.h"
#include "apply/why.h"
#include "model/reserved.h"

static void drop_name(struct mim_run *run, const char *name)
{
	int r = -EINTR;

	for (int tries = 0; tries < 2 && r < 0 && r != -ENOENT; tries++)
		r = mim_kernel_call(run->kernel, unlink, run->site.state, name);
	/* No harm: the next run on the scope takes it for what it is. */
	if (r < 0 && r != -ENOENT)
		mim_warning(run->diags, MIM_NOWHERE, MIM_CODE_BPFFS,
			    "cannot remove %s of this run: %s", name, mim_errno_text(r));
}

static void drop(struct mim_run *run, const char *prefix, size_t i)
{
	char name[MIM_STEP_NAME];

	drop_name(run, mim_step_name(prefix, i, name));
}

/* All that the way back would have needed, and pins that did not come to their place. */
static void drop_all(struct mim_run *run)
{
	/* As long as it tells that somebody goes back, the way must be there. */
	if (run->site.state >= 0 && run->going_back) {
		drop_name(run, MIM_PENDING_NAME);
		drop_name(run, MIM_GOING_BACK_NAME);
	}
	for (size_t i = 0; run->site.state >= 0 && i < run->plan->n_steps; i++) {
		if (run->staged[i])
			drop(run, MIM_STAGED_PREFIX, i);
		/* What could not be put back is not to be lost as well. */
		if (run->kept[i] && (run->undo[i] == MIM_NONE ||
				     !run->journal.items[run->undo[i]].failed))
			drop(run, MIM_KEPT_PREFIX, i);
		if (run->noted[i])
			drop(run, MIM_FOLDER_PREFIX, i);
		if (run->options->confirm && run->hold.old_parks &&
		    run->hold.old_parks[i].fd >= 0)
			drop(run, MIM_PARKED_PREFIX, i);
		run->staged[i] = run->kept[i] = run->noted[i] = false;
	}
	if (run->site.state >= 0 && run->options->confirm)
		drop_name(run, MIM_JOURNAL_NAME);
	/* Only records keep the state folder; without any it goes. */
	mim_site_drop_state(&run->site);
}

static int remove_scope(struct mim_run *run, const struct mim_step *step)
{
	int r = mim_site_remove_folder(&run->site);

	if (r == -ENOTEMPTY) {
		mim_warning(run->diags, MIM_NOWHERE, MIM_CODE_BPFFS,
			    "folder %s stays: something in it is not mimctl's",
			    step->path);
		return 0;
	}
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "remove folder", step->path,
				     r)
		     : 0;
}

int mim_run_finish(struct mim_run *run)
{
	const struct mim_plan *plan = run->plan;
	int r = 0;

	if (plan->n_steps && plan->steps[plan->n_steps - 1].op == MIM_STEP_REMOVE_SCOPE)
		r = remove_scope(run, &plan->steps[plan->n_steps - 1]);
	if (r == 0)
		drop_all(run);
	return r;
}

int mim_run_undo(struct mim_run *run)
{
	int r = mim_journal_undo(&run->journal, &run->site, &run->hold.room);

	if (r < 0 && run->going_back)
		mim_pending_hint(&run->site);
	else
		drop_all(run);
	return r;
}
