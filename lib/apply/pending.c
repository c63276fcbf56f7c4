/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/pending.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include "apply/clock.h"
#include "apply/descriptors.h"
#include "apply/run.h"
#include "apply/why.h"
#include "base/str.h"
#include "kernel/bpffs.h"
#include "kernel/folder.h"
#include "model/reserved.h"
#include "model/scope.h"

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

/* Return: -ENOENT when somebody has decided already. */
static int begin_back(struct mim_kernel *kernel, int state)
{
	return mim_kernel_call(kernel, rename, state, MIM_PENDING_NAME, state,
			       MIM_GOING_BACK_NAME, true);
}

/* As long as it has its name somebody may still confirm what is being undone. */
static int decide_back(struct mim_kernel *kernel, int state)
{
	int r = begin_back(kernel, state);

	return r < 0 && r != -ENOENT
		       ? mim_kernel_call(kernel, unlink, state, MIM_PENDING_NAME)
		       : r;
}

int mim_pending_wait(struct mim_run *run)
{
	uint64_t end = mim_clock_ms() + run->options->confirm * 1000ULL;
	int state = mim_site_state(&run->site), r;
	char text[MIM_RUNNER_TEXT];
	struct mim_self self;

	mim_self_init(&self, time(NULL) + run->options->confirm);
	r = state < 0 ? state : mim_journal_skip(&run->journal, &run->site);
	if (r == 0)
		r = mim_kernel_call(run->kernel, symlink,
				    mim_runner_text(&self.runner, text), state,
				    MIM_PENDING_NAME);
	if (r < 0)
		return mim_error(run->diags, MIM_NOWHERE, MIM_CODE_BPFFS, r,
				 "cannot wait for confirmation: %s", mim_errno_text(r));
	if (run->options->waiting)
		run->options->waiting(run->options->data);
	r = wait_until(run, state, end);
	/* If it is gone by now, mimctl confirm was first. */
	if (r < 0 && decide_back(run->kernel, state) == -ENOENT)
		r = 0;
	run->going_back = r < 0;
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

void mim_pending_hint(const struct mim_site *site)
{
	char words[MIM_SCOPE_WORDS];

	/* Without its folder the scope has no way back any more. */
	if (*site->away || site->emptied)
		return;
	mim_hint(site->diags, "mimctl rollback %s tries again",
		 mim_scope_words(site->scope, site->bpffs, words));
}

static int nobody_waits(const char *name, struct mim_diags *diags)
{
	return mim_error(diags, MIM_NOWHERE, MIM_CODE_NONE, -ENOENT,
			 "no apply of '%s' waits for confirmation", name);
}

static int cannot_open(const char *name, const char *bpffs, int r,
		       struct mim_diags *diags)
{
	char path[MIM_PATH_MOST];

	snprintf(path, sizeof(path), "%s/%s", bpffs, name);
	return mim_why_bpffs(diags, MIM_NOWHERE, "open the scope", path, r);
}

/* The state folder of a scope; what is not there, or not to be opened, is said. */
static int open_state(struct mim_kernel *kernel, const char *name, const char *bpffs,
		      struct mim_diags *diags)
{
	mim_auto_close int root = mim_bpffs_open(kernel, bpffs);
	mim_auto_close int folder = -1;
	int r;

	if (root >= 0)
		folder = mim_kernel_call(kernel, open_folder, root, name);
	r = root < 0 ? root : folder;
	if (r == -ENOENT || r == -ENODEV)
		return mim_scope_absent(name, bpffs, diags);
	if (r >= 0)
		r = mim_state_open(kernel, folder);
	if (r == -ENOENT)
		return nobody_waits(name, diags);
	return r < 0 ? cannot_open(name, bpffs, r, diags) : r;
}

/* All but the records, which outlive an apply. */
static void clean(struct mim_site *site)
{
	mim_auto_folder struct mim_folder all = {.fd = -1};
	const char *name;

	/* As long as either says that an apply waits, the way back must be there. */
	if (site->state >= 0) {
		mim_kernel_call(site->kernel, unlink, site->state, MIM_PENDING_NAME);
		mim_kernel_call(site->kernel, unlink, site->state, MIM_GOING_BACK_NAME);
	}
	if (site->state >= 0 &&
	    mim_folder_open(site->kernel, site->state, ".", &all) == 0)
		while (mim_folder_next(site->kernel, &all, &name) > 0)
			if (!mim_is_record(name) && strcmp(name, MIM_HOLDER_NAME) != 0)
				mim_kernel_call(site->kernel, unlink, all.fd, name);
	mim_site_drop_state(site);
}

/* Take the lock of what is there, and open it. */
static int enter(struct mim_site *site, const struct mim_apply_options *options)
{
	const char *slash = site->bpffs[strlen(site->bpffs) - 1] == '/' ? "" : "/";
	char folder[MIM_PATH_MOST];
	struct mim_scope scope = {
		.name = site->scope, .bpffs = site->bpffs, .folder = folder};
	int r;

	snprintf(folder, sizeof(folder), "%s%s%s", site->bpffs, slash, site->scope);
	r = mim_lock_take(site->kernel, &scope, options, site->lock, site->diags);
	if (r < 0)
		return r;
	site->root = site->lock->root;
	site->folder = site->lock->folder;
	if (site->folder >= 0)
		site->state = mim_state_open(site->kernel, site->folder);
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
	const struct mim_apply_options at_once = {0};
	mim_cleanup(mim_lock_release) struct mim_lock lock = MIM_LOCK_NONE;
	struct mim_diags unheard = {0};
	struct mim_site site = {kernel, &lock, &unheard, name, bpffs, -1, -1, -1, ""};
	mim_auto_close int state = open_state(kernel, name, bpffs, diags);
	int r;

	if (state < 0)
		return state;
	r = mim_kernel_call(kernel, unlink, state, MIM_PENDING_NAME);
	if (r == -ENOENT)
		return nobody_waits(name, diags);
	if (r < 0)
		return mim_why_bpffs(diags, MIM_NOWHERE, "confirm", name, r);
	/* Where the process that waited is gone, nobody else lets go of the old maps. */
	if (enter(&site, &at_once) == 0) {
		clean(&site);
		leave(&site);
	}
	mim_diags_release(&unheard);
	return 0;
}

/* Half of the way back is worse than none: what it needs is asked for first. */
static int check_may_open(struct mim_site *site)
{
	uint32_t id;

	if (mim_kernel_call(site->kernel, map_next_id, 0, &id) != -EPERM)
		return 0;
	return mim_error(site->diags, MIM_NOWHERE, MIM_CODE_CAPABILITY, -EPERM,
			 "cannot put '%s' back: opening maps by their ids needs "
			 "CAP_SYS_ADMIN",
			 site->scope);
}

static int go_back(struct mim_site *site)
{
	mim_cleanup(mim_journal_release) struct mim_journal journal = {0};
	mim_cleanup(mim_slot_room_release) struct mim_slot_room room = {0};
	uint32_t longest = 4;
	int r = check_may_open(site);

	if (r < 0)
		return r;
	r = mim_journal_load(&journal, site);
	for (size_t i = 0; i < journal.n; i++)
		if (journal.items[i].key_size > longest)
			longest = journal.items[i].key_size;
	if (r == 0)
		r = mim_slot_room_init(&room, longest, mim_descriptors_raise() / 4);
	if (r < 0)
		return mim_error(site->diags, MIM_NOWHERE, MIM_CODE_BPFFS, r,
				 "cannot read how '%s' was before: %s", site->scope,
				 mim_errno_text(r));
	/* What has no such name by now is gone on with, or was confirmed. */
	r = begin_back(site->kernel, site->state);
	if (r == -ENOENT && is_there(site->kernel, site->state, MIM_GOING_BACK_NAME) == 0)
		return nobody_waits(site->scope, site->diags);
	if (r < 0 && r != -ENOENT)
		return mim_error(site->diags, MIM_NOWHERE, MIM_CODE_BPFFS, r,
				 "cannot begin to go back: %s", mim_errno_text(r));
	r = mim_journal_undo(&journal, site, &room);
	/* It can be tried again as long as the way back is there. */
	if (r < 0)
		mim_pending_hint(site);
	else if (site->folder >= 0)
		clean(site);
	return r;
}

/* Return: 1 when an apply waits, or was not yet put back in full; 0, or why not seen. */
static int is_undecided(struct mim_kernel *kernel, int state)
{
	int r = is_there(kernel, state, MIM_PENDING_NAME);

	return r == 0 ? is_there(kernel, state, MIM_GOING_BACK_NAME) : r;
}

/* What the marker says changes with every apply, and back with it. */
static void read_marker(struct mim_kernel *kernel, int folder, char *text)
{
	int n = folder < 0 ? -1
			   : mim_kernel_call(kernel, read_link, folder, MIM_MARKER_NAME,
					     text, MIM_MARKER_TEXT - 1);

	text[n < 0 ? 0 : n] = '\0';
}

/* The process that waits goes back itself, and lets go of the lock. */
static int ask(struct mim_site *site, const struct mim_apply_options *options, int state,
	       char *ret_marker)
{
	mim_auto_close int folder =
		mim_kernel_call(site->kernel, open_folder, state, "..");
	int r;

	read_marker(site->kernel, folder, ret_marker);
	mim_kernel_call(site->kernel, symlink, "asked", state, ROLLBACK_NAME);
	r = enter(site, options);
	/* With the lock there is nobody left to be asked. */
	if (r == 0 && site->state >= 0)
		mim_kernel_call(site->kernel, unlink, site->state, ROLLBACK_NAME);
	return r;
}

/* @asked: the marker as it was then. With the lock, and nobody who waits any more. */
static int was_kept(struct mim_site *site, const char *asked)
{
	char marker[MIM_MARKER_TEXT];

	read_marker(site->kernel, site->folder, marker);
	return *marker && strcmp(marker, asked) == 0
		       ? nobody_waits(site->scope, site->diags)
		       : 0;
}

int mim_rollback(struct mim_kernel *kernel, const char *name, const char *bpffs,
		 const struct mim_apply_options *options, struct mim_diags *diags)
{
	mim_cleanup(mim_lock_release) struct mim_lock lock = MIM_LOCK_NONE;
	struct mim_site site = {kernel, &lock, diags, name, bpffs, -1, -1, -1, ""};
	mim_auto_close int state = open_state(kernel, name, bpffs, diags);
	char marker[MIM_MARKER_TEXT];
	int r;

	if (state < 0)
		return state;
	r = is_undecided(kernel, state);
	if (r == 0)
		return nobody_waits(name, diags);
	if (r < 0)
		return cannot_open(name, bpffs, r, diags);
	r = ask(&site, options, state, marker);
	/* It would keep busy what may be unmounted. */
	close(TAKE_FD(state));
	if (r < 0)
		return r;
	r = site.state == -ENOENT || site.folder < 0 ? 0
	    : site.state < 0			     ? site.state
						     : is_undecided(kernel, site.state);
	if (r > 0)
		r = go_back(&site);
	else if (r < 0)
		r = cannot_open(name, bpffs, r, diags);
	else
		r = was_kept(&site, marker);
	leave(&site);
	return r;
}
