/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_LOCK_H
#define MIM_APPLY_LOCK_H

#include "apply/apply.h"
#include "base/diag.h"
#include "kernel/kernel.h"
#include "model/topology.h"

/**
 * struct mim_lock - the right to change one scope
 * @root: the bpffs root (or what is there as long as it is not mounted), or -1
 * @folder: the scope's folder, or -1 while it does not exist
 *
 * flock(2) on the scope's folder, which also excludes containers that share the mount and
 * ends with the process. While the folder does not exist, on the root instead.
 */
struct mim_lock {
	int root;
	int folder;
};

/**
 * struct mim_self - this process as a runner
 *
 * The runner's texts are those beside it.
 */
struct mim_self {
	struct mim_runner runner;
	char host[65];
	char command[257];
};

/** mim_self_init() - @until: seconds since the epoch, or 0 */
void mim_self_init(struct mim_self *self, int64_t until);

/**
 * mim_lock_owner() - the process that has a flock(2), as /proc/locks tells
 * @fd: of what is locked
 * @owner: told as of its start, before which it had no lock
 *
 * For a lock that cannot be signed, as long as there is no scope. Return: false when it
 * is not known, as of a process in another pid namespace.
 */
bool mim_lock_owner(int fd, struct mim_self *owner);

#define MIM_LOCK_NONE ((struct mim_lock){-1, -1})

/**
 * mim_lock_take() - wait for the lock
 * @options: how long to wait, and what interrupts it
 *
 * The folder must not be a symlink, and must belong to root or to the caller. While there
 * is none, the lock is on the mount's, which anybody who can read that can hold.
 *
 * Return: 0, also when there is no folder at @scope->bpffs, with nothing locked; with a
 * diagnostic -EAGAIN when somebody else has it for too long, -EACCES for a link or a
 * folder of somebody else's, -EINTR, or what open(2) gives.
 */
int mim_lock_take(struct mim_kernel *kernel, const struct mim_scope *scope,
		  const struct mim_apply_options *options, struct mim_lock *lock,
		  struct mim_diags *diags);

/**
 * mim_lock_sign() - say in the scope who has the lock
 *
 * So that who waits for it knows for whom. Only in a folder with a marker, and only for
 * people: the lock itself is flock(2)'s and ends with the process. Failure is no harm.
 */
void mim_lock_sign(struct mim_kernel *kernel, const struct mim_lock *lock);

/** mim_lock_unsign() - take that back, and the state folder if nothing else is in it */
void mim_lock_unsign(struct mim_kernel *kernel, const struct mim_lock *lock);

/**
 * mim_lock_check_pending() - does an apply wait to be confirmed whose process is gone?
 * Return: 0; -EAGAIN with a diagnostic that tells who and until when; what opening the
 * state folder and reading a link give, with a diagnostic.
 */
int mim_lock_check_pending(struct mim_kernel *kernel, const struct mim_scope *scope,
			   const struct mim_lock *lock, struct mim_diags *diags);

/** mim_lock_release() - close both descriptors, which lets go of the lock */
void mim_lock_release(struct mim_lock *lock);

#endif
