/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include <time.h>
#include "apply/copy.h"
#include "apply/entries.h"
#include "apply/run.h"
#include "apply/why.h"

/* Return: 1 when there was nothing to do, and so nothing to undo. */
static int make_folder(struct mim_run *run, const struct mim_step *step)
{
	mim_auto_close int parent = -1;
	const char *name;
	int r;

	parent = mim_site_open_parent(&run->site, step->path, &name);
	r = parent < 0 ? parent
		       : mim_kernel_call(run->kernel, make_folder, parent, name, 0755);
	if (r == -EEXIST)
		return 1;
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "make folder", step->path,
				     r)
		     : 0;
}

static int remove_folder(struct mim_run *run, const struct mim_step *step)
{
	mim_auto_close int parent = -1;
	const char *name;
	int r;

	parent = mim_site_open_parent(&run->site, step->path, &name);
	r = parent < 0 ? parent
		       : mim_kernel_call(run->kernel, remove_folder, parent, name);
	if (r == -ENOTEMPTY || r == -ENOENT)
		return 1;
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "remove folder", step->path,
				     r)
		     : 0;
}

/* What a step replaces or removes must be what the plan is about: our lock binds only us.
 */
static int check_pin(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_topology *live = run->plan->live;
	const struct mim_pin *pin =
		step->live_pin == MIM_NONE ? NULL : &live->pins[step->live_pin];
	uint32_t id = 0;
	int r = pin ? mim_site_pin_id(&run->site, pin->path, &id) : -ENOENT;

	if (r == -ENOENT || (r == 0 && id == live->maps[pin->map].id))
		return 0;
	if (r < 0 && r != -EEXIST && r != -ELOOP && r != -ENOTDIR)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "look at", pin->path, r);
	return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
			 "somebody has put something else at %s since it was read",
			 pin->path);
}

static int pin_elsewhere(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	const struct mim_pin *pin = &run->plan->want->pins[step->pin];
	bool ours = false;
	int fd = mim_hold_open(run, step->map, &ours), r;

	if (fd < 0)
		return fd;
	r = mim_site_pin_at(&run->site, fd, pin->path, &run->access[i],
			    step->live_pin != MIM_NONE);
	if (ours)
		close(fd);
	return r;
}

static int place_pin(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	const struct mim_pin *pin = &run->plan->want->pins[step->pin];
	mim_auto_close int parent = -1;
	char staged[MIM_STEP_NAME];
	const char *name;
	int r;

	r = check_pin(run, step);
	if (r < 0)
		return r;
	if (!run->staged[i]) {
		r = pin_elsewhere(run, i);
		return r < 0 ? mim_why_pin(run->diags, pin, r) : 0;
	}
	parent = mim_site_open_parent(&run->site, pin->path, &name);
	r = parent < 0 ? parent
		       : mim_kernel_call(run->kernel, rename, run->site.state,
					 mim_step_name(MIM_STAGED_PREFIX, i, staged),
					 parent, name, step->live_pin != MIM_NONE);
	if (r < 0)
		return mim_why_pin(run->diags, pin, r);
	run->staged[i] = false;
	return 0;
}

static int set_access(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	const struct mim_pin *pin = &run->plan->want->pins[step->pin];
	int r = check_pin(run, step);

	if (r < 0)
		return r;
	r = mim_site_access(&run->site, pin->path, &run->access[i]);
	if (r == -ENOENT)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "somebody has removed %s since it was read", pin->path);
	return r < 0 ? mim_why_pin(run->diags, pin, r) : 0;
}

static int unpin(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_pin *pin = &run->plan->live->pins[step->live_pin];
	mim_auto_close int parent = -1;
	const char *name;
	int r = check_pin(run, step);

	if (r < 0)
		return r;
	parent = mim_site_open_parent(&run->site, pin->path, &name);
	r = parent < 0 ? parent : mim_kernel_call(run->kernel, unlink, parent, name);
	if (r == -ENOENT)
		return 1;
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "remove pin", pin->path, r)
		     : 0;
}

static int put_record(struct mim_run *run, const struct mim_step *step)
{
	char name[MIM_RECORD_NAME], old[MIM_RECORD_NAME], text[MIM_OUTSIDE_TEXT];
	int r = mim_run_record(run, step, text);

	if (r == 0)
		mim_record_name(step->record, text, name);
	if (r == 0 && step->op == MIM_STEP_REMEMBER) {
		r = mim_site_put_record(&run->site, name, text);
	} else if (r == 0) {
		/* One that was kept with a mount point has a name of its own: first, so
		 * that when it cannot be looked for nothing is gone yet.
		 */
		if (strcmp(step->text, text) != 0)
			r = mim_site_drop_record(
				&run->site,
				mim_record_name(step->record, step->text, old));
		if (r == 0)
			r = mim_site_drop_record(&run->site, name);
	}
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "record pin", step->path, r)
		     : 0;
}

static int finish(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_marker marker = {
		.generation = run->plan->live->scope.marker.generation + 1,
		.digest = run->options->digest,
		.revision = run->options->revision,
		.time = time(NULL),
	};
	char text[MIM_MARKER_TEXT];
	int r = mim_site_set_marker(&run->site, mim_marker_text(&marker, text));

	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "mark folder", step->path,
				     r)
		     : 0;
}

static int switch_step(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];

	switch (step->op) {
	case MIM_STEP_REFILL:
		return mim_entries_refill(run, i);
	case MIM_STEP_CLEAR:
	case MIM_STEP_UNBIND:
		return mim_run_empty(run, step);
	case MIM_STEP_BIND:
		return mim_run_bind(run, step);
	case MIM_STEP_FOLDER:
		return make_folder(run, step);
	case MIM_STEP_PIN:
		return place_pin(run, i);
	case MIM_STEP_ACCESS:
		return set_access(run, i);
	case MIM_STEP_COPY_AGAIN:
		return mim_copy_again(run, i);
	case MIM_STEP_CARRY_AGAIN:
		return mim_carry_again(run, step);
	case MIM_STEP_UNPIN:
		return unpin(run, step);
	case MIM_STEP_REMOVE_FOLDER:
		return remove_folder(run, step);
	case MIM_STEP_REMEMBER:
	case MIM_STEP_FORGET:
		return put_record(run, step);
	case MIM_STEP_FINISH:
		return finish(run, step);
	case MIM_STEP_REMOVE_SCOPE:
	case MIM_STEP_MOUNT:
	case MIM_STEP_SCOPE:
	case MIM_STEP_MARK:
	case MIM_STEP_SWEEP:
	case MIM_STEP_CREATE:
	case MIM_STEP_SEED:
	case MIM_STEP_COPY:
	case MIM_STEP_FILL:
		break;
	}
	return 0;
}

/* Such a step may be taken in part: it is taken back as soon as it was begun. */
static bool is_bulk(enum mim_step_op op)
{
	return op == MIM_STEP_REFILL || op == MIM_STEP_CLEAR || op == MIM_STEP_BIND ||
	       op == MIM_STEP_UNBIND || op == MIM_STEP_ACCESS;
}

int mim_run_switch(struct mim_run *run)
{
	const struct mim_apply_options *options = run->options;

	for (size_t i = 0; i < run->plan->n_steps; i++) {
		int r;

		if (mim_run_is_prepare(run->plan->steps[i].op))
			continue;
		if (options->interrupted && options->interrupted(options->data))
			return -EINTR;
		if (is_bulk(run->plan->steps[i].op))
			mim_run_begun(run, i);
		r = switch_step(run, i);
		if (r < 0)
			return r;
		mim_progress_step(&run->progress, &run->plan->steps[i]);
		if (r == 0)
			mim_run_begun(run, i);
	}
	return 0;
}
