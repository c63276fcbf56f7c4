/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "apply/clock.h"
#include "apply/run.h"
#include "base/str.h"
#include "kernel/bpffs.h"
#include "model/reserved.h"

/* Somebody asks the process that waits to go back; it stays when that fails. */
#define ROLLBACK_NAME "rollback"
#define POLL_MS	      50

/* Return: 1, 0, or why that cannot be seen. */
static int is_there(struct mim_kernel *kernel, int folder, const char *name)
{
	struct stat st;
	int r = mim_kernel_call(kernel, status, folder, name, &st);

	return r == -ENOENT ? 0 : r < 0 ? r : 1;
}

static int wait_until(struct mim_run *run, int state, uint64_t end)
{
	const struct mim_apply_options *options = run->options;

	for (;;) {
		/* What cannot be seen now is seen next time. */
		if (is_there(run->kernel, state, MIM_PENDING_NAME) == 0)
			return 0;
		if (is_there(run->kernel, state, ROLLBACK_NAME) > 0)
			return -ECANCELED;
		if (options->interrupted && options->interrupted(options->data))
			return -EINTR;
		if (mim_clock_ms() >= end)
			return -ETIME;
		mim_clock_pause(POLL_MS);
	}
}

int mim_pending_wait(struct mim_run *run)
{
	uint64_t end = mim_clock_ms() + run->options->confirm * 1000ULL;
	int state = mim_site_state(&run->site), r;
	char text[MIM_RUNNER_TEXT];
	struct mim_self self;

	mim_self_init(&self, time(NULL) + run->options->confirm);
	r = state < 0 ? state
		      : mim_kernel_call(run->kernel, symlink,
					mim_runner_text(&self.runner, text), state,
					MIM_PENDING_NAME);
	if (r < 0)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_BPFFS, r,
				 "cannot wait for confirmation: %s", mim_errno_text(r));
	if (run->options->waiting)
		run->options->waiting(run->options->data);
	r = wait_until(run, state, end);
	/* If it is gone by now, mimctl confirm was first. */
	if (r < 0 &&
	    mim_kernel_call(run->kernel, unlink, state, MIM_PENDING_NAME) == -ENOENT)
		r = 0;
	if (r == -ETIME)
		mim_error(run->diags, MIM_NOWHERE, MIM_CODE_INTERRUPTED, r,
			  "not confirmed within %u seconds", run->options->confirm);
	if (r == -ECANCELED) {
		mim_kernel_call(run->kernel, unlink, state, ROLLBACK_NAME);
		mim_error(run->diags, MIM_NOWHERE, MIM_CODE_INTERRUPTED, r,
			  "mimctl rollback asked for what was there before");
	}
	return r;
}

static int nobody_waits(const char *name, struct mim_diags *diags)
{
	return mim_error(diags, MIM_NOWHERE, MIM_CODE_NONE, -ENOENT,
			 "no apply of '%s' waits for confirmation", name);
}

/* The state folder of a scope, as far as there is one. */
static int open_state(struct mim_kernel *kernel, const char *name, const char *bpffs)
{
	mim_auto_close int root = mim_bpffs_open(kernel, bpffs);
	mim_auto_close int folder = -1;

	if (root < 0)
		return root;
	folder = mim_kernel_call(kernel, open_folder, root, name);
	return folder < 0 ? folder
			  : mim_kernel_call(kernel, open_folder, folder, MIM_STATE_NAME);
}

/* All but the records, which outlive an apply. */
static void clean(struct mim_site *site)
{
	int fd = site->state < 0
			 ? -1
			 : mim_kernel_call(site->kernel, open_folder, site->state, ".");
	mim_auto_closedir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir && fd >= 0)
		close(fd);
	/* As long as it says that an apply waits, the way back must be there. */
	if (site->state >= 0)
		mim_kernel_call(site->kernel, unlink, site->state, MIM_PENDING_NAME);
	while (dir && (entry = readdir(dir)))
		if (!strchr(entry->d_name, '.') && !mim_is_record(entry->d_name) &&
		    strcmp(entry->d_name, MIM_HOLDER_NAME) != 0)
			mim_kernel_call(site->kernel, unlink, site->state, entry->d_name);
	mim_site_drop_state(site);
}

/* Take the lock of what is there, and open it. */
static int enter(struct mim_site *site, unsigned int timeout)
{
	const struct mim_apply_options options = {.lock_timeout = timeout};
	const char *slash = site->bpffs[strlen(site->bpffs) - 1] == '/' ? "" : "/";
	char folder[MIM_PATH_MOST];
	struct mim_scope scope = {
		.name = site->scope, .bpffs = site->bpffs, .folder = folder};
	int r;

	snprintf(folder, sizeof(folder), "%s%s%s", site->bpffs, slash, site->scope);
	r = mim_lock_take(site->kernel, &scope, &options, site->lock, site->diags);
	if (r < 0)
		return r;
	site->root = site->lock->root;
	site->folder = site->lock->folder;
	if (site->folder >= 0)
		site->state = mim_kernel_call(site->kernel, open_folder, site->folder,
					      MIM_STATE_NAME);
	return 0;
}

static void leave(struct mim_site *site)
{
	mim_lock_unsign(site->kernel, site->lock);
	mim_site_release(site);
}

int mim_confirm(struct mim_kernel *kernel, const char *name, const char *bpffs,
		struct mim_diags *diags)
{
	mim_cleanup(mim_lock_release) struct mim_lock lock = MIM_LOCK_NONE;
	struct mim_diags unheard = {0};
	struct mim_site site = {kernel, &lock, &unheard, name, bpffs, -1, -1, -1, ""};
	mim_auto_close int state = open_state(kernel, name, bpffs);
	int r = state < 0 ? state
			  : mim_kernel_call(kernel, unlink, state, MIM_PENDING_NAME);

	if (r == -ENOENT || r == -ENODEV)
		return nobody_waits(name, diags);
	if (r < 0)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_BPFFS, r,
				 "cannot confirm '%s': %s", name, mim_errno_text(r));
	/* Where the process that waited is gone, nobody else lets go of the old maps. */
	if (enter(&site, 0) == 0) {
		clean(&site);
		leave(&site);
	}
	mim_diags_release(&unheard);
	return 0;
}

static int go_back(struct mim_site *site)
{
	mim_cleanup(mim_journal_release) struct mim_journal journal = {0};
	mim_cleanup(mim_slot_room_release) struct mim_slot_room room = {0};
	uint32_t longest = 4;
	int r = mim_journal_load(&journal, site);

	for (size_t i = 0; i < journal.n; i++)
		if (journal.items[i].key_size > longest)
			longest = journal.items[i].key_size;
	if (r == 0)
		r = mim_slot_room_init(&room, longest, 256);
	if (r < 0)
		return mim_error(site->diags, MIM_NOWHERE, MIM_CODE_BPFFS, r,
				 "cannot read how '%s' was before: %s", site->scope,
				 mim_errno_text(r));
	r = mim_journal_undo(&journal, site, &room);
	if (site->folder >= 0)
		clean(site);
	return r;
}

static int cannot_open(struct mim_site *site, int r)
{
	return mim_error(site->diags, MIM_NOWHERE, MIM_CODE_BPFFS, r,
			 "cannot open the scope '%s' in %s: %s", site->scope, site->bpffs,
			 mim_errno_text(r));
}

/* The process that waits goes back itself, and lets go of the lock. */
static void ask(struct mim_kernel *kernel, int state)
{
	mim_kernel_call(kernel, symlink, "asked", state, ROLLBACK_NAME);
}

int mim_rollback(struct mim_kernel *kernel, const char *name, const char *bpffs,
		 unsigned int lock_timeout, struct mim_diags *diags)
{
	mim_cleanup(mim_lock_release) struct mim_lock lock = MIM_LOCK_NONE;
	struct mim_site site = {kernel, &lock, diags, name, bpffs, -1, -1, -1, ""};
	mim_auto_close int state = open_state(kernel, name, bpffs);
	int r = state < 0 ? state : is_there(kernel, state, MIM_PENDING_NAME);

	if (r == 0 || r == -ENOENT || r == -ENODEV)
		return nobody_waits(name, diags);
	if (r < 0)
		return cannot_open(&site, r);
	ask(kernel, state);
	r = enter(&site, lock_timeout);
	if (r < 0)
		return r;
	/* Without the folder, whoever waited has gone back, or kept what it did. */
	r = site.state == -ENOENT || site.folder < 0
		    ? 0
		    : is_there(kernel, site.state, MIM_PENDING_NAME);
	if (r > 0)
		r = go_back(&site);
	else if (r < 0)
		r = cannot_open(&site, site.state < 0 ? site.state : r);
	leave(&site);
	return r;
}
