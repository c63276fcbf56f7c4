/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include "apply/run.h"
#include "apply/why.h"
#include "base/str.h"
#include "kernel/bpffs.h"
#include "model/reserved.h"

/* They only limit the descriptor of whoever creates the map, and we have to fill it. */
#define CREATOR_ONLY (BPF_F_RDONLY | BPF_F_WRONLY)

static int open_live(struct mim_run *run, uint32_t map)
{
	const struct mim_map *live;
	int r;

	if (map == MIM_NONE || run->live_fds[map] >= 0)
		return 0;
	live = &run->plan->live->maps[map];
	r = mim_kernel_call(run->kernel, map_open, live->id);
	if (r == -ENOENT)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "map '%s' (id %u) is gone since it was read", live->name,
				 live->id);
	if (r < 0)
		return mim_why_open(run->diags, live->id, r);
	run->live_fds[map] = r;
	return 0;
}

static int open_slots(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_plan *plan = run->plan;
	const struct mim_slots *slots =
		step->map != MIM_NONE ? &plan->want->maps[step->map].outer->slots : NULL;
	int r = 0;

	if (step->op != MIM_STEP_FILL)
		r = open_live(run, step->live_map);
	for (uint32_t i = step->first; r == 0 && i < step->first + step->n; i++) {
		const struct mim_write *write = &plan->writes[i];

		r = open_live(run, mim_run_old(run, step, write));
		if (r == 0 && write->want != MIM_NONE)
			r = open_live(run, plan->match[slots->inner[write->want]]);
	}
	return r;
}

/* Every live map that a step binds or pins, and every one that undo would put back. */
static int open_step(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_plan *plan = run->plan;
	int r;

	switch (step->op) {
	case MIM_STEP_FILL:
	case MIM_STEP_CLEAR:
	case MIM_STEP_BIND:
	case MIM_STEP_UNBIND:
		return open_slots(run, step);
	case MIM_STEP_PIN:
		r = open_live(run, plan->match[step->map]);
		if (r < 0 || step->live_pin == MIM_NONE)
			return r;
		return open_live(run, plan->live->pins[step->live_pin].map);
	case MIM_STEP_UNPIN:
		return open_live(run, plan->live->pins[step->live_pin].map);
	case MIM_STEP_MOUNT:
	case MIM_STEP_SCOPE:
	case MIM_STEP_MARK:
	case MIM_STEP_SWEEP:
	case MIM_STEP_CREATE:
	case MIM_STEP_FOLDER:
	case MIM_STEP_ACCESS:
	case MIM_STEP_REMOVE_FOLDER:
	case MIM_STEP_REMEMBER:
	case MIM_STEP_FORGET:
	case MIM_STEP_FINISH:
	case MIM_STEP_REMOVE_SCOPE:
		break;
	}
	return 0;
}

static int create(struct mim_run *run, const struct mim_shape *shape, const char *name,
		  int inner_fd)
{
	struct mim_shape created = *shape;

	created.flags &= ~CREATOR_ONLY;
	return mim_kernel_call(run->kernel, map_create, &created, name, inner_fd);
}

/* A new map with exactly the template's shape is as good as one made for the purpose. */
static int find_like_template(const struct mim_run *run, const struct mim_map *outer)
{
	const struct mim_slots *slots = &outer->outer->slots;

	for (uint32_t i = 0; i < slots->n; i++) {
		uint32_t inner = slots->inner[i];

		if (run->new_fds[inner] >= 0 &&
		    mim_shape_differs(&run->plan->want->maps[inner].shape,
				      &outer->outer->inner) == 0)
			return run->new_fds[inner];
	}
	return -1;
}

static int create_outer(struct mim_run *run, const struct mim_map *map)
{
	const struct mim_template *template =
		&run->plan->want->templates[map->outer->template];
	mim_auto_close int made = -1;
	char name[MIM_KERNEL_NAME];
	int inner = find_like_template(run, map);

	if (inner < 0) {
		mim_name_kernel(template->name, name);
		inner = made = create(run, &template->shape, name, -1);
	}
	if (inner < 0)
		return mim_why_create(run->diags, MIM_SPOT(template->origin, "name"),
				      "template", template->name, &template->shape,
				      inner);
	return create(run, &map->shape, map->kernel_name, inner);
}

static int create_map(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_map *map = &run->plan->want->maps[step->map];
	size_t reported = run->diags->n_errors;
	int fd;

	fd = map->outer ? create_outer(run, map)
			: create(run, &map->shape, map->kernel_name, -1);
	if (fd < 0 && run->diags->n_errors > reported)
		return fd;
	if (fd < 0)
		return mim_why_create(run->diags,
				      MIM_SPOT(map->origin, map->own ? NULL : "name"),
				      map->outer ? "outer map" : "inner map", map->name,
				      &map->shape, fd);
	run->new_fds[step->map] = fd;
	return 0;
}

static int make_scope(struct mim_run *run, const struct mim_step *step)
{
	const char *name = run->plan->want->scope.name;
	int r = mim_run_new_folder(run, name);

	if (r == -EEXIST)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_CHANGED, -EAGAIN,
				 "folder %s was made by somebody else meanwhile",
				 step->path);
	if (r < 0)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "make folder", step->path,
				     r);
	run->folder = run->lock->folder = r;
	mim_lock_sign(run->kernel, run->lock);
	/* From here on the folder's own lock is enough; others may make theirs. */
	mim_kernel_call(run->kernel, lock, run->lock->root, LOCK_UN);
	return 0;
}

static int mark_scope(struct mim_run *run, const struct mim_step *step)
{
	const struct mim_marker marker = {.digest = "0", .revision = ""};
	int r = mim_run_set_marker(run, &marker);

	return r < 0 ? mim_why_bpffs(run->diags, MIM_NOWHERE, "mark folder", step->path,
				     r)
		     : 0;
}

static int mount_bpffs(struct mim_run *run, const struct mim_step *step)
{
	int r = mim_kernel_call(run->kernel, mount, step->path);

	if (r < 0)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "mount bpffs at",
				     step->path, r);
	r = mim_bpffs_open(run->kernel, step->path);
	if (r < 0)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "open bpffs", step->path,
				     r);
	/* The lock on what was below the mount stays with mim_lock until the end. */
	run->root = r;
	return 0;
}

static int sweep(struct mim_run *run, const struct mim_step *step)
{
	mim_auto_close int parent = -1, left = -1;
	const char *name;
	int r;

	parent = mim_run_open_parent(run, step->path, &name);
	r = parent < 0 ? parent : mim_kernel_call(run->kernel, unlink, parent, name);
	/* A scope's folder that had not got its name yet, with the marker in it. */
	if (r == -EISDIR || r == -EPERM) {
		left = mim_kernel_call(run->kernel, open_folder, parent, name);
		if (left >= 0)
			mim_kernel_call(run->kernel, unlink, left, MIM_MARKER_NAME);
		r = mim_kernel_call(run->kernel, remove_folder, parent, name);
	}
	if (r < 0 && r != -ENOENT)
		return mim_why_bpffs(run->diags, MIM_NOWHERE, "remove leftover",
				     step->path, r);
	return 0;
}

static bool is_same_mount(const struct mim_run *run, const char *path)
{
	const char *bpffs = run->plan->want->scope.bpffs;

	return mim_str_starts(path, bpffs) && path[strlen(bpffs)] == '/';
}

/* A pin in another bpffs is placed by the switch; that it can be is seen now. */
static int check_elsewhere(struct mim_run *run, const struct mim_pin *pin)
{
	mim_auto_close int folder = -1;
	const char *name;
	int r;

	folder = mim_run_open_parent(run, pin->path, &name);
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
	const struct mim_plan *plan = run->plan;
	const struct mim_step *step = &plan->steps[i];
	const struct mim_pin *pin = &plan->want->pins[step->pin];
	uint32_t match = plan->match[step->map];
	int fd = match != MIM_NONE ? run->live_fds[match] : run->new_fds[step->map];
	char name[MIM_STAGED_NAME];
	int state, r;

	if (!is_same_mount(run, pin->path))
		return check_elsewhere(run, pin);
	state = mim_run_state(run);
	mim_run_staged_name(i, name);
	r = state < 0 ? state
		      : mim_run_stage(run, fd, state, name, pin->mode, pin->group);
	if (r < 0)
		return mim_why_pin(run->diags, pin, r);
	run->staged[i] = true;
	return 0;
}

static int prepare_step(struct mim_run *run, size_t i)
{
	const struct mim_step *step = &run->plan->steps[i];
	uint32_t failed;
	int r;

	switch (step->op) {
	case MIM_STEP_MOUNT:
		return mount_bpffs(run, step);
	case MIM_STEP_SCOPE:
		return make_scope(run, step);
	case MIM_STEP_MARK:
		return mark_scope(run, step);
	case MIM_STEP_SWEEP:
		return sweep(run, step);
	case MIM_STEP_CREATE:
		return create_map(run, step);
	case MIM_STEP_FILL:
		r = mim_run_bind(run, step, &failed);
		return r < 0 ? mim_why_slot(run, step, failed, "bind", r) : 0;
	case MIM_STEP_CLEAR:
	case MIM_STEP_BIND:
	case MIM_STEP_FOLDER:
	case MIM_STEP_PIN:
	case MIM_STEP_ACCESS:
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

/* New maps are held by descriptors until the switch: as many as we may have. */
static void raise_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* For the largest key of all outer maps; in the switch no memory is asked for. */
static int make_room(struct mim_run *run)
{
	const struct mim_plan *plan = run->plan;
	uint32_t most = 0;

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct mim_step *step = &plan->steps[i];
		const struct mim_map *map = NULL;

		if (step->n && step->map != MIM_NONE)
			map = &plan->want->maps[step->map];
		else if (step->n)
			map = &plan->live->maps[step->live_map];
		if (map && map->shape.key_size > most)
			most = map->shape.key_size;
	}
	return mim_slot_room_init(&run->room, most, UINT32_MAX);
}

static int interrupted(struct mim_run *run)
{
	return run->options->interrupted ? run->options->interrupted(run->options->data)
					 : 0;
}

int mim_run_prepare(struct mim_run *run)
{
	const struct mim_plan *plan = run->plan;
	int r;

	raise_limit();
	if (make_room(run) < 0)
		return mim_out_of_memory(run->diags);
	run->root = run->lock->root;
	run->folder = run->lock->folder;
	for (size_t i = 0; i < plan->n_steps; i++) {
		r = open_step(run, &plan->steps[i]);
		if (r < 0)
			return r;
	}
	for (size_t i = 0; i < plan->n_steps; i++) {
		if (!mim_run_is_prepare(plan->steps[i].op))
			continue;
		if (interrupted(run))
			return -EINTR;
		run->n_done = i + 1;
		r = prepare_step(run, i);
		if (r < 0)
			return r;
		run->done[i] = true;
	}
	for (size_t i = 0; i < plan->n_steps; i++) {
		if (plan->steps[i].op != MIM_STEP_PIN)
			continue;
		if (interrupted(run))
			return -EINTR;
		r = stage_pin(run, i);
		if (r < 0)
			return r;
	}
	return 0;
}
