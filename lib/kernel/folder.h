/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef MIM_KERNEL_FOLDER_H
#define MIM_KERNEL_FOLDER_H

#include "kernel/kernel.h"

/**
 * struct mim_folder - a folder of bpffs that is being listed
 * @fd: its own descriptor
 * @at, @end: what of @entries is still to come
 *
 * opendir(3) asks for memory, which the way back must not, and readdir(3) ends alike
 * where it fails and where there is no more.
 */
struct mim_folder {
	int fd;
	uint32_t at;
	uint32_t end;
	char entries[2048] __attribute__((aligned(8)));
};

/**
 * mim_folder_open() - @name may be "." for @parent itself
 * @folder: released by mim_folder_close() whatever is returned
 * Return: 0; what open(2) gives: -ELOOP or -ENOTDIR for a link.
 */
int mim_folder_open(struct mim_kernel *kernel, int parent, const char *name,
		    struct mim_folder *folder);

/**
 * mim_folder_next() - the name of something in it, in no order
 * @ret_name: lives until the next call; names with a dot, which bpffs keeps for itself,
 *	are left out
 * Return: 1; 0 when there is no more; what getdents(2) gives.
 */
int mim_folder_next(struct mim_kernel *kernel, struct mim_folder *folder,
		    const char **ret_name);

void mim_folder_close(struct mim_folder *folder);

#define mim_auto_folder mim_cleanup(mim_folder_close)

#endif
