/* SPDX-License-Identifier: BSD-2-Clause */

/* Folders, pins, links and /proc: those of the machine, with what bpffs refuses. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#include "fake.h"

static int result(int r)
{
	return r < 0 ? -errno : r;
}

/* Return: which one a folder lies in, or -1. */
static int find_bpffs(const struct fake *fake, int folder)
{
	char link[64], path[PATH_MAX];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", folder);
	n = readlink(link, path, sizeof(path) - 1);
	path[n < 0 ? 0 : n] = '\0';
	for (int i = 0; i < FAKE_BPFFS; i++) {
		size_t length = strlen(fake->bpffs[i]);

		if (fake->mounted[i] && strncmp(path, fake->bpffs[i], length) == 0 &&
		    (path[length] == '/' || path[length] == '\0' || path[length] == ' '))
			return i;
	}
	return -1;
}

bool fake_is_bpffs(const struct fake *fake, int folder)
{
	return find_bpffs(fake, folder) >= 0;
}

/* Names with a dot are the kernel's own; "." and ".." are no names. */
static bool is_reserved(const struct fake *fake, int folder, const char *name)
{
	return strchr(name, '.') && strcmp(name, ".") != 0 && strcmp(name, "..") != 0 &&
	       fake_is_bpffs(fake, folder);
}

static const struct fake_pin *find_pin(const struct fake *fake, ino_t inode)
{
	for (size_t i = 0; i < fake->n_pins; i++)
		if (fake->pins[i].inode == inode)
			return &fake->pins[i];
	return NULL;
}

static int make_pin(struct fake *fake, enum mim_object object, uint32_t id, int folder,
		    const char *name)
{
	int made = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct fake_pin *pin;
	struct stat st;

	if (made < 0)
		return -errno;
	if (fstat(made, &st) < 0)
		abort();
	fake->pins = fake_add(fake->pins, &fake->n_pins, sizeof(*fake->pins));
	pin = &fake->pins[fake->n_pins - 1];
	*pin = (struct fake_pin){fcntl(made, F_DUPFD_CLOEXEC, 512), st.st_ino, object,
				 id};
	close(made);
	return pin->file < 0 ? -EMFILE : 0;
}

static int pin(void *data, int fd, int folder, const char *name)
{
	struct fake *fake = fake_enter(data);
	const struct fake_program *program = fake_program_of(fake, fd);
	const struct fake_map *map;
	struct stat st;
	int r;

	map = fake_map_of(fake, fd, &r);
	if (!map && !program)
		return fake_leave(fake, r);
	if (is_reserved(fake, folder, name))
		return fake_leave(fake, -EPERM);
	if (fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) == 0)
		return fake_leave(fake, -EEXIST);
	if (!fake_is_bpffs(fake, folder))
		return fake_leave(fake, -EPERM);
	r = make_pin(fake, map ? MIM_OBJECT_MAP : MIM_OBJECT_PROGRAM,
		     map ? map->info.id : program->id, folder, name);
	return fake_leave(fake, r);
}

static int open_pin(struct fake *fake, const struct stat *st, enum mim_object *ret_object)
{
	const struct fake_pin *found = find_pin(fake, st->st_ino);
	int base = -1;

	if (S_ISLNK(st->st_mode))
		return -ELOOP;
	if (!found || !S_ISREG(st->st_mode))
		return -EACCES;
	if (found->object == MIM_OBJECT_MAP)
		base = fake_map_by_id(fake, found->id)->base;
	else
		base = fake_program_by_id(fake, found->id)->base;
	*ret_object = found->object;
	return fake_issue(fake, base);
}

static int get(void *data, int folder, const char *name, enum mim_object *ret_object)
{
	struct fake *fake = fake_enter(data);
	struct stat st;
	int r;

	fake_collect(fake);
	r = is_reserved(fake, folder, name)
		    ? -EPERM
		    : result(fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW));
	return fake_leave(fake, r < 0 ? r : open_pin(fake, &st, ret_object));
}

static int is_bpffs(void *data, int folder)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake, fake_is_bpffs(fake, folder));
}

/* The machine's /proc is none of the fake's. */
static int open_path(void *data, const char *path, int flags)
{
	struct fake *fake = fake_enter(data);
	char own[2 * FAKE_PATH];
	bool proc = strncmp(path, "/proc", 5) == 0;

	if (fake->well_known && strcmp(path, FAKE_WELL_KNOWN) == 0)
		path = fake->bpffs[0];
	snprintf(own, sizeof(own), "%s%s", proc ? fake->folder : "", path);
	return fake_leave(fake, result(open(own, O_RDONLY | O_CLOEXEC | flags)));
}

static int status(void *data, int folder, const char *name, struct stat *ret_status)
{
	struct fake *fake = fake_enter(data);
	int r = is_reserved(fake, folder, name)
			? -EPERM
			: result(fstatat(folder, name, ret_status,
					 AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));

	/* Every instance of bpffs is a device of its own. */
	if (r == 0)
		ret_status->st_dev += (dev_t)(find_bpffs(fake, folder) + 1);
	return fake_leave(fake, r);
}

static int read_link(void *data, int folder, const char *name, char *ret_target,
		     size_t size)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake, result((int)readlinkat(folder, name, ret_target, size)));
}

static int open_folder(void *data, int folder, const char *name)
{
	struct fake *fake = fake_enter(data);
	int r = is_reserved(fake, folder, name)
			? -EPERM
			: result(openat(folder, name,
					O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));

	return fake_leave(fake, r);
}

static int read_folder(void *data, int folder, void *entries, size_t size)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake, result((int)getdents64(folder, entries, size)));
}

static int make_folder(void *data, int folder, const char *name, uint32_t mode)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake, is_reserved(fake, folder, name)
					? -EPERM
					: result(mkdirat(folder, name, mode)));
}

static int remove_folder(void *data, int folder, const char *name)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake, result(unlinkat(folder, name, AT_REMOVEDIR)));
}

static int unlink_name(void *data, int folder, const char *name)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake, result(unlinkat(folder, name, 0)));
}

static int rename_name(void *data, int from, const char *old, int to, const char *new,
		       bool replace)
{
	struct fake *fake = fake_enter(data);
	int r = -EPERM;

	if (!is_reserved(fake, from, old) && !is_reserved(fake, to, new))
		r = result(renameat2(from, old, to, new, replace ? 0 : RENAME_NOREPLACE));
	return fake_leave(fake, r);
}

static int make_symlink(void *data, const char *target, int folder, const char *name)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake, is_reserved(fake, folder, name)
					? -EPERM
					: result(symlinkat(target, folder, name)));
}

static int set_mode(void *data, int folder, const char *name, uint32_t mode)
{
	struct fake *fake = fake_enter(data);
	mim_auto_close int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return fake_leave(fake, fd < 0 ? -errno : result(chmod(path, mode)));
}

static int set_owner(void *data, int folder, const char *name, uint32_t uid, uint32_t gid)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake,
			  result(fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW)));
}

static int lock(void *data, int folder, int operation)
{
	struct fake *fake = fake_enter(data);

	return fake_leave(fake, result(flock(folder, operation)));
}

static int which(const struct fake *fake, const char *path)
{
	if (fake->well_known && strcmp(path, FAKE_WELL_KNOWN) == 0)
		return 0;
	for (int i = 0; i < FAKE_BPFFS; i++)
		if (strcmp(fake->bpffs[i], path) == 0)
			return i;
	return -1;
}

static void under(const char *path, char *name)
{
	snprintf(name, FAKE_PATH + 8, "%.*s-below", FAKE_PATH - 1, path);
}

/* What was there is hidden: it has another inode from now on. */
static int mount_bpffs(void *data, const char *path)
{
	struct fake *fake = fake_enter(data);
	char below[FAKE_PATH + 8];
	int i = which(fake, path);

	if (i < 0 || fake->mounted[i])
		return fake_leave(fake, i < 0 ? -ENOENT : -EBUSY);
	path = fake->bpffs[i];
	under(path, below);
	if (rename(path, below) < 0 || mkdir(path, 0700) < 0)
		return fake_leave(fake, -errno);
	fake->mounted[i] = true;
	return fake_leave(fake, 0);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void remove_all(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Is a folder of it open? */
static bool is_busy(const char *path)
{
	DIR *dir = fake_need(opendir("/proc/self/fd"));
	size_t length = strlen(path);
	struct dirent *entry;
	bool busy = false;

	while ((entry = readdir(dir))) {
		char target[FAKE_PATH + 64];
		ssize_t n =
			readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);

		target[n > 0 ? n : 0] = '\0';
		/* From 512 on are maps, which keep no bpffs busy. */
		busy |= atoi(entry->d_name) < 512 && strncmp(target, path, length) == 0 &&
			(!target[length] || target[length] == '/' ||
			 target[length] == ' ');
	}
	closedir(dir);
	return busy;
}

static int unmount_bpffs(void *data, const char *path)
{
	struct fake *fake = fake_enter(data);
	char below[FAKE_PATH + 8];
	int i = which(fake, path);

	if (i < 0 || !fake->mounted[i])
		return fake_leave(fake, -EINVAL);
	path = fake->bpffs[i];
	if (is_busy(path))
		return fake_leave(fake, -EBUSY);
	under(path, below);
	remove_all(path);
	if (rename(below, path) < 0)
		return fake_leave(fake, -errno);
	fake->mounted[i] = false;
	return fake_leave(fake, 0);
}

void fake_unmount(struct fake *fake, unsigned int i)
{
	fake_enter(fake);
	fake->mounted[i] = false;
	fake_leave(fake, 0);
}

static void write_file(const struct fake *fake, const char *name, const char *text)
{
	char path[FAKE_PATH];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", fake->folder, name);
	file = fake_need(fopen(path, "we"));
	fputs(text, file);
	fclose(file);
}

void fake_make_folders(struct fake *fake)
{
	static const char *const folders[] = {"proc", "proc/self", "proc/sys",
					      "proc/sys/kernel",
					      "proc/sys/kernel/random"};
	char path[FAKE_PATH], mounts[4 * FAKE_PATH] = "";

	/* Memory, where the machine has such a place. */
	snprintf(fake->folder, sizeof(fake->folder), "%s/mimctl-fake-XXXXXX",
		 access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	fake_need(mkdtemp(fake->folder));
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", fake->folder, folders[i]);
		mkdir(path, 0755);
	}
	for (int i = 0; i < FAKE_BPFFS; i++) {
		snprintf(fake->bpffs[i], FAKE_PATH, "%s/bpf%d", fake->folder, i);
		mkdir(fake->bpffs[i], 0700);
		fake->mounted[i] = true;
		snprintf(mounts + strlen(mounts), sizeof(mounts) - strlen(mounts),
			 "bpf %s bpf rw 0 0\n", fake->bpffs[i]);
	}
	write_file(fake, "proc/self/mounts", mounts);
	write_file(fake, "proc/sys/kernel/random/boot_id",
		   "6b2f7a10-5f0e-4f43-9d0e-000000000000\n");
}

void fake_empty_folders(struct fake *fake)
{
	char below[FAKE_PATH + 8];

	for (int i = 0; i < FAKE_BPFFS; i++) {
		under(fake->bpffs[i], below);
		remove_all(below);
		remove_all(fake->bpffs[i]);
		mkdir(fake->bpffs[i], 0700);
		fake->mounted[i] = true;
	}
}

void fake_remove_folders(struct fake *fake)
{
	remove_all(fake->folder);
}

struct fake_map *fake_map_at(struct fake *fake, const char *path)
{
	const struct fake_pin *found = NULL;
	struct fake_map *map = NULL;
	struct stat st;

	fake_enter(fake);
	if (lstat(path, &st) == 0 && S_ISREG(st.st_mode))
		found = find_pin(fake, st.st_ino);
	if (found && found->object == MIM_OBJECT_MAP)
		map = fake_map_by_id(fake, found->id);
	fake_leave(fake, 0);
	return map;
}

void fake_add_folder_ops(struct mim_kernel_ops *ops)
{
	ops->pin = pin;
	ops->get = get;
	ops->is_bpffs = is_bpffs;
	ops->open_path = open_path;
	ops->status = status;
	ops->read_link = read_link;
	ops->open_folder = open_folder;
	ops->read_folder = read_folder;
	ops->make_folder = make_folder;
	ops->remove_folder = remove_folder;
	ops->unlink = unlink_name;
	ops->rename = rename_name;
	ops->symlink = make_symlink;
	ops->set_mode = set_mode;
	ops->set_owner = set_owner;
	ops->lock = lock;
	ops->mount = mount_bpffs;
	ops->unmount = unmount_bpffs;
}
