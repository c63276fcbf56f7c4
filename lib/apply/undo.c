/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>
#include "apply/journal.h"
#include "kernel/bpffs.h"
#include "kernel/elements.h"
#include "kernel/folder.h"
#include "kernel/maps.h"
#include "model/reserved.h"

struct undoing {
	struct mim_site *site;
	const struct mim_undo *undo;
};

static const uint8_t *key_at(const struct mim_undo *undo, uint32_t i)
{
	return undo->keys + (size_t)i * undo->key_size;
}

static const uint8_t *key_if_empty(void *data, uint32_t i)
{
	const struct mim_undo *undo = ((struct undoing *)data)->undo;

	return undo->ids[i] ? NULL : key_at(undo, i);
}

static const uint8_t *key_if_held(void *data, uint32_t i)
{
	const struct mim_undo *undo = ((struct undoing *)data)->undo;

	return undo->ids[i] ? key_at(undo, i) : NULL;
}

static int open_old(void *data, uint32_t i, bool *ret_ours)
{
	struct undoing *undoing = data;

	*ret_ours = true;
	return mim_kernel_call(undoing->site->kernel, map_open, undoing->undo->ids[i]);
}

/* Whatever the step got to: all its slots are put back. */
static int undo_slots(struct mim_site *site, const struct mim_undo *undo,
		      const struct mim_slot_room *room)
{
	struct undoing undoing = {site, undo};
	const struct mim_slot_source empty = {undo->n, key_if_empty, NULL, &undoing};
	const struct mim_slot_source held = {undo->n, key_if_held, open_old, &undoing};
	mim_auto_close int outer = mim_kernel_call(site->kernel, map_open, undo->id);
	uint32_t failed;
	int r, s;

	if (outer < 0)
		return outer;
	r = mim_slots_delete(site->kernel, outer, undo->key_size, &empty, room, &failed);
	s = mim_slots_write(site->kernel, outer, undo->key_size, &held, room, &failed);
	return r < 0 ? r : s;
}

/* What is in the way goes first: there may be no room for both. */
static int undo_entries(struct mim_site *site, const struct mim_undo *undo)
{
	const struct mim_elements came = {
		undo->n - undo->there, undo->key_size, 0,
		undo->keys + (size_t)undo->there * undo->key_size, NULL};
	const struct mim_elements were = {undo->there, undo->key_size, undo->value_size,
					  undo->keys, undo->values};
	mim_auto_close int fd = mim_kernel_call(site->kernel, map_open, undo->id);
	uint32_t done;
	int r, s;

	if (fd < 0)
		return fd;
	r = mim_elements_delete(site->kernel, fd, &came);
	s = mim_elements_write(site->kernel, fd, &were, &done);
	return r < 0 ? r : s;
}

static int in_parent(struct mim_site *site, const struct mim_undo *undo,
		     int (*act)(struct mim_site *site, const struct mim_undo *undo,
				int parent, const char *name))
{
	mim_auto_close int parent = -1;
	const char *name;

	parent = mim_site_open_parent(site, undo->path, &name);
	return parent < 0 ? parent : act(site, undo, parent, name);
}

static int remove_at(struct mim_site *site, const struct mim_undo *undo, int parent,
		     const char *name)
{
	(void)undo;
	return mim_kernel_call(site->kernel, remove_folder, parent, name);
}

static int make_at(struct mim_site *site, const struct mim_undo *undo, int parent,
		   const char *name)
{
	int r = mim_kernel_call(site->kernel, make_folder, parent, name,
				undo->access.mode);

	if (r == 0 || (r == -EEXIST && (undo->again || undo->tried)))
		r = mim_kernel_call(site->kernel, set_owner, parent, name,
				    undo->access.uid, undo->access.gid);
	/* mkdir(2) asks the umask. */
	return r < 0 ? r
		     : mim_kernel_call(site->kernel, set_mode, parent, name,
				       undo->access.mode);
}

/* The kept pin itself goes back, with all that it was. */
static int move_back(struct mim_site *site, const struct mim_undo *undo, int parent,
		     const char *name)
{
	return mim_kernel_call(site->kernel, rename, site->state, undo->text, parent,
			       name, undo->replace);
}

/* Our lock binds only us: somebody may have put something else there meanwhile. */
static int leave_theirs(struct mim_site *site, const struct mim_undo *undo)
{
	mim_warning(site->diags, MIM_NOWHERE, MIM_CODE_CHANGED,
		    "somebody has put something else at %s meanwhile: it stays",
		    undo->path);
	return 0;
}

/* Who may not open a pin that he has made has to go by its owner. Return: 1, or @r. */
static int is_own(struct mim_site *site, const struct mim_undo *undo, int r)
{
	mim_auto_close int parent = -1;
	const char *name;
	struct stat st;

	parent = mim_site_open_parent(site, undo->path, &name);
	return parent >= 0 &&
			       mim_kernel_call(site->kernel, status, parent, name, &st) ==
				       0 &&
			       S_ISREG(st.st_mode) && st.st_uid == geteuid()
		       ? 1
		       : r;
}

/* Return: 1 when the map is there, 0 when something else is, or why that is not seen. */
static int holds(struct mim_site *site, const struct mim_undo *undo, uint32_t id)
{
	uint32_t there = 0;
	int r = mim_site_pin_id(site, undo->path, &there);

	if (r == 0 || r == -EEXIST)
		return r == 0 && there == id;
	return mim_maps_denied(r) ? is_own(site, undo, r) : r;
}

static int unlink_at(struct mim_site *site, const struct mim_undo *undo, int parent,
		     const char *name)
{
	struct stat st;
	int r = mim_kernel_call(site->kernel, status, parent, name, &st);

	if (r < 0)
		return r;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	r = S_ISREG(st.st_mode) ? holds(site, undo, undo->placed) : 0;
	if (r == 0)
		return leave_theirs(site, undo);
	return r < 0 ? r : mim_kernel_call(site->kernel, unlink, parent, name);
}

static int undo_access(struct mim_site *site, const struct mim_undo *undo)
{
	int r = holds(site, undo, undo->id);

	if (r == 0)
		return leave_theirs(site, undo);
	return r < 0 ? r : mim_site_access(site, undo->path, &undo->access);
}

/* Somebody who was killed had got so far. */
static bool is_back(struct mim_site *site, const struct mim_undo *undo)
{
	uint32_t id;

	return mim_site_pin_id(site, undo->path, &id) == 0 && id == undo->id;
}

static int undo_pin(struct mim_site *site, const struct mim_undo *undo)
{
	enum mim_object object;
	mim_auto_close int fd = -1;
	int r = undo->replace ? holds(site, undo, undo->placed) : -ENOENT;

	/* Here what was there before is lost if it stays so: that is to be told. */
	if (r == 0)
		r = -EEXIST;
	if (r < 0 && r != -ENOENT)
		return r;
	if (mim_site_is_mine(site, undo->path))
		return in_parent(site, undo, move_back);
	fd = mim_kernel_call(site->kernel, get, site->state, undo->text, &object);
	return fd < 0 ? fd
		      : mim_site_pin_at(site, fd, undo->path, &undo->access,
					undo->replace);
}

static int undo_record(struct mim_site *site, const struct mim_undo *undo)
{
	return *undo->text ? mim_site_put_record(site, undo->path, undo->text)
			   : mim_site_drop_record(site, undo->path);
}

static int remove_scope(struct mim_site *site)
{
	int r = mim_site_remove_folder(site);

	if (r < 0)
		return r;
	close(site->lock->folder);
	site->folder = site->lock->folder = -1;
	return 0;
}

/* Return: 1 when nothing is in it. */
static int is_empty(struct mim_site *site, const char *path)
{
	mim_auto_folder struct mim_folder all = {
		.fd = mim_bpffs_open(site->kernel, path)};
	const char *name;
	int r = all.fd < 0 ? all.fd : mim_folder_next(site->kernel, &all, &name);

	return r < 0 ? r : !r;
}

/* Open folders would keep it busy, the lock's among them where it was there before us. */
static void let_go(struct mim_site *site)
{
	if (site->state >= 0)
		close(TAKE_FD(site->state));
	if (site->root >= 0)
		close(site->root);
	if (site->root == site->lock->root)
		site->lock->root = -1;
	site->root = site->lock->root;
}

/* By now it may be of use to others: then it is not ours to take away. */
static int unmount(struct mim_site *site, const struct mim_undo *undo)
{
	int r;

	/* Another mount namespace may have something else there. */
	if (strcmp(undo->path, site->bpffs) != 0) {
		mim_warning(site->diags, MIM_NOWHERE, MIM_CODE_BPFFS,
			    "bpffs stays mounted at %s, which is %s here", undo->path,
			    site->bpffs);
		return 0;
	}
	r = is_empty(site, undo->path);
	if (r == 0 && site->left)
		return -ENOTEMPTY;
	if (r > 0) {
		let_go(site);
		r = mim_kernel_call(site->kernel, unmount, undo->path);
	} else if (r == 0) {
		r = -EBUSY;
	}
	if (r != -EBUSY)
		return r;
	mim_warning(site->diags, MIM_NOWHERE, MIM_CODE_BPFFS,
		    "bpffs stays mounted at %s: somebody else uses it by now",
		    undo->path);
	return 0;
}

static int undo_one(struct mim_site *site, const struct mim_undo *undo,
		    const struct mim_slot_room *room)
{
	switch (undo->op) {
	case MIM_UNDO_UNMOUNT:
		return unmount(site, undo);
	case MIM_UNDO_REMOVE_SCOPE:
		return remove_scope(site);
	case MIM_UNDO_UNMARK:
		return mim_kernel_call(site->kernel, unlink, site->folder,
				       MIM_MARKER_NAME);
	case MIM_UNDO_SLOTS:
		return undo_slots(site, undo, room);
	case MIM_UNDO_REMOVE_FOLDER:
		return in_parent(site, undo, remove_at);
	case MIM_UNDO_MAKE_FOLDER:
		return in_parent(site, undo, make_at);
	case MIM_UNDO_UNPIN:
		return in_parent(site, undo, unlink_at);
	case MIM_UNDO_PIN:
		return undo_pin(site, undo);
	case MIM_UNDO_ACCESS:
		return undo_access(site, undo);
	case MIM_UNDO_RECORD:
		return undo_record(site, undo);
	case MIM_UNDO_MARKER:
		return mim_site_set_marker(site, undo->text);
	case MIM_UNDO_ENTRIES:
		return undo_entries(site, undo);
	}
	return 0;
}

static const char *what_is_left(enum mim_undo_op op)
{
	switch (op) {
	case MIM_UNDO_UNMOUNT:
		return "the mount of bpffs is left";
	case MIM_UNDO_REMOVE_SCOPE:
	case MIM_UNDO_UNMARK:
		return "the marked folder is left";
	case MIM_UNDO_SLOTS:
		return "slots are not as they were";
	case MIM_UNDO_REMOVE_FOLDER:
		return "a new folder is left";
	case MIM_UNDO_MAKE_FOLDER:
		return "a folder is missing";
	case MIM_UNDO_UNPIN:
		return "a new pin is left";
	case MIM_UNDO_PIN:
		return "a pin is not as it was";
	case MIM_UNDO_ACCESS:
		return "a pin's mode, owner or group is not as it was";
	case MIM_UNDO_RECORD:
		return "a record is not as it was";
	case MIM_UNDO_MARKER:
		return "the scope's marker is not as it was";
	case MIM_UNDO_ENTRIES:
		return "its entries are not as they were";
	}
	return "";
}

static int report(struct mim_site *site, const struct mim_undo *undo, int r)
{
	char object[128];

	snprintf(object, sizeof(object), "%s map '%s' (id %u)",
		 undo->op == MIM_UNDO_ENTRIES ? "inner" : "outer", undo->path, undo->id);
	mim_error(
		site->diags, MIM_NOWHERE, MIM_CODE_UNDO, r, "cannot put back %s: %s: %s",
		undo->op == MIM_UNDO_SLOTS || undo->op == MIM_UNDO_ENTRIES ? object
		: undo->path && *undo->path && undo->op != MIM_UNDO_RECORD ? undo->path
									   : site->scope,
		what_is_left(undo->op), mim_errno_text(r));
	if (undo->op == MIM_UNDO_PIN)
		mim_hint(site->diags,
			 "map id %u is kept at %s/%s/%s/%s until the next apply",
			 undo->id, site->bpffs, site->scope, MIM_STATE_NAME, undo->text);
	return r;
}

/*
 * Is a pin where a folder on the way was, or the folder itself? Then nothing of ours is
 * there any more. Of a link nobody can tell what it took the place of.
 */
static bool is_pin_in_the_way(struct mim_site *site, const struct mim_undo *undo)
{
	const char *path = undo->path;
	size_t length = mim_site_is_mine(site, path) ? strlen(site->bpffs) : 0;

	while (path[length]) {
		mim_auto_close int folder = -1;
		char part[MIM_PATH_MOST];
		const char *name;
		struct stat st;

		length += 1 + strcspn(path + length + 1, "/");
		if (!path[length] && undo->op == MIM_UNDO_UNPIN)
			return false;
		snprintf(part, sizeof(part), "%.*s", (int)length, path);
		folder = mim_site_open_parent(site, part, &name);
		if (folder < 0 ||
		    mim_kernel_call(site->kernel, status, folder, name, &st) < 0)
			return false;
		if (!S_ISDIR(st.st_mode))
			return S_ISREG(st.st_mode);
	}
	return false;
}

/* An error that only tells that there is nothing to take back. */
static bool is_undone(struct mim_site *site, const struct mim_undo *undo, int r)
{
	switch (undo->op) {
	case MIM_UNDO_UNPIN:
	case MIM_UNDO_REMOVE_FOLDER:
		/* What was there before may be back in the place of what is gone. */
		return r == -ENOENT ||
		       (undo->again && (r == -EISDIR || (r == -ENOTDIR &&
							 is_pin_in_the_way(site, undo))));
	case MIM_UNDO_UNMARK:
	case MIM_UNDO_ACCESS:
		return r == -ENOENT;
	case MIM_UNDO_UNMOUNT:
		return r == -ENODEV;
	case MIM_UNDO_PIN:
		return (undo->again || undo->tried) && is_back(site, undo);
	case MIM_UNDO_REMOVE_SCOPE:
	case MIM_UNDO_SLOTS:
	case MIM_UNDO_MAKE_FOLDER:
	case MIM_UNDO_RECORD:
	case MIM_UNDO_MARKER:
	case MIM_UNDO_ENTRIES:
		break;
	}
	return false;
}

/* What fails for a moment's want of memory or descriptors is not to stay so. */
static int take_back(struct mim_site *site, struct mim_undo *undo,
		     const struct mim_slot_room *room)
{
	int r = 0;

	for (int tries = 0; tries < 2; tries++) {
		r = undo_one(site, undo, room);
		if (r >= 0 || is_undone(site, undo, r))
			return 0;
		undo->tried = true;
	}
	return r;
}

/* All else that is to be put back in the scope's folder is found by its name. */
static int return_folder(struct mim_site *site)
{
	int r = mim_site_return_folder(site);

	return r < 0 ? mim_error(site->diags, MIM_NOWHERE, MIM_CODE_UNDO, r,
				 "cannot put back %s/%s: the folder is left as %s: %s",
				 site->bpffs, site->scope, site->away, mim_errno_text(r))
		     : 0;
}

int mim_journal_undo(struct mim_journal *journal, struct mim_site *site,
		     const struct mim_slot_room *room)
{
	int r = return_folder(site), s;

	for (size_t i = journal->n; i-- > 0;) {
		struct mim_undo *undo = &journal->items[i];

		if (!undo->done)
			continue;
		undo->done = false;
		s = take_back(site, undo, room);
		undo->failed = s < 0;
		if (s < 0)
			r = report(site, undo, s);
	}
	return r;
}
