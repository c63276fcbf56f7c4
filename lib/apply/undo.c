/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "apply/run.h"
#include "model/reserved.h"

static int restore_pin(struct mim_run *run, uint32_t live_pin, bool replace)
{
	const struct mim_pin *pin = &run->plan->live->pins[live_pin];
	char group[12];

	snprintf(group, sizeof(group), "%u", pin->gid);
	return mim_run_pin_at(run, run->live_fds[pin->map], pin->path, pin->mode, group,
			      replace);
}

static int in_parent(struct mim_run *run, const char *path,
		     int (*act)(struct mim_kernel *kernel, int parent, const char *name))
{
	mim_auto_close int parent = -1;
	const char *name;

	parent = mim_run_open_parent(run, path, &name);
	return parent < 0 ? parent : act(run->kernel, parent, name);
}

static int unlink_at(struct mim_kernel *kernel, int parent, const char *name)
{
	return mim_kernel_call(kernel, unlink, parent, name);
}

static int make_at(struct mim_kernel *kernel, int parent, const char *name)
{
	return mim_kernel_call(kernel, make_folder, parent, name, 0755);
}

static int remove_at(struct mim_kernel *kernel, int parent, const char *name)
{
	return mim_kernel_call(kernel, remove_folder, parent, name);
}

static int restore_access(struct mim_run *run, uint32_t live_pin)
{
	const struct mim_pin *pin = &run->plan->live->pins[live_pin];
	char group[12];

	snprintf(group, sizeof(group), "%u", pin->gid);
	return mim_run_access(run, pin->path, pin->mode, group);
}

/* The record that was there before: about the pin at that path, whatever its map. */
static int restore_record(struct mim_run *run, enum mim_record record, const char *path)
{
	const struct mim_scope *scope = &run->plan->live->scope;
	const char *text = NULL;

	if (record == MIM_RECORD_PROTECTED) {
		if (mim_texts_has(&scope->protected, path))
			text = path;
	} else {
		for (size_t i = 0; i < scope->outside.n && !text; i++) {
			const char *space = strchr(scope->outside.items[i], ' ');

			if (space && strcmp(space + 1, path) == 0)
				text = scope->outside.items[i];
		}
	}
	return text ? mim_run_put_record(run, record, path, text)
		    : mim_run_drop_record(run, record, path);
}

static int remove_new_scope(struct mim_run *run)
{
	int r;

	mim_lock_unsign(run->kernel, run->lock);
	r = mim_kernel_call(run->kernel, unlink, run->folder, MIM_MARKER_NAME);
	if (r == 0 || r == -ENOENT)
		r = mim_kernel_call(run->kernel, remove_folder, run->root,
				    run->plan->want->scope.name);
	/* An open folder would keep the mount of this run busy. */
	close(run->lock->folder);
	run->folder = run->lock->folder = -1;
	return r;
}

static int restore_marker(struct mim_run *run)
{
	const struct mim_scope *scope = &run->plan->live->scope;

	/* A folder without a marker before this run loses ours with its own step. */
	return scope->marked ? mim_run_set_marker(run, &scope->marker) : 0;
}

static int restore_scope(struct mim_run *run)
{
	const struct mim_scope *scope = &run->plan->live->scope;
	struct stat st;
	int r = 0, s;

	if (fstat(run->folder, &st) == 0 && st.st_nlink == 0) {
		s = mim_run_new_folder(run, scope->name);
		if (s < 0)
			return s;
		close(run->lock->folder);
		run->folder = run->lock->folder = s;
	}
	if (run->state >= 0)
		close(TAKE_FD(run->state));
	for (size_t i = 0; i < scope->protected.n; i++) {
		s = restore_record(run, MIM_RECORD_PROTECTED, scope->protected.items[i]);
		r = s < 0 ? s : r;
	}
	for (size_t i = 0; i < scope->outside.n; i++) {
		const char *space = strchr(scope->outside.items[i], ' ');

		s = space ? restore_record(run, MIM_RECORD_OUTSIDE, space + 1) : 0;
		r = s < 0 ? s : r;
	}
	s = restore_marker(run);
	return s < 0 ? s : r;
}

static int unmount(struct mim_run *run, const struct mim_step *step)
{
	close(run->root);
	run->root = run->lock->root;
	return mim_kernel_call(run->kernel, unmount, step->path);
}

/* Bulk steps may be done in part: they are undone as soon as they were begun. */
static bool is_bulk(enum mim_step_op op)
{
	return op == MIM_STEP_CLEAR || op == MIM_STEP_BIND || op == MIM_STEP_UNBIND ||
	       op == MIM_STEP_REMOVE_SCOPE || op == MIM_STEP_MOUNT ||
	       op == MIM_STEP_ACCESS;
}

static int undo_step(struct mim_run *run, const struct mim_step *step)
{
	switch (step->op) {
	case MIM_STEP_MOUNT:
		return run->root != run->lock->root ? unmount(run, step) : 0;
	case MIM_STEP_SCOPE:
		return remove_new_scope(run);
	case MIM_STEP_MARK:
		mim_run_drop_state(run);
		return mim_kernel_call(run->kernel, unlink, run->folder, MIM_MARKER_NAME);
	case MIM_STEP_CLEAR:
	case MIM_STEP_BIND:
	case MIM_STEP_UNBIND:
		/* Whatever the step got to: all are put back. */
		return mim_run_restore(run, step);
	case MIM_STEP_FOLDER:
		return in_parent(run, step->path, remove_at);
	case MIM_STEP_PIN:
		if (step->live_pin != MIM_NONE)
			return restore_pin(run, step->live_pin, true);
		return in_parent(run, run->plan->want->pins[step->pin].path, unlink_at);
	case MIM_STEP_ACCESS:
		return restore_access(run, step->live_pin);
	case MIM_STEP_UNPIN:
		return restore_pin(run, step->live_pin, false);
	case MIM_STEP_REMOVE_FOLDER:
		return in_parent(run, step->path, make_at);
	case MIM_STEP_REMEMBER:
	case MIM_STEP_FORGET:
		return restore_record(run, step->record, step->path);
	case MIM_STEP_FINISH:
		return restore_marker(run);
	case MIM_STEP_REMOVE_SCOPE:
		return restore_scope(run);
	case MIM_STEP_SWEEP:
	case MIM_STEP_CREATE:
	case MIM_STEP_FILL:
		break;
	}
	return 0;
}

static const char *step_verb(enum mim_step_op op)
{
	switch (op) {
	case MIM_STEP_MOUNT:
		return "the mount of bpffs is left";
	case MIM_STEP_SCOPE:
	case MIM_STEP_MARK:
		return "the marked folder is left";
	case MIM_STEP_CLEAR:
	case MIM_STEP_BIND:
	case MIM_STEP_UNBIND:
		return "slots are not as they were";
	case MIM_STEP_FOLDER:
		return "a new folder is left";
	case MIM_STEP_PIN:
		return "a pin is not as it was";
	case MIM_STEP_ACCESS:
		return "a pin's mode or group is not as it was";
	case MIM_STEP_UNPIN:
		return "a pin is missing";
	case MIM_STEP_REMOVE_FOLDER:
		return "a folder is missing";
	case MIM_STEP_REMEMBER:
	case MIM_STEP_FORGET:
		return "a record is not as it was";
	case MIM_STEP_FINISH:
	case MIM_STEP_REMOVE_SCOPE:
		return "the scope's marker is not as it was";
	case MIM_STEP_SWEEP:
	case MIM_STEP_CREATE:
	case MIM_STEP_FILL:
		break;
	}
	return "";
}

static const char *step_object(const struct mim_run *run, const struct mim_step *step)
{
	const struct mim_plan *plan = run->plan;

	if (step->path)
		return step->path;
	if (step->pin != MIM_NONE)
		return plan->want->pins[step->pin].path;
	if (step->live_pin != MIM_NONE)
		return plan->live->pins[step->live_pin].path;
	return plan->want->maps[step->map].name;
}

static void drop_staged(struct mim_run *run)
{
	char name[MIM_STAGED_NAME];

	for (size_t i = 0; i < run->plan->n_steps; i++) {
		if (!run->staged[i])
			continue;
		mim_run_staged_name(i, name);
		mim_kernel_call(run->kernel, unlink, run->state, name);
	}
}

int mim_run_undo(struct mim_run *run)
{
	int r = 0, s;

	drop_staged(run);
	for (size_t i = run->n_done; i-- > 0;) {
		const struct mim_step *step = &run->plan->steps[i];

		/* Every other step is one call, which either happened or did not. */
		s = run->done[i] || is_bulk(step->op) ? undo_step(run, step) : 0;
		if (s == 0)
			continue;
		r = mim_error(run->diags, MIM_NOWHERE, MIM_CODE_UNDO, s,
			      "cannot put back %s: %s: %s", step_object(run, step),
			      step_verb(step->op), mim_errno_text(s));
	}
	/* Gone with the last of its records and staged pins, or not there at all. */
	mim_run_drop_state(run);
	return r;
}
