/* SPDX-License-Identifier: BSD-2-Clause */
#include "kernel/btf.h"

int mim_btf_of_map(struct mim_kernel *kernel, uint32_t id, struct mim_map_btf *ret_btf)
{
	mim_auto_close int fd = mim_kernel_call(kernel, map_open, id);
	struct mim_map_info info;
	int r = fd < 0 ? fd : mim_kernel_call(kernel, map_info, fd, &info);

	if (r < 0)
		return r;
	*ret_btf = info.btf;
	return 0;
}

int mim_btf_read(struct mim_kernel *kernel, uint32_t id, void **ret_bytes,
		 uint32_t *ret_size)
{
	return mim_kernel_call(kernel, btf_read, id, ret_bytes, ret_size);
}
