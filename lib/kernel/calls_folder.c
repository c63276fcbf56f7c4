/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/calls.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/statfs.h>

#define BPFFS_MAGIC 0xcafe4a11

int mim_call_is_bpffs(void *data, int folder)
{
	struct statfs fs;

	(void)data;
	if (fstatfs(folder, &fs) < 0)
		return -errno;
	return fs.f_type == BPFFS_MAGIC;
}

int mim_call_open_path(void *data, const char *path, int flags)
{
	(void)data;
	/* A FIFO must not stop us. */
	return mim_call_result(open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | flags));
}

int mim_call_status(void *data, int folder, const char *name, struct stat *ret_status)
{
	(void)data;
	return mim_call_result(
		fstatat(folder, name, ret_status, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH));
}

int mim_call_read_link(void *data, int folder, const char *name, char *ret_target,
		       size_t size)
{
	(void)data;
	return mim_call_result((int)readlinkat(folder, name, ret_target, size));
}

int mim_call_open_folder(void *data, int folder, const char *name)
{
	(void)data;
	return mim_call_result(
		openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

int mim_call_read_folder(void *data, int folder, void *entries, size_t size)
{
	(void)data;
	return mim_call_result((int)getdents64(folder, entries, size));
}

int mim_call_make_folder(void *data, int folder, const char *name, uint32_t mode)
{
	(void)data;
	return mim_call_result(mkdirat(folder, name, mode));
}

int mim_call_remove_folder(void *data, int folder, const char *name)
{
	(void)data;
	return mim_call_result(unlinkat(folder, name, AT_REMOVEDIR));
}

int mim_call_unlink(void *data, int folder, const char *name)
{
	(void)data;
	return mim_call_result(unlinkat(folder, name, 0));
}

int mim_call_rename(void *data, int from, const char *old, int to, const char *new,
		    bool replace)
{
	(void)data;
	return mim_call_result(
		renameat2(from, old, to, new, replace ? 0 : RENAME_NOREPLACE));
}

int mim_call_symlink(void *data, const char *target, int folder, const char *name)
{
	(void)data;
	return mim_call_result(symlinkat(target, folder, name));
}

int mim_call_set_mode(void *data, int folder, const char *name, uint32_t mode)
{
	mim_auto_close int fd = openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	char path[MIM_PROC_PATH];

	/* fchmodat() would follow a link that somebody puts there. */
	(void)data;
	if (fd < 0)
		return -errno;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return mim_call_result(chmod(path, mode));
}

int mim_call_set_owner(void *data, int folder, const char *name, uint32_t uid,
		       uint32_t gid)
{
	(void)data;
	return mim_call_result(fchownat(folder, name, uid, gid, AT_SYMLINK_NOFOLLOW));
}

int mim_call_lock(void *data, int folder, int operation)
{
	(void)data;
	return mim_call_result(flock(folder, operation));
}

int mim_call_mount(void *data, const char *path)
{
	(void)data;
	return mim_call_result(
		mount("bpf", path, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700"));
}

int mim_call_unmount(void *data, const char *path)
{
	(void)data;
	return mim_call_result(umount2(path, UMOUNT_NOFOLLOW));
}
