/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/file.h>
#include "apply/copy.h"
#include "apply/entries.h"
#include "apply/run.h"
#include "apply/why.h"
#include "kernel/bpffs.h"
#include "model/reserved.h"
#include "model/scope.h"

/* A new map with exactly the template's shape is as good as one made for the purpose. */
static int find_like_template(const struct mim_run *run, const struct mim_map *outer)
{
	const struct mim_slots *slots = &outer->outer->slots;

	for (uint32_t i = 0; i < slots->n; i++) {
		uint32_t inner = slots->inner[i];

		if (run->hold.new_fds[inner] >= 0 &&
		    run->plan->want->maps[inner].template == outer->outer->template &&
		    mim_shape_differs(&run->plan->want->maps[inner].shape,
				      &outer->outer->inner) == 0)
			return run->hold.new_fds[inner];
	}
	return -1;
}

static int create_outer(struct mim_run *run, const struct mim_map *map)
{
	const struct mim_template *template =
		&run->plan->want->templates[map->outer->template];
	struct mim_shape shape = map->shape;
	mim_auto_close int made = -1;
	char name[MIM_KERNEL_NAME];
	int inner = find_like_template(run, map);

	if (inner < 0) {
		mim_name_kernel(template->name, name);
		inner = made = mim_creator_make(&run->creator, map->outer->template,
						&template->shape, name);
	}
	if (inner < 0)
		return mim_why_create(run->diags, MIM_SPOT(template->origin, "name"),
				      "template", template->name, &template->shape,
				      inner);
	shape.flags &= ~(BPF_F_RDONLY | BPF_F_WRONLY);
	return mim_kernel_call(run->kernel, map_create, &shape, map->kernel_name, inner,
			       NULL);
}

static int create_map(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_map *map = &run->plan->want->maps[step->map];
	size_t reported = run->diags->n_errors;
	int fd;

	fd = map->outer ? create_outer(run, map)
			: mim_creator_make(&run->creator, map->template, &map->shape,
					   map->kernel_name);
	if (fd < 0 && run->diags->n_errors > reported)
		return fd;
	if (fd < 0)
		return mim_why_create(run->diags,
				      MIM_SPOT(map->origin, map->own ? NULL : "name"),
				      map->outer ? "outer map" : "inner map", map->name,
				      &map->shape, fd);
	return mim_hold_new(run, step->map, fd);
}

static int make_scope(struct mim_run *run, const struct mim_step *step)
{
	struct mim_site *site = &run->site;
	int r = mim_site_new_folder(site);

	if (r == -EEXIST)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "folder %s was made by somebody else meanwhile",
				 step->path);
	if (r < 0)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "make folder", step->path,
				     r);
	site->folder = site->lock->folder = r;
	mim_lock_sign(run->kernel, site->lock);
	/* From here on the folder's own lock is enough; others may make theirs. */
	mim_kernel_call(run->kernel, lock, site->lock->root, LOCK_UN);
	return 0;
}

static int mark_scope(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_marker marker = {.digest = "0", .revision = ""};
	char text[MIM_MARKER_TEXT];
	int r = mim_site_set_marker(&run->site, mim_marker_text(&marker, text));

	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "mark folder", step->path,
				     r)
		     : 0;
}

static int mount_bpffs(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	int r = mim_bpffs_open(run->kernel, step->path);

	/* Each mount is a bpffs of its own: a second one would hide all that is pinned.
	 */
	if (r >= 0) {
		close(r);
		return mim_error(
			run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
			"somebody has mounted bpffs at %s since it was looked for",
			step->path);
	}
	r = mim_is_shortage(r) ? r : mim_kernel_call(run->kernel, mount, step->path);
	if (r < 0)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "mount bpffs at",
				     step->path, r);
	/* It is there, whether what comes after it fails or not. */
	mim_run_begun(run, i);
	r = mim_bpffs_open(run->kernel, step->path);
	if (r < 0)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "open bpffs", step->path,
				     r);
	/* The lock on what was below the mount stays with mim_lock until the end. */
	run->site.root = r;
	return 0;
}

static int sweep(struct mim_run *run, const struct mim_step *step)
{
	int r = mim_site_sweep(&run->site, step->path);

	if (r == -ENOTEMPTY) {
		mim_warning(run->diags, MIM_NOWHERE, MIM_CODE_BPFFS,
			    "leftover %s stays: something in it is not mimctl's",
			    step->path);
		return 0;
	}
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "remove leftover",
				     step->path, r)
		     : 0;
}

/* A pin in another bpffs is placed by the switch; that it can be is seen now. */
static int check_elsewhere(struct mim_run *run, const struct mim_pin *pin)
{
	mim_auto_close int folder = -1;
	const char *name;
	int r;

	folder = mim_site_open_parent(&run->site, pin->path, &name);
	if (folder < 0)
		return mim_why_pin(run->diags, pin, folder);
	r = mim_kernel_call(run->kernel, is_bpffs, folder);
	if (r > 0)
		return 0;
	return mim_error(run->diags, MIM_SPOT(pin->origin, "path"), MIM_CODE_BPFFS,
			 r < 0 ? r : -ENODEV, "%s does not lie in a bpffs", pin->path);
}

/* Pins are made under a name that nobody looks at; the switch moves them in place. */
static int stage_pin(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	const struct mim_pin *pin = &run->plan->want->pins[step->pin];
	char name[MIM_STEP_NAME];
	bool ours = false;
	int state, fd, r;

	if (!mim_site_is_mine(&run->site, pin->path))
		return check_elsewhere(run, pin);
	state = mim_site_state(&run->site);
	fd = state < 0 ? state : mim_hold_open(run, step->map, &ours);
	r = fd < 0 ? fd
		   : mim_site_stage(&run->site, fd, state,
				    mim_step_name(MIM_STAGED_PREFIX, i, name),
				    &run->access[i]);
	if (ours)
		close(fd);
	if (r < 0)
		return mim_why_pin(run->diags, pin, r);
	run->staged[i] = true;
	return 0;
}

/* The map that a pin holds now is held by another, with the same mode and owner. */
static int keep_pin(struct mim_run *run, size_t i)
{
	const struct mim_pin *live = &run->plan->live->pins[run->plan->steps[i].live_pin];
	const struct mim_access access = {live->mode, live->uid, live->gid};
	int state = mim_site_state(&run->site), fd, r;
	char name[MIM_STEP_NAME];
	bool ours = false;

	fd = state < 0 ? state : mim_hold_open_live(run, live->map, &ours);
	r = fd < 0 ? fd
		   : mim_site_stage(&run->site, fd, state,
				    mim_step_name(MIM_KEPT_PREFIX, i, name), &access);
	if (ours && fd >= 0)
		close(fd);
	if (r == -ENOENT)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "the map at %s is gone since it was read", live->path);
	if (r < 0)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "keep the map at",
				     live->path, r);
	run->kept[i] = true;
	return 0;
}

/* So that the next run knows the folder again if this one is killed beside it. */
static int note_folder(struct mim_run *run, size_t i)
{
	const char *path = run->plan->steps[i].path;
	int state = mim_site_state(&run->site), r;
	char name[MIM_STEP_NAME];

	mim_step_name(MIM_FOLDER_PREFIX, i, name);
	r = state < 0 ? state
		      : mim_kernel_call(run->kernel, symlink,
					mim_scope_below(run->site.bpffs, path), state,
					name);
	if (r < 0)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "note folder", path, r);
	run->noted[i] = true;
	return 0;
}

/* Groups are looked up in files, or over the network. */
static int find_access(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	const struct mim_pin *pin = &run->plan->want->pins[step->pin];
	const struct mim_topology *live = run->plan->live;
	const struct mim_pin *before =
		step->op == MIM_STEP_PIN && step->live_pin != MIM_NONE
			? &live->pins[step->live_pin]
			: NULL;
	int r;

	/* Whoever had a pin that is taken over is not given what is ours. */
	if (before && !mim_topology_made(live, before))
		before = NULL;
	r = mim_run_pin_access(pin, before, &run->access[i]);

	return r < 0 ? mim_why_pin(run->diags, pin, r) : 0;
}

static int prepare_pins(struct mim_run *run)
{
	const struct mim_apply_options *options = run->options;
	int r = 0;

	for (size_t i = 0; r == 0 && i < run->plan->n_steps; i++) {
		const struct mim_step *step = &run->plan->steps[i];

		if (step->op == MIM_STEP_FOLDER || step->op == MIM_STEP_REMOVE_FOLDER)
			r = note_folder(run, i);
		if (r == 0 && (step->op == MIM_STEP_PIN || step->op == MIM_STEP_ACCESS))
			r = find_access(run, i);
		if (r < 0 || (step->op != MIM_STEP_PIN && step->op != MIM_STEP_UNPIN))
			continue;
		if (options->interrupted && options->interrupted(options->data))
			return -EINTR;
		if (step->live_pin != MIM_NONE)
			r = keep_pin(run, i);
		if (r == 0 && step->op == MIM_STEP_PIN)
			r = stage_pin(run, i);
	}
	return r;
}

/* What this process holds by descriptors must be there when it is not. */
static int prepare_confirmation(struct mim_run *run)
{
	const struct mim_access access = {MIM_MODE_ANY, MIM_ID_ANY, MIM_ID_ANY};
	int state = mim_site_state(&run->site), r = state < 0 ? state : 0;
	char name[MIM_STEP_NAME];

	for (size_t i = 0; r == 0 && i < run->plan->n_steps; i++)
		if (run->hold.old_parks[i].fd >= 0)
			r = mim_site_stage(&run->site, run->hold.old_parks[i].fd, state,
					   mim_step_name(MIM_PARKED_PREFIX, i, name),
					   &access);
	if (r == 0)
		r = mim_journal_save(&run->journal, &run->site);
	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE,
				     "keep the way back in the state folder of",
				     run->plan->want->scope.folder, r)
		     : 0;
}

static int prepare_step(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];

	switch (step->op) {
	case MIM_STEP_MOUNT:
		return mount_bpffs(run, i);
	case MIM_STEP_SCOPE:
		return make_scope(run, step);
	case MIM_STEP_MARK:
		return mark_scope(run, step);
	case MIM_STEP_SWEEP:
		return sweep(run, step);
	case MIM_STEP_CREATE:
		return create_map(run, step);
	case MIM_STEP_SEED:
		return mim_entries_seed(run, step);
	case MIM_STEP_COPY:
		return mim_copy(run, i);
	case MIM_STEP_FILL:
		return mim_run_bind(run, step);
	case MIM_STEP_REFILL:
	case MIM_STEP_CLEAR:
	case MIM_STEP_BIND:
	case MIM_STEP_FOLDER:
	case MIM_STEP_PIN:
	case MIM_STEP_ACCESS:
	case MIM_STEP_COPY_AGAIN:
	case MIM_STEP_CARRY_AGAIN:
	case MIM_STEP_UNBIND:
	case MIM_STEP_UNPIN:
	case MIM_STEP_REMOVE_FOLDER:
	case MIM_STEP_REMEMBER:
	case MIM_STEP_FORGET:
	case MIM_STEP_FINISH:
	case MIM_STEP_REMOVE_SCOPE:
		break;
	}
	return 0;
}

static int interrupted(struct mim_run *run)
{
	return run->options->interrupted ? run->options->interrupted(run->options->data)
					 : 0;
}

static int inverses(struct mim_run *run, bool prepare)
{
	for (size_t i = 0; i < run->plan->n_steps; i++) {
		const struct mim_step *step = &run->plan->steps[i];
		int r = mim_run_is_prepare(step->op) == prepare ? mim_run_inverse(run, i)
								: 0;

		if (r == -ENOMEM)
			return mim_out_of_memory(run->diags);
		if (r < 0)
			return mim_why_bpffs(
				run->diags, MIM_NOWHERE, "look at",
				step->path ? step->path
					   : run->plan->want->pins[step->pin].path,
				r);
	}
	return 0;
}

static int prepare_steps(struct mim_run *run)
{
	const struct mim_plan *plan = run->plan;
	int r = 0;

	for (size_t i = 0; r == 0 && i < plan->n_steps; i++)
		r = mim_hold_step(run, i);
	for (size_t i = 0; r == 0 && i < plan->n_steps; i++) {
		if (!mim_run_is_prepare(plan->steps[i].op))
			continue;
		if (interrupted(run))
			return -EINTR;
		r = prepare_step(run, i);
		if (r == 0)
			mim_run_begun(run, i);
		mim_progress_step(&run->progress, &plan->steps[i]);
	}
	return r;
}

static bool makes_maps(const struct mim_plan *plan)
{
	for (size_t i = 0; i < plan->n_steps; i++)
		if (plan->steps[i].op == MIM_STEP_CREATE ||
		    plan->steps[i].op == MIM_STEP_FILL)
			return true;
	return false;
}

static int load_types(struct mim_run *run)
{
	int r = makes_maps(run->plan)
			? mim_creator_init(&run->creator, run->kernel, run->plan->want)
			: 0;

	if (r == -ENOMEM)
		return mim_out_of_memory(run->diags);
	return r < 0 ? mim_error(run->diags, MIM_NOWHERE, MIM_CODE_KERNEL, r,
				 "cannot load the types of keys and values: %s",
				 mim_errno_text(r))
		     : 0;
}

int mim_run_prepare(struct mim_run *run)
{
	int r = mim_hold_init(run);

	if (r == 0)
		r = load_types(run);
	if (r == 0)
		r = inverses(run, true);
	if (r == 0)
		r = prepare_steps(run);
	for (size_t i = 0; r == 0 && i < run->plan->n_steps; i++)
		if (run->plan->steps[i].op == MIM_STEP_REFILL)
			r = mim_entries_gather(run, i);
	if (r == 0)
		r = inverses(run, false);
	if (r == 0)
		r = prepare_pins(run);
	if (r == 0 && run->options->confirm)
		r = prepare_confirmation(run);
	return r;
}
