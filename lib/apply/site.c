/* SPDX-License-Identifier: BSD-2-Clause */
#include "apply/site.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include "base/str.h"
#include "kernel/bpffs.h"
#include "kernel/folder.h"
#include "model/reserved.h"
#include "model/scope.h"

void mim_site_release(struct mim_site *site)
{
	if (site->state >= 0)
		close(site->state);
	if (site->root >= 0 && site->root != site->lock->root)
		close(site->root);
	site->root = site->folder = site->state = -1;
}

int mim_site_open_parent(const struct mim_site *site, const char *path,
			 const char **ret_name)
{
	return mim_bpffs_open_parent(site->kernel, site->root, site->bpffs, path,
				     ret_name);
}

bool mim_site_is_mine(const struct mim_site *site, const char *path)
{
	return mim_scope_below(site->bpffs, path) != path;
}

int mim_site_state(struct mim_site *site)
{
	int r;

	if (site->state >= 0)
		return site->state;
	r = mim_kernel_call(site->kernel, make_folder, site->folder, MIM_STATE_NAME,
			    0700);
	if (r < 0 && r != -EEXIST)
		return r;
	/* In an adopted folder somebody may have made it first. */
	site->state = mim_state_open(site->kernel, site->folder);
	return site->state;
}

void mim_site_drop_state(struct mim_site *site)
{
	if (site->folder < 0 || mim_kernel_call(site->kernel, remove_folder, site->folder,
						MIM_STATE_NAME) < 0)
		return;
	/* The descriptor of a removed folder takes no new names. */
	if (site->state >= 0)
		close(TAKE_FD(site->state));
}

static int set_access(struct mim_site *site, int folder, const char *name,
		      const struct mim_access *access)
{
	int r = 0;

	if (access->uid != MIM_ID_ANY || access->gid != MIM_ID_ANY)
		r = mim_kernel_call(site->kernel, set_owner, folder, name, access->uid,
				    access->gid);
	if (r == 0 && access->mode != MIM_MODE_ANY)
		r = mim_kernel_call(site->kernel, set_mode, folder, name, access->mode);
	return r;
}

int mim_site_access(struct mim_site *site, const char *path,
		    const struct mim_access *access)
{
	mim_auto_close int folder = -1;
	const char *name;

	folder = mim_site_open_parent(site, path, &name);
	return folder < 0 ? folder : set_access(site, folder, name, access);
}

int mim_site_stage(struct mim_site *site, int fd, int folder, const char *name,
		   const struct mim_access *access)
{
	int r = mim_kernel_call(site->kernel, pin, fd, folder, name);

	if (r < 0)
		return r;
	r = set_access(site, folder, name, access);
	if (r < 0)
		mim_kernel_call(site->kernel, unlink, folder, name);
	return r;
}

int mim_site_pin_at(struct mim_site *site, int fd, const char *path,
		    const struct mim_access *access, bool replace)
{
	mim_auto_close int folder = -1;
	char staged[MIM_UNGUESSABLE_NAME];
	const char *name;
	int r;

	folder = mim_site_open_parent(site, path, &name);
	if (folder < 0)
		return folder;
	r = mim_unguessable_name(site->root, site->scope, staged);
	if (r == 0)
		r = mim_site_stage(site, fd, folder, staged, access);
	if (r < 0)
		return r;
	r = mim_kernel_call(site->kernel, rename, folder, staged, folder, name, replace);
	if (r < 0)
		mim_kernel_call(site->kernel, unlink, folder, staged);
	return r;
}

int mim_site_pin_id(struct mim_site *site, const char *path, uint32_t *ret_id)
{
	enum mim_object object = MIM_OBJECT_OTHER;
	mim_auto_close int folder = -1, fd = -1;
	struct mim_map_info info;
	const char *name;
	int r;

	folder = mim_site_open_parent(site, path, &name);
	if (folder < 0)
		return folder;
	fd = mim_kernel_call(site->kernel, get, folder, name, &object);
	if (fd < 0)
		return fd;
	if (object != MIM_OBJECT_MAP)
		return -EEXIST;
	r = mim_kernel_call(site->kernel, map_info, fd, &info);
	if (r == 0)
		*ret_id = info.id;
	return r;
}

static int put_link(struct mim_site *site, int folder, const char *name, const char *text)
{
	char staged[MIM_UNGUESSABLE_NAME];
	int state = mim_site_state(site), r;

	if (state < 0)
		return state;
	r = mim_unguessable_name(site->root, site->scope, staged);
	if (r == 0)
		r = mim_kernel_call(site->kernel, symlink, text, state, staged);
	if (r < 0)
		return r;
	r = mim_kernel_call(site->kernel, rename, state, staged, folder, name, true);
	if (r < 0)
		mim_kernel_call(site->kernel, unlink, state, staged);
	return r;
}

int mim_site_set_marker(struct mim_site *site, const char *text)
{
	return put_link(site, site->folder, MIM_MARKER_NAME, text);
}

int mim_site_put_record(struct mim_site *site, const char *name, const char *text)
{
	int state = mim_site_state(site);

	return state < 0 ? state : put_link(site, state, name, text);
}

int mim_site_drop_record(struct mim_site *site, const char *name)
{
	int state = mim_site_state(site), r;

	if (state < 0)
		return state;
	r = mim_kernel_call(site->kernel, unlink, state, name);
	return r == -ENOENT ? 0 : r;
}

static void empty_state(struct mim_kernel *kernel, int folder)
{
	mim_auto_folder struct mim_folder state;
	const char *name;

	if (mim_folder_open(kernel, folder, MIM_STATE_NAME, &state) < 0)
		return;
	while (mim_folder_next(kernel, &state, &name) > 0)
		mim_kernel_call(kernel, unlink, state.fd, name);
	mim_kernel_call(kernel, remove_folder, folder, MIM_STATE_NAME);
}

/* Of a scope's folder the marker, and then whatever is in the state folder. */
static int empty_folder(struct mim_kernel *kernel, int folder)
{
	int r = mim_kernel_call(kernel, unlink, folder, MIM_MARKER_NAME);

	if (r < 0 && r != -ENOENT)
		return r;
	empty_state(kernel, folder);
	return 0;
}

int mim_site_sweep(struct mim_site *site, const char *path)
{
	mim_auto_close int parent = -1, left = -1;
	const char *name;
	int r;

	parent = mim_site_open_parent(site, path, &name);
	if (parent < 0)
		return parent == -ENOENT ? 0 : parent;
	left = mim_kernel_call(site->kernel, open_folder, parent, name);
	if (left >= 0) {
		empty_folder(site->kernel, left);
		r = mim_kernel_call(site->kernel, remove_folder, parent, name);
	} else {
		r = mim_kernel_call(site->kernel, unlink, parent, name);
	}
	return r == -ENOENT ? 0 : r;
}

/* A folder of this run, at the top of bpffs. A moment's trouble is not to leave it there.
 */
static void remove_own(struct mim_site *site, const char *name)
{
	int r = mim_kernel_call(site->kernel, remove_folder, site->root, name);
	char path[MIM_PATH_MOST];

	if (r >= 0)
		return;
	snprintf(path, sizeof(path), "%s/%s", site->bpffs, name);
	r = mim_site_sweep(site, path);
	if (r >= 0)
		return;
	site->left = true;
	mim_warning(site->diags, MIM_NOWHERE, MIM_CODE_BPFFS,
		    "%s is left: %s; the next apply of '%s' removes it", path,
		    mim_errno_text(r), site->scope);
}

int mim_site_new_folder(struct mim_site *site)
{
	const struct mim_marker marker = {.digest = "0", .revision = ""};
	char text[MIM_MARKER_TEXT], staged[MIM_UNGUESSABLE_NAME];
	struct mim_kernel *kernel = site->kernel;
	mim_auto_close int fd = -1;
	int r = mim_unguessable_name(site->root, site->scope, staged);

	if (r == 0)
		/* Without read permission nobody else can open it, and so not lock it. */
		r = mim_kernel_call(kernel, make_folder, site->root, staged, 0711);
	if (r < 0)
		return r;
	fd = mim_kernel_call(kernel, open_folder, site->root, staged);
	r = fd < 0 ? fd : mim_kernel_call(kernel, lock, fd, LOCK_EX | LOCK_NB);
	if (r == 0)
		r = mim_kernel_call(kernel, symlink, mim_marker_text(&marker, text), fd,
				    MIM_MARKER_NAME);
	if (r == 0)
		r = mim_kernel_call(kernel, rename, site->root, staged, site->root,
				    site->scope, false);
	if (r < 0) {
		if (fd >= 0)
			mim_kernel_call(kernel, unlink, fd, MIM_MARKER_NAME);
		remove_own(site, staged);
		return r;
	}
	return TAKE_FD(fd);
}

/* Before anything is taken out of it, it must be seen that nothing else is in it. */
static int check_only_ours(struct mim_kernel *kernel, int folder)
{
	mim_auto_folder struct mim_folder all;
	int r = mim_folder_open(kernel, folder, ".", &all);
	const char *name;

	if (r < 0)
		return r;
	while ((r = mim_folder_next(kernel, &all, &name)) > 0)
		if (strcmp(name, MIM_MARKER_NAME) != 0 &&
		    strcmp(name, MIM_STATE_NAME) != 0)
			return -ENOTEMPTY;
	return r;
}

int mim_site_return_folder(struct mim_site *site)
{
	int r = *site->away ? mim_kernel_call(site->kernel, rename, site->root,
					      site->away, site->root, site->scope, false)
			    : 0;

	if (r == 0)
		*site->away = '\0';
	return r;
}

int mim_site_remove_folder(struct mim_site *site)
{
	struct mim_kernel *kernel = site->kernel;
	char away[MIM_UNGUESSABLE_NAME];
	int r = mim_unguessable_name(site->root, site->scope, away);

	if (r == 0)
		r = mim_kernel_call(kernel, rename, site->root, site->scope, site->root,
				    away, false);
	if (r < 0)
		return r;
	memcpy(site->away, away, sizeof(away));
	r = check_only_ours(kernel, site->folder);
	site->emptied |= r == 0;
	if (r == 0)
		r = empty_folder(kernel, site->folder);
	if (r < 0) {
		mim_site_return_folder(site);
		return r;
	}
	*site->away = '\0';
	remove_own(site, away);
	return 0;
}

const char *mim_step_name(const char *prefix, size_t i, char *name)
{
	snprintf(name, MIM_STEP_NAME, "%s%zu", prefix, i);
	return name;
}
