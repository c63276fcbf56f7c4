/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_APPLY_SITE_H
#define MIM_APPLY_SITE_H

#include "apply/lock.h"
#include "base/diag.h"
#include "kernel/marker.h"

/**
 * struct mim_site - a scope's folder, and how it is worked on
 * @scope: name of the scope
 * @bpffs: where its bpffs is mounted
 * @root, @folder, @state: bpffs root, scope folder and its state folder; -1 when absent.
 *	@root and @folder may be those of @lock.
 * @away: what the scope's folder is called while it is being removed, or ""
 * @emptied: it was about to be, and what tells the way back may have gone with the rest
 * @left: a folder of this run at the top of bpffs could not be removed
 */
struct mim_site {
	struct mim_kernel *kernel;
	struct mim_lock *lock;
	struct mim_diags *diags;
	const char *scope;
	const char *bpffs;
	int root;
	int folder;
	int state;
	char away[MIM_UNGUESSABLE_NAME];
	bool emptied;
	bool left;
};

/** mim_site_release() - close what is not the lock's */
void mim_site_release(struct mim_site *site);

/** mim_site_open_parent() - folder of an absolute path, and the name in it */
int mim_site_open_parent(const struct mim_site *site, const char *path,
			 const char **ret_name);

/** mim_site_is_mine() - does the path lie in the scope's own bpffs? */
bool mim_site_is_mine(const struct mim_site *site, const char *path);

/** mim_site_state() - the state folder, made if need be; Return: descriptor or errno */
int mim_site_state(struct mim_site *site);

/** mim_site_drop_state() - remove the state folder if nothing is in it */
void mim_site_drop_state(struct mim_site *site);

/**
 * struct mim_access - who may do what with a pin
 * @mode: permission bits, or MIM_MODE_ANY
 * @uid, @gid: or MIM_ID_ANY
 */
struct mim_access {
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
};

/** an owner or a group that stays as it is */
#define MIM_ID_ANY UINT32_MAX

/*
 * All of these return 0 or a negative errno: what the calls on the folder give, -ELOOP
 * and -ENOTDIR for a link or something else on the way among them, and -ENOENT.
 */

/** mim_site_access() - set what a pin may be used for */
int mim_site_access(struct mim_site *site, const char *path,
		    const struct mim_access *access);

/** mim_site_stage() - pin @fd in a folder under a name that nobody looks at */
int mim_site_stage(struct mim_site *site, int fd, int folder, const char *name,
		   const struct mim_access *access);

/** mim_site_pin_at() - pin @fd where something may be now, all at once */
int mim_site_pin_at(struct mim_site *site, int fd, const char *path,
		    const struct mim_access *access, bool replace);

/**
 * mim_site_pin_id() - id of the map that is pinned at an absolute path
 * Return: 0; -EEXIST when something else is there; what opening it gives: -ENOENT,
 * -ELOOP.
 */
int mim_site_pin_id(struct mim_site *site, const char *path, uint32_t *ret_id);

/** mim_site_set_marker() - put or replace the scope's marker; @text: its target */
int mim_site_set_marker(struct mim_site *site, const char *text);

/** mim_site_put_record() - write or replace a record of that name */
int mim_site_put_record(struct mim_site *site, const char *name, const char *text);

/** mim_site_drop_record() - remove a record; one that is not there is no error */
int mim_site_drop_record(struct mim_site *site, const char *name);

/**
 * mim_site_new_folder() - make the scope's folder, marked and locked when it appears
 * Return: its descriptor, which holds the lock; -EEXIST when somebody was faster.
 */
int mim_site_new_folder(struct mim_site *site);

/**
 * mim_site_remove_folder() - take the scope's folder away with the marker and all state
 *
 * It loses its name first, so that it is there whole or not at all.
 *
 * Return: 0; -ENOTEMPTY when somebody put something into it, and it stays; what
 * rename(2) and unlink(2) give. On error it is there as before.
 */
int mim_site_remove_folder(struct mim_site *site);

/** mim_site_return_folder() - give it its name back, if that could not be done at once */
int mim_site_return_folder(struct mim_site *site);

/**
 * mim_site_sweep() - remove what an interrupted run left at an absolute path
 *
 * A pin, a link, or a scope's folder with the marker and all state.
 *
 * Return: 0, also when it is gone already; -ENOTEMPTY when something else is in the
 * folder; what unlink(2) and rmdir(2) give.
 */
int mim_site_sweep(struct mim_site *site, const char *path);

/* What lies in the state folder while an apply is at work, by the number of its step. */
#define MIM_STAGED_PREFIX "staged-"
#define MIM_KEPT_PREFIX	  "kept-"
#define MIM_PARKED_PREFIX "parked-"

/** bytes of such a name with its NUL */
#define MIM_STEP_NAME 32

/** mim_step_name() - name of what step @i has there; Return: @name */
const char *mim_step_name(const char *prefix, size_t i, char *name);

#endif
