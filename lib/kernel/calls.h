/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_CALLS_H
#define MIM_KERNEL_CALLS_H

#include "kernel/kernel.h"

/**
 * DOC: the calls of the real table about folders and what lies in them
 *
 * Each is the member of struct mim_kernel_ops of its name.
 */

/** enough for "/proc/self/fd/N/" and a name of bpffs */
#define MIM_PROC_PATH 320

/** mim_call_result() - what a function of the C library gave, or the negative errno */
static inline int mim_call_result(int r)
{
	return r < 0 ? -errno : r;
}

int mim_call_is_bpffs(void *data, int folder);
int mim_call_open_path(void *data, const char *path, int flags);
int mim_call_status(void *data, int folder, const char *name, struct stat *ret_status);
int mim_call_read_link(void *data, int folder, const char *name, char *ret_target,
		       size_t size);
int mim_call_open_folder(void *data, int folder, const char *name);
int mim_call_read_folder(void *data, int folder, void *entries, size_t size);
int mim_call_make_folder(void *data, int folder, const char *name, uint32_t mode);
int mim_call_remove_folder(void *data, int folder, const char *name);
int mim_call_unlink(void *data, int folder, const char *name);
int mim_call_rename(void *data, int from, const char *old, int to, const char *new,
		    bool replace);
int mim_call_symlink(void *data, const char *target, int folder, const char *name);
int mim_call_set_mode(void *data, int folder, const char *name, uint32_t mode);
int mim_call_set_owner(void *data, int folder, const char *name, uint32_t uid,
		       uint32_t gid);
int mim_call_lock(void *data, int folder, int operation);
int mim_call_mount(void *data, const char *path);
int mim_call_unmount(void *data, const char *path);

#endif
