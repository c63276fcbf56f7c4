/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include "apply/clock.h"
#include "apply/why.h"
#include "kernel/marker.h"
#include "model/reserved.h"
#include "model/runner.h"
#include "model/scope.h"

#define POLL_MS	 20
#define GRACE_MS 50
/* What was waited for may turn out to be gone: then there is time to begin anew. */
#define AGAIN_MS 1000

void mim_lock_release(struct mim_lock *lock)
{
	if (lock->folder >= 0)
		close(lock->folder);
	if (lock->root >= 0)
		close(lock->root);
	*lock = MIM_LOCK_NONE;
}

static int wait_for(struct mim_kernel *kernel, int fd, uint64_t deadline,
		    const struct mim_apply_options *options)
{
	int r;

	for (;;) {
		r = mim_kernel_call(kernel, lock, fd, LOCK_EX | LOCK_NB);
		if (r != -EWOULDBLOCK && r != -EINTR)
			return r;
		if (options->interrupted && options->interrupted(options->data))
			return -EINTR;
		if (mim_clock_ms() >= deadline)
			return -EAGAIN;
		mim_clock_pause(POLL_MS);
	}
}

static bool is_same(int fd, int again)
{
	struct stat a, b;

	return fstat(fd, &a) == 0 && fstat(again, &b) == 0 && a.st_dev == b.st_dev &&
	       a.st_ino == b.st_ino;
}

/*
 * The folder may have been removed, or made anew, while we waited for its lock.
 * Return: 1, 0, or why that cannot be seen.
 */
static int is_still_there(struct mim_kernel *kernel, int root, const char *name, int fd)
{
	mim_auto_close int again = mim_kernel_call(kernel, open_folder, root, name);

	return mim_is_shortage(again) ? again : again >= 0 && is_same(fd, again);
}

static int is_still_root(struct mim_kernel *kernel, const char *bpffs, int fd)
{
	mim_auto_close int again = mim_kernel_call(kernel, open_path, bpffs, O_DIRECTORY);

	return mim_is_shortage(again) ? again : again >= 0 && is_same(fd, again);
}

static int check_owner(const struct mim_scope *scope, int fd, struct mim_diags *diags)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	if (st.st_uid == 0 || st.st_uid == geteuid())
		return 0;
	return mim_error(diags, MIM_NOWHERE, MIM_CODE_GUARD_FOREIGN, -EACCES,
			 "folder %s belongs to user %u: nothing of it can be trusted",
			 scope->folder, st.st_uid);
}

/*
 * What somebody signed who is gone by now must not be told of who has the lock. Of
 * another host or pid namespace, containers on one host among them, that cannot be seen.
 */
static bool is_alive(struct mim_runner *runner)
{
	struct mim_self self;

	mim_self_init(&self, 0);
	runner->elsewhere = runner->space != self.runner.space;
	return runner->elsewhere || strcmp(runner->host, self.host) != 0 ||
	       kill((pid_t)runner->pid, 0) == 0 || errno != ESRCH;
}

static int open_state(struct mim_kernel *kernel, const struct mim_lock *lock)
{
	mim_auto_close int state =
		lock->folder < 0 ? -ENOENT
				 : mim_kernel_call(kernel, open_folder, lock->folder,
						   MIM_STATE_NAME);

	/* What somebody else may have written there tells nothing. */
	return state >= 0 && !mim_is_only_ours(state) ? -ENOENT : TAKE_FD(state);
}

static int pending_error(const struct mim_scope *scope, const struct mim_runner *pending,
			 struct mim_diags *diags)
{
	char said[MIM_RUNNER_SAID], words[MIM_SCOPE_WORDS];

	mim_error(diags, MIM_NOWHERE, MIM_CODE_LOCKED, -EAGAIN, "'%s' %s", scope->name,
		  mim_pending_say(pending, said));
	mim_scope_words(scope->name, scope->bpffs, words);
	mim_hint(diags,
		 "mimctl confirm %s keeps what it did, mimctl rollback %s undoes it",
		 words, words);
	return -EAGAIN;
}

/* What cannot be looked at may be there. */
int mim_lock_check_pending(struct mim_kernel *kernel, const struct mim_scope *scope,
			   const struct mim_lock *lock, struct mim_diags *diags)
{
	mim_auto_close int state = open_state(kernel, lock);
	char text[MIM_RUNNER_TEXT];
	struct mim_runner pending;
	int r = state;

	if (state >= 0)
		r = mim_runner_read(kernel, state, MIM_PENDING_NAME, text, &pending);
	if (r == -ENOENT || r == -ENOTDIR || r == -ELOOP)
		return 0;
	if (r < 0)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_BPFFS, r,
				 "cannot see whether an apply of '%s' waits for "
				 "confirmation: %s",
				 scope->name, mim_errno_text(r));
	return r && pending.until > time(NULL) ? pending_error(scope, &pending, diags)
					       : 0;
}

static int locked(struct mim_kernel *kernel, const struct mim_scope *scope,
		  const struct mim_lock *lock, struct mim_diags *diags)
{
	mim_auto_close int state = open_state(kernel, lock);
	char text[MIM_RUNNER_TEXT], said[MIM_RUNNER_SAID];
	struct mim_runner runner;
	struct mim_self owner;

	if (state >= 0 &&
	    mim_runner_read(kernel, state, MIM_PENDING_NAME, text, &runner) > 0 &&
	    is_alive(&runner))
		return pending_error(scope, &runner, diags);
	if (state >= 0 &&
	    mim_runner_read(kernel, state, MIM_HOLDER_NAME, text, &runner) > 0 &&
	    is_alive(&runner))
		mim_error(diags, MIM_NOWHERE, MIM_CODE_LOCKED, -EAGAIN,
			  "'%s' is locked by %s", scope->name,
			  mim_runner_say(&runner, said));
	else if (mim_lock_owner(lock->folder >= 0 ? lock->folder : lock->root, &owner))
		mim_error(diags, MIM_NOWHERE, MIM_CODE_LOCKED, -EAGAIN,
			  "'%s' is locked by %s", scope->name,
			  mim_runner_say(&owner.runner, said));
	else
		mim_error(diags, MIM_NOWHERE, MIM_CODE_LOCKED, -EAGAIN,
			  "'%s' is locked by another run", scope->name);
	mim_hint(diags, "try again, or wait longer with --lock-timeout");
	return -EAGAIN;
}

static int fail(const struct mim_scope *scope, int r, struct mim_diags *diags)
{
	if (r == -EINTR)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_INTERRUPTED, r,
				 "interrupted while waiting for the lock of '%s'",
				 scope->name);
	if (r == -ELOOP || r == -ENOTDIR)
		return mim_error(diags, MIM_NOWHERE, MIM_CODE_GUARD_FOREIGN, -EACCES,
				 "%s is no folder: a link or a pin of somebody else's",
				 scope->folder);
	return mim_why_bpffs(diags, MIM_NOWHERE, "lock", scope->folder, r);
}

/* Return: 1 when what was locked is not what it was taken for: try again. */
static int take_once(struct mim_kernel *kernel, const struct mim_scope *scope,
		     uint64_t deadline, const struct mim_apply_options *options,
		     struct mim_lock *lock, struct mim_diags *diags)
{
	int r;

	lock->root = mim_kernel_call(kernel, open_path, scope->bpffs, O_DIRECTORY);
	if (lock->root < 0)
		return lock->root == -ENOENT ? 0 : fail(scope, lock->root, diags);
	lock->folder = mim_kernel_call(kernel, open_folder, lock->root, scope->name);
	if (lock->folder >= 0) {
		r = check_owner(scope, lock->folder, diags);
		if (r < 0)
			return r;
		r = wait_for(kernel, lock->folder, deadline, options);
		if (r == -EAGAIN)
			return locked(kernel, scope, lock, diags);
		if (r == 0)
			r = is_still_there(kernel, lock->root, scope->name, lock->folder);
		return r < 0 ? fail(scope, r, diags) : !r;
	}
	if (lock->folder != -ENOENT)
		return fail(scope, lock->folder, diags);
	r = wait_for(kernel, lock->root, deadline, options);
	if (r == -EAGAIN)
		return locked(kernel, scope, lock, diags);
	/* Whoever had the lock before may have mounted bpffs, or made the folder. */
	if (r == 0)
		r = is_still_root(kernel, scope->bpffs, lock->root);
	if (r <= 0)
		return r < 0 ? fail(scope, r, diags) : 1;
	lock->folder = mim_kernel_call(kernel, open_folder, lock->root, scope->name);
	return lock->folder >= 0;
}

int mim_lock_take(struct mim_kernel *kernel, const struct mim_scope *scope,
		  const struct mim_apply_options *options, struct mim_lock *lock,
		  struct mim_diags *diags)
{
	/* A reader holds the lock for an instant, which is not to turn anybody away. */
	uint64_t deadline = mim_clock_ms() + options->lock_timeout * 1000ULL + GRACE_MS;
	int r;

	for (;;) {
		*lock = MIM_LOCK_NONE;
		r = take_once(kernel, scope, deadline, options, lock, diags);
		if (r == 0) {
			mim_lock_sign(kernel, lock);
			return 0;
		}
		mim_lock_release(lock);
		if (r < 0)
			return r;
		/* What is made anew again and again is not waited for without end. */
		if (options->interrupted && options->interrupted(options->data))
			return fail(scope, -EINTR, diags);
		if (mim_clock_ms() >= deadline + AGAIN_MS)
			return mim_error(diags, MIM_NOWHERE, MIM_CODE_LOCKED, -EAGAIN,
					 "%s is made anew again and again",
					 scope->folder);
	}
}
