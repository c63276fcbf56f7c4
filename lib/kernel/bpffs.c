/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/bpffs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <string.h>
#include "base/array.h"
#include "base/str.h"
#include "kernel/folder.h"
#include "kernel/group.h"
#include "kernel/maps.h"
#include "kernel/marker.h"
#include "model/reserved.h"
#include "model/scope.h"

int mim_bpffs_open(struct mim_kernel *kernel, const char *path)
{
	mim_auto_close int fd = mim_kernel_call(kernel, open_path, path, O_DIRECTORY);
	int r;

	if (fd < 0)
		return fd;
	r = mim_kernel_call(kernel, is_bpffs, fd);
	if (r < 0)
		return r;
	return r ? TAKE_FD(fd) : -ENODEV;
}

int mim_bpffs_open_parent(struct mim_kernel *kernel, int root, const char *bpffs,
			  const char *path, const char **ret_name)
{
	mim_auto_close int folder = -1;
	char part[NAME_MAX + 1];
	int next;

	const char *below = root >= 0 ? mim_scope_below(bpffs, path) : path;

	if (below != path) {
		path = below;
		folder = fcntl(root, F_DUPFD_CLOEXEC, 3);
		if (folder < 0)
			return -errno;
	} else {
		path += *path == '/';
		folder = mim_kernel_call(kernel, open_path, "/", O_DIRECTORY);
		if (folder < 0)
			return folder;
	}
	for (;;) {
		size_t length = strcspn(path, "/");

		if (!path[length])
			break;
		if (length > NAME_MAX)
			return -ENAMETOOLONG;
		memcpy(part, path, length);
		part[length] = '\0';
		next = mim_kernel_call(kernel, open_folder, folder, part);
		if (next < 0)
			return next;
		close(folder);
		folder = next;
		path += length + 1;
	}
	*ret_name = path;
	return TAKE_FD(folder);
}

int mim_bpffs_get_map(struct mim_kernel *kernel, const char *path,
		      struct mim_map_info *ret_info)
{
	enum mim_object object = MIM_OBJECT_OTHER;
	struct stat st;
	const char *name;
	mim_auto_close int folder = mim_bpffs_open_parent(kernel, -1, "", path, &name);
	mim_auto_close int fd = -1;
	int r;

	if (folder < 0)
		return folder;
	if (strlen(name) > NAME_MAX)
		return -ENAMETOOLONG;
	r = mim_kernel_call(kernel, status, folder, name, &st);
	if (r < 0)
		return r;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	fd = mim_kernel_call(kernel, get, folder, name, &object);
	if (fd < 0)
		return fd;
	if (object != MIM_OBJECT_MAP)
		return -EINVAL;
	r = mim_kernel_call(kernel, map_info, fd, ret_info);
	return r < 0 ? r : TAKE_FD(fd);
}

/* The scope that lies in a bpffs and has the path below it. */
static int find_scope(struct mim_kernel *kernel, int root, const char *path,
		      char *ret_scope)
{
	const char *slash = strchr(path, '/');
	mim_auto_close int folder = -1;
	int r;

	if (!slash || slash - path > NAME_MAX)
		return 0;
	memcpy(ret_scope, path, (size_t)(slash - path));
	ret_scope[slash - path] = '\0';
	folder = mim_kernel_call(kernel, open_folder, root, ret_scope);
	r = folder < 0 ? folder : mim_marker_is_there(kernel, folder);
	if (r <= 0)
		*ret_scope = '\0';
	return mim_is_shortage(r) ? r : 0;
}

int mim_bpffs_scope(struct mim_kernel *kernel, const char *path, char *ret_bpffs,
		    char *ret_scope)
{
	const char *slash = path;

	*ret_bpffs = *ret_scope = '\0';
	while ((slash = strchr(slash + 1, '/')) && slash - path < MIM_PATH_MOST) {
		mim_auto_close int root = -1;

		memcpy(ret_bpffs, path, (size_t)(slash - path));
		ret_bpffs[slash - path] = '\0';
		root = mim_bpffs_open(kernel, ret_bpffs);
		if (mim_is_shortage(root))
			return root;
		if (root >= 0)
			return find_scope(kernel, root, slash + 1, ret_scope);
	}
	*ret_bpffs = '\0';
	return 0;
}

struct walk {
	struct mim_kernel *kernel;
	struct mim_topology *live;
	int scope_root;
	int depth;
};

/*
 * In the scope, what is there and cannot be opened must not look absent: the plan would
 * make it anew. Elsewhere it is none of our business, unless a description names it.
 */
static int cannot_open(const struct walk *walk, const char *path, int r)
{
	struct mim_scope *scope = &walk->live->scope;

	if (mim_is_shortage(r))
		return r;
	if (r == -ENOENT)
		return 0;
	if (scope->folder &&
	    (strcmp(path, scope->folder) == 0 || mim_topology_inside(walk->live, path)))
		return r;
	return mim_maps_denied(r)
		       ? mim_topology_add_text(walk->live, &scope->denied, path)
		       : 0;
}

static int add_pin(struct walk *walk, const char *path, uint32_t map,
		   const struct stat *st)
{
	struct mim_pin *pin = mim_topology_add_pin(walk->live, map, path);

	if (!pin)
		return -ENOMEM;
	pin->mode = st->st_mode & 07777;
	pin->uid = st->st_uid;
	pin->gid = st->st_gid;
	return mim_group_name(&walk->live->arena, st->st_gid, &pin->group);
}

static int note_foreign(struct walk *walk, const char *path)
{
	if (!mim_topology_inside(walk->live, path))
		return 0;
	return mim_topology_add_text(walk->live, &walk->live->scope.foreign, path);
}

static int add_program_pin(struct walk *walk, int fd, const char *path)
{
	struct mim_topology *live = walk->live;
	uint32_t index;
	struct mim_prog_info info;
	struct mim_program *program;
	const char **grown, *copy;

	if (mim_kernel_call(walk->kernel, prog_info, fd, &info) < 0)
		return 0;
	free(info.maps);
	index = mim_topology_program(live, info.id);
	if (index == MIM_NONE)
		return 0;
	program = &live->programs[index];
	grown = mim_arena_resize(&live->arena, program->pins,
				 (program->n_pins + 1) * sizeof(*grown));
	copy = mim_arena_strdup(&live->arena, path);
	if (!grown || !copy)
		return -ENOMEM;
	program->pins = grown;
	program->pins[program->n_pins++] = copy;
	return 0;
}

static int take_file(struct walk *walk, int folder, const char *name, const char *path,
		     const struct stat *st)
{
	enum mim_object object = MIM_OBJECT_OTHER;
	struct mim_map_info info;
	mim_auto_close int fd = -1;
	uint32_t map = MIM_NONE;
	int r;

	fd = mim_kernel_call(walk->kernel, get, folder, name, &object);
	if (fd < 0)
		return cannot_open(walk, path, fd);
	if (object == MIM_OBJECT_PROGRAM && add_program_pin(walk, fd, path) < 0)
		return -ENOMEM;
	if (object != MIM_OBJECT_MAP)
		return note_foreign(walk, path);
	r = mim_kernel_call(walk->kernel, map_info, fd, &info);
	if (r == 0)
		r = mim_maps_find(walk->kernel, walk->live, info.id, &map);
	if (r == 0 && map != MIM_NONE && walk->live->maps[map].hidden)
		r = mim_maps_reveal(walk->kernel, walk->live, &walk->live->maps[map], fd,
				    &info);
	if (r < 0)
		return cannot_open(walk, path, r);
	return map == MIM_NONE
		       ? mim_topology_add_text(walk->live, &walk->live->missed, path)
		       : add_pin(walk, path, map, st);
}

static int walk_folder(struct walk *walk, struct mim_folder *folder, const char *path);

static size_t count_seen(const struct walk *walk)
{
	const struct mim_scope *scope = &walk->live->scope;

	return walk->live->n_pins + scope->foreign.n + scope->folders.n;
}

/* An empty folder in the scope may be somebody else's, unless one of us was at it. */
static int leave_folder(struct walk *walk, const char *path, size_t had)
{
	struct mim_scope *scope = &walk->live->scope;

	if (count_seen(walk) != had || !mim_topology_inside(walk->live, path) ||
	    !mim_texts_has(&scope->begun, path))
		return 0;
	scope->folders.n--;
	return mim_topology_add_text(walk->live, &scope->stale, path);
}

static int take_folder(struct walk *walk, int folder, const char *name, const char *path)
{
	struct mim_scope *scope = &walk->live->scope;
	mim_auto_folder struct mim_folder below;
	size_t had;
	int r = mim_folder_open(walk->kernel, folder, name, &below);

	if (r == -ELOOP || r == -ENOTDIR)
		return 0;
	if (r < 0)
		return cannot_open(walk, path, r);
	if (scope->folder && strcmp(path, scope->folder) == 0) {
		r = mim_marker_read(walk->kernel, below.fd, walk->live);
		if (r < 0)
			return r;
	}
	r = mim_topology_add_text(walk->live, &scope->folders, path);
	had = count_seen(walk);
	if (r == 0)
		r = walk_folder(walk, &below, path);
	return r < 0 ? r : leave_folder(walk, path, had);
}

/* The marker and the state folder are read by mim_marker_read(). */
static bool is_own(const struct walk *walk, const char *path, const char *name)
{
	const struct mim_scope *scope = &walk->live->scope;

	return scope->folder && strcmp(path, scope->folder) == 0 &&
	       ((scope->marked && strcmp(name, MIM_MARKER_NAME) == 0) ||
		strcmp(name, MIM_STATE_NAME) == 0);
}

static int note_shown(struct walk *walk, const char *path, const char *shown)
{
	char full[PATH_MAX + 4 * NAME_MAX + 16];

	snprintf(full, sizeof(full), "%s/%s", path, shown);
	return mim_topology_add_text(walk->live, &walk->live->scope.foreign, full);
}

/* What a killed run had not yet moved to its place; imitations are not ours to remove. */
static bool is_left(const struct walk *walk, const char *name, const struct stat *st)
{
	const struct mim_scope *scope = &walk->live->scope;

	return scope->name &&
	       mim_is_unguessable_name(walk->scope_root, scope->name, name) &&
	       (st->st_uid == 0 || st->st_uid == geteuid());
}

static int take_entry(struct walk *walk, int folder, const char *path, const char *name)
{
	char full[PATH_MAX], shown[4 * NAME_MAX + 8];
	struct stat st;
	int r;

	if (is_own(walk, path, name) ||
	    (size_t)snprintf(full, sizeof(full), "%s/%s", path, name) >= sizeof(full))
		return 0;
	/* No pin of ours has such a name; it is not to break a terminal or a JSON reader.
	 */
	if (!mim_str_is_printable(name)) {
		mim_str_show(name, shown, sizeof(shown));
		return mim_topology_inside(walk->live, full)
			       ? note_shown(walk, path, shown)
			       : 0;
	}
	r = mim_kernel_call(walk->kernel, status, folder, name, &st);
	if (r < 0)
		return cannot_open(walk, full, r);
	if (is_left(walk, name, &st))
		return mim_topology_add_text(walk->live, &walk->live->scope.stale, full);
	if (S_ISDIR(st.st_mode))
		return take_folder(walk, folder, name, full);
	if (S_ISREG(st.st_mode))
		return take_file(walk, folder, name, full, &st);
	return note_foreign(walk, full);
}

static int walk_folder(struct walk *walk, struct mim_folder *folder, const char *path)
{
	const char *name;
	int r = 0, more = 0;

	if (walk->depth >= MIM_PIN_MOST_PARTS)
		return 0;
	walk->depth++;
	while (r == 0 && (more = mim_folder_next(walk->kernel, folder, &name)) > 0)
		r = take_entry(walk, folder->fd, path, name);
	walk->depth--;
	/* Gone meanwhile. */
	if (more == -ENOENT)
		more = 0;
	return r < 0 ? r : more < 0 ? cannot_open(walk, path, more) : 0;
}

int mim_bpffs_walk(struct mim_kernel *kernel, int root, const char *path, int scope_root,
		   struct mim_topology *live)
{
	struct walk walk = {.kernel = kernel, .live = live, .scope_root = scope_root};
	/* A descriptor of its own: @root keeps its position. */
	mim_auto_folder struct mim_folder folder;
	int r = mim_folder_open(kernel, root, ".", &folder);

	return r < 0 ? r : walk_folder(&walk, &folder, path);
}

static int note_taken(struct mim_topology *live, const char *path)
{
	return mim_topology_add_text(live, &live->scope.taken, path);
}

int mim_bpffs_look(struct mim_kernel *kernel, int root, const char *path,
		   struct mim_topology *live)
{
	struct walk walk = {.kernel = kernel, .live = live, .scope_root = root};
	size_t pins = live->n_pins, known = live->missed.n + live->scope.denied.n;
	const char *name;
	struct stat st;
	mim_auto_close int folder =
		mim_bpffs_open_parent(kernel, root, live->scope.bpffs, path, &name);
	int r = folder;

	if (r >= 0)
		r = mim_kernel_call(kernel, status, folder, name, &st);
	if (r == -ELOOP || r == -ENOTDIR)
		return note_taken(live, path);
	if (r < 0)
		return cannot_open(&walk, path, r);
	if (!S_ISREG(st.st_mode))
		return note_taken(live, path);
	r = take_file(&walk, folder, name, path, &st);
	if (r < 0 || live->n_pins > pins || live->missed.n + live->scope.denied.n > known)
		return r;
	return note_taken(live, path);
}

struct devices {
	uint64_t *items;
	size_t n;
};

/* Return: 1 when it was not there before, 0 when it was; -ENOMEM. */
static int add_device(struct devices *devices, uint64_t device)
{
	uint64_t *item;

	for (size_t i = 0; i < devices->n; i++)
		if (devices->items[i] == device)
			return 0;
	item = mim_array_add(devices->items, devices->n);
	if (!item)
		return -ENOMEM;
	*item = device;
	return 1;
}

/* A mount that lies under another is not reached by its path: ENODEV. */
static int walk_other(struct mim_kernel *kernel, struct devices *devices,
		      const char *path, int scope_root, struct mim_topology *live)
{
	mim_auto_close int fd = mim_bpffs_open(kernel, path);
	struct stat st;
	int r;

	r = fd < 0 ? fd : mim_kernel_call(kernel, status, fd, "", &st);
	if (r < 0)
		return mim_is_shortage(r) ? r : 0;
	r = add_device(devices, st.st_dev);
	return r > 0 ? mim_bpffs_walk(kernel, fd, path, scope_root, live) : r;
}

int mim_bpffs_walk_others(struct mim_kernel *kernel, int scope_root, uint64_t seen,
			  struct mim_topology *live)
{
	int fd = mim_kernel_call(kernel, open_path, "/proc/self/mounts", 0);
	FILE *mounts = fd < 0 ? NULL : fdopen(fd, "re");
	struct devices devices = {0};
	struct mntent entry;
	char buffer[2 * PATH_MAX];
	int r = 0;

	if (!mounts && fd >= 0) {
		close(fd);
		return -ENOMEM;
	}
	if (!mounts)
		return mim_is_shortage(fd) ? fd : 0;
	if (seen && add_device(&devices, seen) < 0)
		r = -ENOMEM;
	while (r == 0 && getmntent_r(mounts, &entry, buffer, sizeof(buffer)))
		if (strcmp(entry.mnt_type, "bpf") == 0)
			r = walk_other(kernel, &devices, entry.mnt_dir, scope_root, live);
	endmntent(mounts);
	free(devices.items);
	return r;
}
