/* SPDX-License-Identifier: BSD-2-Clause */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include "apply/run.h"
#include "apply/why.h"
#include "model/reserved.h"

static int empty_slots(struct mim_run *run, const struct mim_step *step)
{
	uint32_t failed;
	int r = mim_run_empty(run, step, &failed);

	return r < 0 ? mim_why_slot(run, step, failed, "empty", r) : 0;
}

static int bind_slots(struct mim_run *run, const struct mim_step *step)
{
	uint32_t failed;
	int r = mim_run_bind(run, step, &failed);

	return r < 0 ? mim_why_slot(run, step, failed, "bind", r) : 0;
}

/* Return: 1 when there was nothing to do, and so nothing to undo. */
static int make_folder(struct mim_run *run, const struct mim_step *step)
{
	mim_auto_close int parent = -1;
	const char *name;
	int r;

	parent = mim_run_open_parent(run, step->path, &name);
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

	parent = mim_run_open_parent(run, step->path, &name);
	r = parent < 0 ? parent
		       : mim_kernel_call(run->kernel, remove_folder, parent, name);
	if (r == -ENOTEMPTY || r == -ENOENT)
		return 1;
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "remove folder", step->path,
				     r)
		     : 0;
}

static int place_pin(struct mim_run *run, size_t i)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_step *step = &plan->steps[i];
	const struct mim_pin *pin = &plan->want->pins[step->pin];
	uint32_t match = plan->match[step->map];
	bool replace = step->live_pin != MIM_NONE;
	mim_auto_close int parent = -1;
	char staged[MIM_STAGED_NAME];
	const char *name;
	int r;

	if (run->staged[i]) {
		mim_run_staged_name(i, staged);
		parent = mim_run_open_parent(run, pin->path, &name);
		r = parent < 0 ? parent
			       : mim_kernel_call(run->kernel, rename, run->state, staged,
						 parent, name, replace);
		if (r == 0)
			run->staged[i] = false;
	} else {
		r = mim_run_pin_at(run,
				   match != MIM_NONE ? run->live_fds[match]
						     : run->new_fds[step->map],
				   pin->path, pin->mode, pin->group, replace);
	}
	return r < 0 ? mim_why_pin(run->diags, pin, r) : 0;
}

static int set_access(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_pin *pin = &run->plan->want->pins[step->pin];
	int r = mim_run_access(run, pin->path, pin->mode, pin->group);

	return r < 0 ? mim_why_pin(run->diags, pin, r) : 0;
}

static int unpin(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_pin *pin = &run->plan->live->pins[step->live_pin];
	mim_auto_close int parent = -1;
	const char *name;
	int r;

	parent = mim_run_open_parent(run, pin->path, &name);
	r = parent < 0 ? parent : mim_kernel_call(run->kernel, unlink, parent, name);
	if (r == -ENOENT)
		return 1;
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "remove pin", pin->path, r)
		     : 0;
}

static int put_record(struct mim_run *run, const struct mim_step *step)
{
	char text[MIM_RECORD_TEXT];
	int r;

	if (step->op == MIM_STEP_REMEMBER)
		r = mim_run_put_record(run, step->record, step->path,
				       mim_run_record(run, step, text));
	else
		r = mim_run_drop_record(run, step->record, step->path);
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
	int r = mim_run_set_marker(run, &marker);

	if (r < 0)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "mark folder", step->path,
				     r);
	/* Only records keep the state folder; without any it goes. */
	mim_run_drop_state(run);
	return 0;
}

static void empty_state(struct mim_run *run)
{
	int state = mim_run_state(run);
	int fd = state < 0 ? -1 : openat(state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	mim_auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (!strchr(entry->d_name, '.'))
			mim_kernel_call(run->kernel, unlink, state, entry->d_name);
	mim_run_drop_state(run);
}

static int remove_scope(struct mim_run *run, const struct mim_step *step)
{
	int r;

	empty_state(run);
	r = mim_kernel_call(run->kernel, unlink, run->folder, MIM_MARKER_NAME);
	if (r == 0 || r == -ENOENT)
		r = mim_kernel_call(run->kernel, remove_folder, run->root,
				    run->plan->want->scope.name);
	if (r == -ENOTEMPTY) {
		/* Still ours: without the marker nobody could remove the rest of it. */
		mim_run_set_marker(run, &run->plan->live->scope.marker);
		mim_run_drop_state(run);
		mim_warning(run->diags, MIM_NOWHERE, MIM_CODE_BPFFS,
			    "folder %s stays: something in it is not mimctl's",
			    step->path);
		return 0;
	}
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "remove folder", step->path,
				     r)
		     : 0;
}

static int switch_step(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];

	switch (step->op) {
	case MIM_STEP_CLEAR:
	case MIM_STEP_UNBIND:
		return empty_slots(run, step);
	case MIM_STEP_BIND:
		return bind_slots(run, step);
	case MIM_STEP_FOLDER:
		return make_folder(run, step);
	case MIM_STEP_PIN:
		return place_pin(run, i);
	case MIM_STEP_ACCESS:
		return set_access(run, step);
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
		return remove_scope(run, step);
	case MIM_STEP_MOUNT:
	case MIM_STEP_SCOPE:
	case MIM_STEP_MARK:
	case MIM_STEP_SWEEP:
	case MIM_STEP_CREATE:
	case MIM_STEP_FILL:
		break;
	}
	return 0;
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
		run->n_done = i + 1;
		r = switch_step(run, i);
		if (r < 0)
			return r;
		run->done[i] = r == 0;
	}
	return 0;
}
