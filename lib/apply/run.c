/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/run.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include "kernel/group.h"
#include "model/scope.h"

int mim_run_init(struct mim_run *run, struct mim_lock *lock)
{
	const struct mim_plan *plan = run->plan;

	run->site = (struct mim_site){
		.kernel = run->kernel,
		.lock = lock,
		.diags = run->diags,
		.scope = plan->want->scope.name,
		.bpffs = plan->want->scope.bpffs,
		.root = lock->root,
		.folder = lock->folder,
		.state = -1,
	};
	mim_progress_init(&run->progress, run->options, plan);
	run->access = calloc(plan->n_steps + 1, sizeof(*run->access));
	run->staged = calloc(plan->n_steps + 1, sizeof(*run->staged));
	run->kept = calloc(plan->n_steps + 1, sizeof(*run->kept));
	run->noted = calloc(plan->n_steps + 1, sizeof(*run->noted));
	run->undo = malloc((plan->n_steps + 1) * sizeof(*run->undo));
	run->copies = calloc(plan->n_steps + 1, sizeof(*run->copies));
	run->drops = calloc(plan->n_steps + 1, sizeof(*run->drops));
	if (!run->access || !run->staged || !run->kept || !run->noted || !run->undo ||
	    !run->copies || !run->drops)
		return mim_out_of_memory(run->diags);
	memset(run->undo, 0xff, plan->n_steps * sizeof(*run->undo));
	return 0;
}

void mim_run_release(struct mim_run *run)
{
	if (!run->plan)
		return;
	mim_creator_release(&run->creator);
	mim_hold_release(run);
	mim_journal_release(&run->journal);
	if (run->site.kernel)
		mim_site_release(&run->site);
	for (size_t i = 0; run->copies && i < run->plan->n_steps; i++)
		mim_elements_release(&run->copies[i]);
	for (size_t i = 0; run->drops && i < run->plan->n_steps; i++)
		mim_elements_release(&run->drops[i]);
	free(run->copies);
	free(run->drops);
	free(run->access);
	free(run->staged);
	free(run->kept);
	free(run->noted);
	free(run->undo);
}

bool mim_run_is_prepare(enum mim_step_op op)
{
	return op <= MIM_STEP_FILL;
}

int mim_run_outer_fd(struct mim_run *run, const struct mim_step *step)
{
	if (step->map != MIM_NONE && run->hold.new_fds[step->map] >= 0)
		return run->hold.new_fds[step->map];
	return run->hold.live_fds[step->live_map];
}

uint32_t mim_run_key_size(const struct mim_run *run, const struct mim_step *step)
{
	return step->map != MIM_NONE
		       ? run->plan->want->maps[step->map].shape.key_size
		       : run->plan->live->maps[step->live_map].shape.key_size;
}

const uint8_t *mim_run_key(const struct mim_run *run, const struct mim_step *step,
			   const struct mim_write *write)
{
	if (write->want != MIM_NONE)
		return mim_slot_key(&run->plan->want->maps[step->map], write->want);
	return mim_slot_key(&run->plan->live->maps[step->live_map], write->live);
}

uint32_t mim_run_old(const struct mim_run *run, const struct mim_step *step,
		     const struct mim_write *write)
{
	if (write->live == MIM_NONE)
		return MIM_NONE;
	return run->plan->live->maps[step->live_map].outer->slots.inner[write->live];
}

void mim_run_begun(struct mim_run *run, size_t i)
{
	if (run->undo[i] != MIM_NONE)
		run->journal.items[run->undo[i]].done = true;
}

/* What the kernel gives a new pin. */
#define PIN_MODE 0600

int mim_run_pin_access(const struct mim_pin *pin, const struct mim_pin *before,
		       struct mim_access *ret_access)
{
	*ret_access = (struct mim_access){pin->mode, MIM_ID_ANY, MIM_ID_ANY};
	/* Who could open the map that was there can open the one that takes its place. */
	if (before && pin->mode == MIM_MODE_ANY && before->mode != PIN_MODE)
		ret_access->mode = before->mode;
	/* Of a pin that another user shares with us this is not ours to give. */
	if (before && geteuid() == 0 && before->uid)
		ret_access->uid = before->uid;
	if (before && geteuid() == 0 && before->gid != getegid())
		ret_access->gid = before->gid;
	return pin->group ? mim_group_id(pin->group, &ret_access->gid) : 0;
}

int mim_run_record(struct mim_run *run, const struct mim_step *step, char *text)
{
	const char *below;
	uint32_t id;
	char *path;
	int r;

	if (step->text) {
		snprintf(text, MIM_OUTSIDE_TEXT, "%s", step->text);
	} else {
		r = mim_hold_id(run, step->map, &id);
		if (r < 0)
			return r;
		mim_outside_text(id, step->path, text);
	}
	path = text + (step->record == MIM_RECORD_OUTSIDE ? strcspn(text, " ") + 1 : 0);
	below = mim_scope_below(run->site.bpffs, path);
	memmove(path, below, strlen(below) + 1);
	return 0;
}
