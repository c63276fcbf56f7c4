/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/run.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/file.h>
#include "base/num.h"
#include "kernel/bpffs.h"
#include "model/reserved.h"

static int *new_fds(size_t n)
{
	int *fds = malloc((n + 1) * sizeof(*fds));

	for (size_t i = 0; fds && i < n; i++)
		fds[i] = -1;
	return fds;
}

static void close_fds(int *fds, size_t n)
{
	for (size_t i = 0; fds && i < n; i++)
		if (fds[i] >= 0)
			close(fds[i]);
	free(fds);
}

int mim_run_init(struct mim_run *run)
{
	const struct mim_plan *plan = run->plan;

	run->root = run->folder = run->state = -1;
	run->new_fds = new_fds(plan->want->n_maps);
	run->live_fds = new_fds(plan->live->n_maps);
	run->staged = calloc(plan->n_steps + 1, sizeof(*run->staged));
	run->done = calloc(plan->n_steps + 1, sizeof(*run->done));
	if (!run->new_fds || !run->live_fds || !run->staged || !run->done)
		return mim_out_of_memory(run->diags);
	return 0;
}

void mim_run_release(struct mim_run *run)
{
	if (!run->plan)
		return;
	close_fds(run->new_fds, run->plan->want->n_maps);
	close_fds(run->live_fds, run->plan->live->n_maps);
	free(run->staged);
	free(run->done);
	mim_slot_room_release(&run->room);
	if (run->state >= 0)
		close(run->state);
	if (run->root >= 0 && run->root != run->lock->root)
		close(run->root);
}

bool mim_run_is_prepare(enum mim_step_op op)
{
	return op <= MIM_STEP_FILL;
}

int mim_run_outer_fd(const struct mim_run *run, const struct mim_step *step)
{
	if (step->map != MIM_NONE && run->new_fds[step->map] >= 0)
		return run->new_fds[step->map];
	return run->live_fds[step->live_map];
}

int mim_run_inner_fd(const struct mim_run *run, const struct mim_step *step,
		     const struct mim_write *write)
{
	const struct mim_plan *plan = run->plan;
	uint32_t inner;

	if (write->want == MIM_NONE)
		return run->live_fds[mim_run_old(run, step, write)];
	inner = plan->want->maps[step->map].outer->slots.inner[write->want];
	return plan->match[inner] != MIM_NONE ? run->live_fds[plan->match[inner]]
					      : run->new_fds[inner];
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

int mim_run_open_parent(const struct mim_run *run, const char *path,
			const char **ret_name)
{
	return mim_bpffs_open_parent(run->kernel, run->root, run->plan->want->scope.bpffs,
				     path, ret_name);
}

int mim_run_state(struct mim_run *run)
{
	int r;

	if (run->state >= 0)
		return run->state;
	r = mim_kernel_call(run->kernel, make_folder, run->folder, MIM_STATE_NAME, 0700);
	if (r < 0 && r != -EEXIST)
		return r;
	run->state =
		mim_kernel_call(run->kernel, open_folder, run->folder, MIM_STATE_NAME);
	return run->state;
}

void mim_run_drop_state(struct mim_run *run)
{
	if (run->folder < 0 ||
	    mim_kernel_call(run->kernel, remove_folder, run->folder, MIM_STATE_NAME) < 0)
		return;
	/* The descriptor of a removed folder takes no new names. */
	if (run->state >= 0)
		close(TAKE_FD(run->state));
}

void mim_run_staged_name(size_t i, char *name)
{
	snprintf(name, MIM_STAGED_NAME, MIM_STAGED_PREFIX "%zu", i);
}

static int group_id(const char *group, uint32_t *ret_gid)
{
	struct group entry, *found = NULL;
	char buffer[16384];
	uint64_t number;

	if (mim_num_u64(group, UINT32_MAX - 1, &number) == 0) {
		*ret_gid = (uint32_t)number;
		return 0;
	}
	if (getgrnam_r(group, &entry, buffer, sizeof(buffer), &found) != 0 || !found)
		return -ESRCH;
	*ret_gid = found->gr_gid;
	return 0;
}

static int set_access(struct mim_run *run, int folder, const char *name, uint32_t mode,
		      const char *group)
{
	uint32_t gid;
	int r = 0;

	if (group) {
		r = group_id(group, &gid);
		if (r == 0)
			r = mim_kernel_call(run->kernel, set_group, folder, name, gid);
	}
	if (r == 0 && mode != MIM_MODE_ANY)
		r = mim_kernel_call(run->kernel, set_mode, folder, name, mode);
	return r;
}

int mim_run_access(struct mim_run *run, const char *path, uint32_t mode,
		   const char *group)
{
	mim_auto_close int folder = -1;
	const char *name;

	folder = mim_run_open_parent(run, path, &name);
	return folder < 0 ? folder : set_access(run, folder, name, mode, group);
}

int mim_run_stage(struct mim_run *run, int fd, int folder, const char *name,
		  uint32_t mode, const char *group)
{
	int r = mim_kernel_call(run->kernel, pin, fd, folder, name);

	if (r < 0)
		return r;
	r = set_access(run, folder, name, mode, group);
	if (r < 0)
		mim_kernel_call(run->kernel, unlink, folder, name);
	return r;
}

int mim_run_pin_at(struct mim_run *run, int fd, const char *path, uint32_t mode,
		   const char *group, bool replace)
{
	mim_auto_close int folder = -1;
	char staged[MIM_UNGUESSABLE_NAME];
	const char *name;
	int r;

	folder = mim_run_open_parent(run, path, &name);
	if (folder < 0)
		return folder;
	r = mim_unguessable_name(run->plan->want->scope.name, staged);
	if (r == 0)
		r = mim_run_stage(run, fd, folder, staged, mode, group);
	if (r < 0)
		return r;
	r = mim_kernel_call(run->kernel, rename, folder, staged, folder, name, replace);
	if (r < 0)
		mim_kernel_call(run->kernel, unlink, folder, staged);
	return r;
}

int mim_run_set_marker(struct mim_run *run, const struct mim_marker *marker)
{
	char text[MIM_MARKER_TEXT], staged[MIM_UNGUESSABLE_NAME];
	int state = mim_run_state(run), r;

	if (state < 0)
		return state;
	r = mim_unguessable_name(run->plan->want->scope.name, staged);
	if (r == 0)
		r = mim_kernel_call(run->kernel, symlink, mim_marker_text(marker, text),
				    state, staged);
	if (r < 0)
		return r;
	r = mim_kernel_call(run->kernel, rename, state, staged, run->folder,
			    MIM_MARKER_NAME, true);
	if (r < 0)
		mim_kernel_call(run->kernel, unlink, state, staged);
	return r;
}

const char *mim_run_record(const struct mim_run *run, const struct mim_step *step,
			   char *text)
{
	const struct mim_plan *plan = run->plan;
	struct mim_map_info info = {0};

	if (step->record == MIM_RECORD_PROTECTED) {
		snprintf(text, MIM_RECORD_TEXT, "%s", step->path);
		return text;
	}
	if (plan->match[step->map] != MIM_NONE)
		info.id = plan->live->maps[plan->match[step->map]].id;
	else
		mim_kernel_call(run->kernel, map_info, run->new_fds[step->map], &info);
	snprintf(text, MIM_RECORD_TEXT, "%u %s", info.id, step->path);
	return text;
}

int mim_run_put_record(struct mim_run *run, enum mim_record record, const char *path,
		       const char *text)
{
	char name[MIM_RECORD_NAME], staged[MIM_UNGUESSABLE_NAME];
	int state = mim_run_state(run), r;

	if (state < 0)
		return state;
	r = mim_unguessable_name(run->plan->want->scope.name, staged);
	if (r == 0)
		r = mim_kernel_call(run->kernel, symlink, text, state, staged);
	if (r < 0)
		return r;
	r = mim_kernel_call(run->kernel, rename, state, staged, state,
			    mim_record_name(record, path, name), true);
	if (r < 0)
		mim_kernel_call(run->kernel, unlink, state, staged);
	return r;
}

int mim_run_drop_record(struct mim_run *run, enum mim_record record, const char *path)
{
	char name[MIM_RECORD_NAME];
	int state = mim_run_state(run), r;

	if (state < 0)
		return state;
	r = mim_kernel_call(run->kernel, unlink, state,
			    mim_record_name(record, path, name));
	return r == -ENOENT ? 0 : r;
}

int mim_run_new_folder(struct mim_run *run, const char *name)
{
	const struct mim_marker marker = {.digest = "0", .revision = ""};
	char text[MIM_MARKER_TEXT], staged[MIM_UNGUESSABLE_NAME];
	mim_auto_close int fd = -1;
	int r = mim_unguessable_name(name, staged);

	if (r == 0)
		/* Without read permission nobody else can open it, and so not lock it. */
		r = mim_kernel_call(run->kernel, make_folder, run->root, staged, 0711);
	if (r < 0)
		return r;
	fd = mim_kernel_call(run->kernel, open_folder, run->root, staged);
	r = fd < 0 ? fd : mim_kernel_call(run->kernel, lock, fd, LOCK_EX | LOCK_NB);
	if (r == 0)
		r = mim_kernel_call(run->kernel, symlink, mim_marker_text(&marker, text),
				    fd, MIM_MARKER_NAME);
	if (r == 0)
		r = mim_kernel_call(run->kernel, rename, run->root, staged, run->root,
				    name, false);
	if (r < 0) {
		if (fd >= 0)
			mim_kernel_call(run->kernel, unlink, fd, MIM_MARKER_NAME);
		mim_kernel_call(run->kernel, remove_folder, run->root, staged);
		return r;
	}
	return TAKE_FD(fd);
}
