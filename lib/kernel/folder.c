/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/folder.h"

#include <string.h>

int mim_folder_open(struct mim_kernel *kernel, int parent, const char *name,
		    struct mim_folder *folder)
{
	folder->at = folder->end = 0;
	folder->fd = mim_kernel_call(kernel, open_folder, parent, name);
	return folder->fd < 0 ? folder->fd : 0;
}

void mim_folder_close(struct mim_folder *folder)
{
	if (folder->fd >= 0)
		close(folder->fd);
	folder->fd = -1;
}

int mim_folder_next(struct mim_kernel *kernel, struct mim_folder *folder,
		    const char **ret_name)
{
	for (;;) {
		const struct dirent64 *entry;
		int n;

		if (folder->at == folder->end) {
			n = mim_kernel_call(kernel, read_folder, folder->fd,
					    folder->entries, sizeof(folder->entries));
			if (n <= 0)
				return n;
			folder->at = 0;
			folder->end = (uint32_t)n;
		}
		entry = (const void *)(folder->entries + folder->at);
		folder->at += entry->d_reclen;
		*ret_name = entry->d_name;
		if (!strchr(entry->d_name, '.'))
			return 1;
	}
}
